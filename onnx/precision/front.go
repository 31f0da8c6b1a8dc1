package precision

import (
	"math"
	"slices"

	"graft/onnx"
)

// A front is what lies between the pixels and the first layers: conversion,
// layout and normalisation, value = scale[c]·pixel − scale[c]·mean[c].
type front struct {
	front       []*onnx.Node
	value       string       // that the first layers take
	users       []*onnx.Node // the first layers
	scale, mean [3]float64   // mean is in pixels, 0…255
	planes      bool         // value is n×3×h×w, not n×h×w×3
}

// frontOf follows the nodes after the pixels as long as each does nothing but
// that.
func frontOf(g *onnx.Graph) front {
	f := front{value: onnx.Pixels, scale: [3]float64{1, 1, 1}}
	using, known := users(g), constantsOf(g)
	for {
		next := using[f.value]
		if len(next) != 1 || g.Output(f.value) != nil || !f.absorb(next[0], known) {
			f.users = next
			return f
		}
		f.front, f.value = append(f.front, next[0]), next[0].Outputs[0]
	}
}

// absorb makes node n part of the front if it can be.
func (f *front) absorb(n *onnx.Node, known constants) bool {
	switch n.Op {
	case "Cast":
		return onnx.DataType(n.Int("to", 0)) == onnx.Float32
	case "Transpose":
		toPlanes := !f.planes && slices.Equal(n.Ints("perm"), []int64{0, 3, 1, 2})
		f.planes = f.planes || toPlanes
		return toPlanes
	case "Add", "Sub", "Mul", "Div":
		if len(n.Inputs) != 2 || n.Inputs[0] != f.value {
			return false
		}
		v, ok := f.channels(known, n.Inputs[1])
		if ok {
			f.compute(n.Op, v)
		}
		return ok
	}
	return false
}

// channels reads a constant of one value, or of one for each channel.
func (f *front) channels(known constants, name string) (v [3]float64, ok bool) {
	data := known.floats(name)
	if len(data) == 3 {
		dims, behind := known[name].Dims, 0
		if f.planes {
			behind = 2 // rows and columns
		}
		ok = len(dims) > behind && dims[len(dims)-1-behind] == 3
	}
	if len(data) != 1 && !ok {
		return v, false
	}
	for c := range v {
		v[c] = float64(data[c%len(data)])
	}
	return v, true
}

// compute applies an operation to what the front makes of a pixel.
func (f *front) compute(op string, v [3]float64) {
	for c := range v {
		switch op {
		case "Add":
			f.mean[c] -= v[c] / f.scale[c]
		case "Sub":
			f.mean[c] += v[c] / f.scale[c]
		case "Mul":
			f.scale[c] *= v[c]
		case "Div":
			f.scale[c] /= v[c]
		}
	}
}

// raw says whether the first layers take pixels as they are.
func (f front) raw() bool {
	return f.scale == [3]float64{1, 1, 1} && f.mean == [3]float64{}
}

// onlyConvolutions says whether all of the first layers are convolutions with
// constant weights of three channels.
func (f front) onlyConvolutions(known constants) bool {
	for _, n := range f.users {
		if !isConvolution(n, known) || n.Inputs[0] != f.value || known[n.Inputs[1]].Dims[1] != 3 {
			return false
		}
	}
	return len(f.users) > 0
}

// isConvolution says whether n convolves with constant float32 weights.
func isConvolution(n *onnx.Node, known constants) bool {
	if n.Op != "Conv" || len(n.Inputs) < 2 || n.Inputs[0] == n.Inputs[1] {
		return false
	}
	w := known[n.Inputs[1]]
	if w == nil || w.Type != onnx.Float32 || len(w.Dims) != 4 || slices.Contains(w.Dims, 0) {
		return false
	}
	return len(n.Inputs) < 3 || n.Inputs[2] == "" || int64(len(known.floats(n.Inputs[2]))) == w.Dims[0]
}

// zeroPoint is the pixel that the first layers see as 0 and pad with, if the
// normalisation can be folded into them: any if they do not pad, else only a
// whole number that is the same for all channels.
func (f front) zeroPoint(known constants) (zero float64, ok bool) {
	if !f.planes || !f.onlyConvolutions(known) || slices.Contains(f.scale[:], 0) {
		return 0, false
	}
	if !slices.ContainsFunc(f.users, pads) {
		return 0, true
	}
	whole := f.mean[0] == f.mean[1] && f.mean[1] == f.mean[2]
	zero = math.Round(f.mean[0])
	return zero, whole && math.Abs(f.mean[0]-zero) < 1e-4 && zero >= 0 && zero <= 255
}

// pads says whether a convolution or pool adds a border.
func pads(n *onnx.Node) bool {
	auto, _ := n.Attr("auto_pad").(string)
	return auto != "" && auto != "NOTSET" && auto != "VALID" || slices.ContainsFunc(n.Ints("pads"), func(p int64) bool { return p != 0 })
}

// fold gives the weights and the bias of one of the first layers for
// pixel − zero instead of normalised values: out×3×kh×kw and out.
func (f front) fold(weight, bias []float32, dims []int64, zero float64) (w, b []float64) {
	plane := int(dims[2] * dims[3])
	per := 3 * plane
	w, b = make([]float64, len(weight)), make([]float64, dims[0])
	for i, v := range weight {
		c := i % per / plane
		w[i] = float64(v) * f.scale[c]
		b[i/per] -= w[i] * (f.mean[c] - zero)
	}
	for i, v := range bias {
		b[i] += float64(v)
	}
	return w, b
}
