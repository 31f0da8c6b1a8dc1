package head

import (
	"math"
	"slices"

	"graft/head/internal/kernel"
)

// crossEntropy is PyTorch's CrossEntropyLoss: softmax cross-entropy with label smoothing e
// and class weights w. The target of row i is t_c = (1−e)·w_y·[c = y] + e/C·w_c; the loss of a batch
// is Σ_i −Σ_c t_c·log p_c, divided by Σ_i w_y.
type crossEntropy struct {
	classes   int
	smoothing float64
	weights   []float64 // one per class; nil: 1 each
	total     float64   // Σ_c w_c
}

func newCrossEntropy(classes int, smoothing float64, weights []float64) *crossEntropy {
	l := &crossEntropy{classes: classes, smoothing: smoothing, weights: weights, total: float64(classes)}
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
		top = max(top, v) // a NaN stays one
	}
	own, smooth := z[y], smoothLogits(l, z)
	kernel.Exp(z, top, z)
	sum := total(z)
	for c, e := range z {
		z[c] = float64(l.factor(y)*(e/sum)) - l.target(c, y)
	}
	return l.loss(y, own, smooth, top+kernel.Log(sum))
}

// row32 is row for float32 logits, whose gradient is divided by divisor. right says whether
// y is their argmax. e is scratch, as long as z.
func (l *crossEntropy) row32(z []float32, y int, divisor float64, e []float64) (loss float64, right bool) {
	largest := kernel.Max(z)
	right = z[y] == largest && !slices.Contains(z[:y], largest)
	own, smooth, top := float64(z[y]), smoothLogits(l, z), float64(largest)
	kernel.Exp(z, top, e)
	sum := total(e)
	if l.smoothing != 0 && l.weights != nil {
		for c, v := range e {
			z[c] = float32((float64(l.factor(y)*(v/sum)) - l.target(c, y)) / divisor)
		}
	} else { // all targets but one are the same
		kernel.Slope(e, sum, l.factor(y), l.smoothing/float64(len(z)), divisor, z)
		z[y] = float32((float64(l.factor(y)*(e[y]/sum)) - l.target(y, y)) / divisor)
	}
	return l.loss(y, own, smooth, top+kernel.Log(sum)), right
}

// total adds in order. Go reorders no sums.
func total(x []float64) (sum float64) {
	for _, v := range x {
		sum += v
	}
	return sum
}

// own is the part of row y's target that is y's alone: (1−e)·w_y.
func (l *crossEntropy) own(y int) float64 { return float64((1 - l.smoothing) * l.weight(y)) }

// spread is what smoothing adds to the target of a class of weight 1.
func (l *crossEntropy) spread() float64 { return l.smoothing / float64(l.classes) }

// target is t_c of a row of class y.
func (l *crossEntropy) target(c, y int) (t float64) {
	if l.smoothing != 0 {
		t = float64(l.spread() * l.weight(c))
	}
	if c == y {
		t += l.own(y)
	}
	return t
}

// factor is the sum of all targets of a row of class y.
func (l *crossEntropy) factor(y int) float64 {
	return l.own(y) + float64(l.spread()*l.total)
}

// loss is −Σ_c t_c·log p_c, given the logit of class y, Σ_c w_c·z_c and log Σ_c e^z_c.
func (l *crossEntropy) loss(y int, own, smooth, logSum float64) float64 {
	return float64(l.own(y)*(logSum-own)) + float64(l.spread()*(float64(l.total*logSum)-smooth))
}

// smoothLogits is Σ_c w_c·z_c, or 0 without smoothing, which alone needs it.
func smoothLogits[T kernel.Float](l *crossEntropy, z []T) (sum float64) {
	if l.smoothing == 0 {
		return 0
	}
	for c, v := range z {
		sum += float64(l.weight(c) * float64(v))
	}
	return sum
}
