package precision

import (
	"math"
	"slices"

	"graft/onnx"
)

// preprocessing is the nodes between the pixels and the first layers: a cast, a
// change of layout and a normalisation, value = scale[c]·pixel − scale[c]·mean[c].
type preprocessing struct {
	nodes       []*onnx.Node
	output      string       // the value that the first layers take
	consumers   []*onnx.Node // the first layers
	scale, mean [3]float64   // mean is in pixels, 0…255
	nchw        bool         // output is n×3×h×w, not n×h×w×3
}

// maxPreprocessing bounds the nodes that preprocessing has, also in a graph that
// goes in a circle; trunks that graft makes have five.
const maxPreprocessing = 16

// preprocessingOf follows the nodes after the pixels as long as each is a part
// of the preprocessing.
func preprocessingOf(g *onnx.Graph) preprocessing {
	p := preprocessing{output: onnx.Pixels, scale: [3]float64{1, 1, 1}}
	takers, known := consumers(g), constantsOf(g)
	next := takers[p.output]
	for len(next) == 1 && g.Output(p.output) == nil && len(p.nodes) < maxPreprocessing && p.fold(next[0], known) {
		p.nodes, p.output = append(p.nodes, next[0]), next[0].Outputs[0]
		next = takers[p.output]
	}
	p.consumers = next
	return p
}

// fold adds n to the preprocessing if it is a cast, an NHWC-to-NCHW transpose or
// a per-channel affine operation with a constant.
func (p *preprocessing) fold(n *onnx.Node, known constants) bool {
	switch n.Op {
	case "Cast":
		return onnx.DataType(n.Int("to", 0)) == onnx.Float32
	case "Transpose":
		toNCHW := !p.nchw && slices.Equal(n.Ints("perm"), []int64{0, 3, 1, 2})
		p.nchw = p.nchw || toNCHW
		return toNCHW
	case "Add", "Sub", "Mul", "Div":
		if len(n.Inputs) != 2 || n.Inputs[0] != p.output {
			return false
		}
		v, ok := p.channels(known, n.Inputs[1])
		if ok {
			p.apply(n.Op, v)
		}
		return ok
	}
	return false
}

// channels reads a constant of one value, or of one for each channel.
func (p *preprocessing) channels(known constants, name string) (v [3]float64, ok bool) {
	data := known.floats(name)
	if len(data) == 3 {
		dims, trailing := known[name].Dims, 0
		if p.nchw {
			trailing = 2 // rows and columns
		}
		ok = len(dims) > trailing && dims[len(dims)-1-trailing] == 3
	}
	if len(data) != 1 && !ok {
		return v, false
	}
	for c := range v {
		v[c] = float64(data[c%len(data)])
	}
	return v, true
}

// apply composes the affine map so far with one more operation.
func (p *preprocessing) apply(op string, v [3]float64) {
	for c := range v {
		switch op {
		case "Add":
			p.mean[c] -= v[c] / p.scale[c]
		case "Sub":
			p.mean[c] += v[c] / p.scale[c]
		case "Mul":
			p.scale[c] *= v[c]
		case "Div":
			p.scale[c] /= v[c]
		}
	}
}

// isIdentity reports whether the first layers take pixels as they are.
func (p preprocessing) isIdentity() bool {
	return p.scale == [3]float64{1, 1, 1} && p.mean == [3]float64{}
}

// feedsConvolutions reports whether all of the first layers are convolutions
// with constant weights of three channels.
func (p preprocessing) feedsConvolutions(known constants) bool {
	for _, n := range p.consumers {
		if !isConvolution(n, known) || n.Inputs[0] != p.output || known[n.Inputs[1]].Dims[1] != 3 {
			return false
		}
	}
	return len(p.consumers) > 0
}

// isConvolution reports whether n convolves with constant float32 weights.
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
func (p preprocessing) zeroPoint(known constants) (zero float64, ok bool) {
	if !p.nchw || !p.feedsConvolutions(known) || slices.Contains(p.scale[:], 0) {
		return 0, false
	}
	if !slices.ContainsFunc(p.consumers, isPadded) {
		return 0, true
	}
	same := p.mean[0] == p.mean[1] && p.mean[1] == p.mean[2]
	zero = math.Round(p.mean[0])
	return zero, same && math.Abs(p.mean[0]-zero) < 1e-4 && zero >= 0 && zero <= 255
}

// isPadded reports whether a convolution or pool adds a border.
func isPadded(n *onnx.Node) bool {
	auto, _ := n.Attr("auto_pad").(string)
	return auto != "" && auto != "NOTSET" && auto != "VALID" || slices.ContainsFunc(n.Ints("pads"), func(p int64) bool { return p != 0 })
}

// foldWeights returns the weights and the bias of one of the first layers for
// pixel − zero instead of normalised values: out×3×kh×kw and out.
func (p preprocessing) foldWeights(weight, bias []float32, dims []int64, zero float64) (w, b []float64) {
	plane := int(dims[2] * dims[3])
	per := 3 * plane
	w, b = make([]float64, len(weight)), make([]float64, dims[0])
	for i, v := range weight {
		c := i % per / plane
		w[i] = float64(v) * p.scale[c]
		b[i/per] -= float64(w[i] * (p.mean[c] - zero))
	}
	for i, v := range bias {
		b[i] += float64(v)
	}
	return w, b
}
