package onnx

import "slices"

// channelsFirst are operators that take and give n×d×h×w.
var channelsFirst = []string{"Conv", "ConvTranspose", "FusedConv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization",
	"InstanceNormalization", "GroupNormalization", "LRN", "DepthToSpace", "SpaceToDepth"}

// layouts finds out of what operators compute which of a graph's values of four
// dimensions are n×d×h×w, and which n×h×w×d. Values that nothing tells of are
// missing.
func (g *Graph) layouts(s *shapes) map[string]string {
	l := map[string]string{}
	constant := g.constants()
	note := func(name, layout string) {
		if _, known := l[name]; !known && layout != "" && len(s.dims[name]) == 4 && !constant[name] {
			l[name] = layout
		}
	}
	for _, n := range g.Nodes { // what operators say for certain
		layout := ownLayout(n, s, constant)
		note(input(n, 0), layout)
		if len(n.Outputs) > 0 {
			note(n.Outputs[0], layout)
		}
	}
	for range 2 { // and what follows from that, forwards and backwards
		for _, n := range g.Nodes {
			g.passLayout(n, l, note)
		}
		for _, n := range slices.Backward(g.Nodes) {
			g.passLayout(n, l, note)
		}
	}
	return l
}

// ownLayout is the layout that a node works in, "" if it tells nothing.
func ownLayout(n *Node, s *shapes, constant map[string]bool) string {
	switch {
	case slices.Contains(channelsFirst, n.Op):
		return NCHW
	case n.Op == "MatMul" && constant[input(n, 1)] && len(s.dims[input(n, 1)]) == 2:
		return NHWC
	case n.Op == "LayerNormalization":
		if a := n.Int("axis", -1); a == -1 || a == 3 {
			return NHWC
		}
	}
	return ""
}

// samePlaces are operators that leave every dimension where it is.
var samePlaces = []string{"Add", "Sub", "Mul", "Div", "Relu", "Gelu", "Sigmoid", "HardSigmoid", "HardSwish", "Swish", "Erf", "Tanh", "Clip", "LeakyRelu", "PRelu", "Elu",
	"Identity", "Dropout", "Cast", "Concat", "Slice", "Pad", "Pow", "Sqrt", "Softplus", "Max", "Min", "Exp", "Mish", "Softmax", "Resize", "Split", "ScatterND",
	"QuantizeLinear", "DequantizeLinear", "LayerNormalization"}

// passLayout carries what is known of one value of a node over to the others.
func (g *Graph) passLayout(n *Node, l map[string]string, note func(name, layout string)) {
	if n.Op == "Transpose" && len(n.Outputs) == 1 {
		perm := n.Ints("perm")
		to := slices.Equal(perm, []int64{0, 2, 3, 1})
		back := slices.Equal(perm, []int64{0, 3, 1, 2})
		in, out := n.Inputs[0], n.Outputs[0]
		switch {
		case to && (l[in] == NCHW || l[out] == NHWC):
			note(in, NCHW)
			note(out, NHWC)
		case back && (l[in] == NHWC || l[out] == NCHW):
			note(in, NHWC)
			note(out, NCHW)
		}
		return
	}
	if !slices.Contains(samePlaces, n.Op) {
		return
	}
	layout := ""
	for _, name := range slices.Concat(n.Outputs, n.Inputs) {
		if layout == "" {
			layout = l[name]
		}
	}
	for _, name := range slices.Concat(n.Outputs, n.Inputs) {
		note(name, layout)
	}
}

// squareLayout tells the layout of a map by its shape: rows and columns are
// equal, channels are not. "" if that does not decide.
func squareLayout(dims []int64) string {
	first, last := dims[2] == dims[3] && dims[1] != dims[2], dims[1] == dims[2] && dims[3] != dims[1]
	switch {
	case first && !last:
		return NCHW
	case last && !first:
		return NHWC
	}
	return ""
}

// imageLayout finds the layout of a graph's input from the operators that take
// it; "" if they do not tell.
func (g *Graph) imageLayout(in *Value) string {
	open := map[string]bool{in.Name: true}
	for _, n := range g.Nodes {
		if !open[input(n, 0)] {
			continue
		}
		switch {
		case n.Op == "Conv":
			return NCHW
		case n.Op == "Transpose" && slices.Equal(n.Ints("perm"), []int64{0, 3, 1, 2}):
			return NHWC
		case slices.Contains(samePlaces, n.Op):
			open[n.Outputs[0]] = true
		}
	}
	return ""
}
