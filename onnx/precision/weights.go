package precision

import (
	"math"
	"slices"

	"graft/onnx"
)

// convolution sets the weights of a convolution: int8 ones, or float32 ones if
// it is to stay float.
func (w *writer) convolution(l *layer, node *onnx.Node) error {
	t := w.known[node.Inputs[1]]
	weight, err := t.Floats()
	if err != nil {
		return err
	}
	var bias []float32
	if len(node.Inputs) > 2 && node.Inputs[2] != "" {
		bias = w.known.floats(node.Inputs[2])
	}
	values, offset, step := widen(weight), make([]float64, t.Dims[0]), float32(1)
	copy(offset, widen(bias))
	if w.takesPixels(l) {
		values, offset = w.pre.foldWeights(weight, bias, t.Dims, w.zero)
	} else {
		step, _ = w.ranges[w.root(node.Inputs[0])].scale()
	}
	switch keep := slices.Contains(w.options.Keep, l.output); {
	case keep && !w.takesPixels(l): // as it is
	case keep:
		node.Inputs = []string{node.Inputs[0],
			w.tensor(onnx.NewFloats(w.names.fresh(l.output+".weight"), t.Dims, narrow(values))),
			w.tensor(onnx.NewFloats(w.names.fresh(l.output+".bias"), t.Dims[:1], narrow(offset)))}
	default:
		q := quantiseWeights(values, offset, float64(step), w.options.maxWeight())
		q.correct(values, w.calibration.means(node.Inputs[0]), t.Dims)
		w.integers(l, node, t.Dims, q)
	}
	return nil
}

// integers replaces weights and bias by quantised ones.
func (w *writer) integers(l *layer, node *onnx.Node, dims []int64, q quantisedWeights) {
	out := dims[0]
	name := func(part string) string { return w.names.fresh(l.output + part) }
	byChannel := func(part string, in ...string) string {
		dq := w.op("DequantizeLinear", name(part), in...)
		w.attribute("axis", int64(0))
		return dq
	}
	node.Inputs = []string{node.Inputs[0],
		byChannel(".weight",
			w.tensor(onnx.NewInt8s(name(".weight.q"), dims, q.weight)),
			w.tensor(onnx.NewFloats(name(".weight.scale"), []int64{out}, q.scale)),
			w.tensor(onnx.NewInt8s(name(".weight.zero"), []int64{out}, make([]int8, out)))),
		byChannel(".bias",
			w.tensor(onnx.NewInt32s(name(".bias.q"), []int64{out}, q.bias)),
			w.tensor(onnx.NewFloats(name(".bias.scale"), []int64{out}, q.products)))}
}

// maxWeight is the largest quantised weight.
func (o Options) maxWeight() float64 {
	if o.ReducedRange {
		return 63
	}
	return 127
}

// quantisedWeights of a convolution: weight ≈ scale[c]·q, bias ≈ products[c]·q.
type quantisedWeights struct {
	weight          []int8
	bias            []int32
	scale, products []float32
}

// quantiseWeights quantises weights, out×in×kh×kw, so that the largest of each
// output channel becomes ±most, and biases in units of products: step, that of
// the input, times the channel's scale.
func quantiseWeights(weight, bias []float64, step, most float64) quantisedWeights {
	out, per := len(bias), len(weight)/len(bias)
	q := quantisedWeights{make([]int8, len(weight)), make([]int32, out), make([]float32, out), make([]float32, out)}
	for c := range out {
		channel := weight[c*per : (c+1)*per]
		largest := 0.0
		for _, v := range channel {
			largest = max(largest, math.Abs(v))
		}
		// A bias that would not fit 32 bits needs larger units.
		scale := max(largest/most, math.Abs(bias[c])/step/(1<<30))
		if !(scale > 1e-30) {
			scale = 1
		}
		q.scale[c] = float32(scale)
		q.products[c] = float32(step * float64(q.scale[c]))
		for i, v := range channel {
			q.weight[c*per+i] = int8(max(-most, min(most, math.RoundToEven(v/float64(q.scale[c])))))
		}
		q.bias[c] = int32(math.RoundToEven(bias[c] / float64(q.products[c])))
	}
	return q
}

// correct subtracts from each bias the mean error that rounding the weights,
// out×in×kh×kw, adds to the channel, given the mean of each input channel. The
// inputs are mostly positive, so that errors do not cancel by themselves.
// Without means it does nothing.
func (q *quantisedWeights) correct(weight, means []float64, dims []int64) {
	in, plane := int(dims[1]), int(dims[2]*dims[3])
	if len(means) == 0 || len(means)%in != 0 || len(q.bias)%(len(means)/in) != 0 {
		return
	}
	perGroup := len(q.bias) / (len(means) / in) // output channels
	for c := range q.bias {
		added := 0.0
		for i := range in * plane {
			k := c*in*plane + i
			added += float64((float64(float64(q.scale[c])*float64(q.weight[k])) - weight[k]) * means[c/perGroup*in+i/plane])
		}
		q.bias[c] -= int32(math.RoundToEven(added / float64(q.products[c])))
	}
}

func widen(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}
