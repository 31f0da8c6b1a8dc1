package head

import "math"

// crossEntropy is PyTorch's CrossEntropyLoss: softmax cross-entropy with label smoothing e
// and class weights w. The target of row i is t_c = (1−e)·w_y·[c = y] + e/C·w_c; the loss of a batch
// is Σ_i −Σ_c t_c·log p_c, divided by Σ_i w_y.
type crossEntropy struct {
	smoothing float64
	weights   []float64 // one per class; nil: 1 each
	total     float64   // Σ_c w_c
}

func newCrossEntropy(classes int, smoothing float64, weights []float64) *crossEntropy {
	l := &crossEntropy{smoothing: smoothing, weights: weights, total: float64(classes)}
	if weights != nil {
		l.total = 0
		for _, w := range weights {
			l.total += w
		}
	}
	return l
}

// weight is what a row of class c adds to the divisor.
func (l *crossEntropy) weight(c int) float64 {
	if l.weights == nil {
		return 1
	}
	return l.weights[c]
}

// row is the loss of one row, not yet divided. It turns the row's logits z into the gradient by them,
// in place.
func (l *crossEntropy) row(z []float64, y int) (loss float64) {
	top := math.Inf(-1)
	for _, v := range z {
		top = math.Max(top, v) // a NaN stays one
	}
	own, smooth := z[y], 0.0
	wy, spread := (1-l.smoothing)*l.weight(y), l.smoothing/float64(len(z))
	var sum float64
	for c, v := range z {
		if spread != 0 {
			smooth += l.weight(c) * v
		}
		z[c] = math.Exp(v - top)
		sum += z[c]
	}
	logSum := top + math.Log(sum)
	for c, e := range z {
		var t float64
		if spread != 0 {
			t = spread * l.weight(c)
		}
		if c == y {
			t += wy
		}
		// The targets of all classes add up to wy + spread·total.
		z[c] = (wy+spread*l.total)*(e/sum) - t
	}
	return wy*(logSum-own) + spread*(l.total*logSum-smooth)
}
