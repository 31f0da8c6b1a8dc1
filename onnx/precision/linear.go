package precision

import (
	"math"
	"slices"

	"graft/onnx"
)

// A linear layer is a MatMul or Gemm with constant weights of two dimensions. Its
// input is quantised for it alone, so that what else takes the value, such as a
// residual sum, has it in float; its output stays float, as the bias and the
// activation after it want it.

// isLinear reports whether a node multiplies with constant float32 weights.
func (n *Network) isLinear(node *onnx.Node) bool {
	if node.Domain != "" && node.Domain != "ai.onnx" || len(node.Inputs) < 2 || n.known[node.Inputs[0]] != nil {
		return false
	}
	w := n.known[node.Inputs[1]]
	if w == nil || w.Type != onnx.Float32 || len(w.Dims) != 2 || slices.Contains(w.Dims, 0) || len(n.shapes[node.Inputs[0]]) < 2 {
		return false
	}
	if node.Op == "MatMul" {
		return true
	}
	alpha, beta := node.Attr("alpha"), node.Attr("beta")
	return node.Op == "Gemm" && (alpha == nil || alpha == float32(1)) && (beta == nil || beta == float32(1)) && node.Int("transA", 0) == 0
}

// addLinear adds the input of a linear layer to those that are quantised, unless
// it is quantised anyhow.
func (n *Network) addLinear(l *layer) {
	in := l.node.Inputs[0]
	if n.group[in] == "" && !slices.Contains(n.inputs, in) {
		n.inputs = append(n.inputs, in)
	}
}

// isolated reports whether a convolution stands alone between operators that
// stay float, as those that cut an image into patches and the depthwise ones of
// ConvNeXt do. In a network of linear layers such a one is not worth the
// rounding of its input and output.
func (n *Network) isolated(node *onnx.Node, makers map[string]*onnx.Node, takers map[string][]*onnx.Node) bool {
	near := func(m *onnx.Node) bool {
		return m != nil && slices.Contains([]string{"Conv", "MaxPool", "AveragePool"}, m.Op)
	}
	before := makers[node.Inputs[0]]
	if before != nil && n.isReLU(before) {
		before = makers[before.Inputs[0]]
	}
	if near(before) {
		return false
	}
	for _, after := range takers[node.Outputs[0]] {
		if near(after) || n.isReLU(after) && slices.ContainsFunc(takers[after.Outputs[0]], near) {
			return false
		}
	}
	return true
}

// isDepthwise reports whether a convolution has one input channel a group:
// such ones are seldom faster in integers, and round badly.
func (n *Network) isDepthwise(node *onnx.Node) bool {
	return node.Op == "Conv" && n.known[node.Inputs[1]].Dims[1] == 1 && node.Int("group", 1) > 1
}

// isGate reports whether a convolution works on a single place, as those of
// squeeze-and-excitation do.
func (n *Network) isGate(node *onnx.Node) bool {
	dims := n.shapes[node.Inputs[0]]
	return node.Op == "Conv" && len(dims) == 4 && dims[2] == 1 && dims[3] == 1
}

// Culprits names the layers that make int8 slower or worse more often than
// faster: depthwise convolutions and those of squeeze-and-excitation.
func (n *Network) Culprits() (names []string) {
	for _, l := range n.layers {
		if n.isDepthwise(l.node) || n.isGate(l.node) {
			names = append(names, l.output)
		}
	}
	return names
}

// Layers names the convolutions and matrix products that can be quantised, in
// order.
func (n *Network) Layers() (names []string) {
	for _, l := range n.layers {
		if l.node.Op == "Conv" || l.linear {
			names = append(names, l.output)
		}
	}
	return names
}

// linear writes a linear layer: its weights as int8, one scale a column, and its
// input rounded. A bias of Gemm becomes a sum.
func (w *writer) linear(l *layer, node *onnx.Node) error {
	if slices.Contains(w.options.Keep, l.output) {
		w.nodes = append(w.nodes, node)
		return nil
	}
	t := w.known[node.Inputs[1]]
	data, err := t.Floats()
	if err != nil {
		return err
	}
	rows, columns := int(t.Dims[0]), int(t.Dims[1])
	if node.Op == "Gemm" && node.Int("transB", 0) != 0 {
		data, rows, columns = turned(data, rows, columns), columns, rows
	}
	weight, scale := quantiseColumns(data, columns, w.options.maxWeight())
	name := func(part string) string { return w.names.fresh(l.output + part) }
	dims := []int64{int64(rows), int64(columns)}
	dq := w.op("DequantizeLinear", name(".weight"),
		w.tensor(onnx.NewInt8s(name(".weight.q"), dims, weight)),
		w.tensor(onnx.NewFloats(name(".weight.scale"), dims[1:], scale)),
		w.tensor(onnx.NewInt8s(name(".weight.zero"), dims[1:], make([]int8, columns))))
	w.attribute("axis", int64(1))
	in := w.rounded(node.Inputs[0])
	if node.Op == "Gemm" && len(node.Inputs) > 2 && node.Inputs[2] != "" {
		product := w.op("MatMul", name(".product"), in, dq)
		w.op("Add", node.Outputs[0], product, node.Inputs[2])
		return nil
	}
	w.op("MatMul", node.Outputs[0], in, dq)
	return nil
}

// rounded is a value as linear layers take it, written once.
func (w *writer) rounded(value string) string {
	if w.group[value] != "" {
		return value
	}
	if w.private[value] == "" {
		scale, zero := w.param(value)
		q := w.op("QuantizeLinear", w.names.fresh(value+".q8"), value, scale, zero)
		w.private[value] = w.op("DequantizeLinear", w.names.fresh(value+".dq8"), q, scale, zero)
	}
	return w.private[value]
}

// turned transposes a matrix.
func turned(data []float32, rows, columns int) []float32 {
	out := make([]float32, len(data))
	for r := range rows {
		for c := range columns {
			out[c*rows+r] = data[r*columns+c]
		}
	}
	return out
}

// quantiseColumns quantises a matrix so that the largest weight of each column
// becomes ±most.
func quantiseColumns(data []float32, columns int, most float64) (weight []int8, scale []float32) {
	largest := make([]float64, columns)
	for i, v := range data {
		largest[i%columns] = max(largest[i%columns], math.Abs(float64(v)))
	}
	scale = make([]float32, columns)
	for c, v := range largest {
		if scale[c] = float32(v / most); !(v > 1e-30) {
			scale[c] = 1
		}
	}
	weight = make([]int8, len(data))
	for i, v := range data {
		weight[i] = int8(max(-most, min(most, math.RoundToEven(float64(v)/float64(scale[i%columns])))))
	}
	return weight, scale
}

// inputError is how much rounding the input of each linear layer adds, as the
// squared error divided by the sum of squares: what decides which stay float.
func (c *Calibration) inputError(m Method) map[string]float64 {
	errors, ranges := map[string]float64{}, c.ranges(m)
	for _, l := range c.network.layers {
		at := slices.Index(c.names, l.node.Inputs[0])
		if !l.linear || at < 0 {
			continue
		}
		h, r := &c.counts[at].histogram, ranges[c.network.root(l.node.Inputs[0])]
		power := 0.0
		for i, n := range h.counts {
			power += float64(n * h.centre(i) * h.centre(i))
		}
		errors[l.output] = h.squaredError(r.lo, r.hi) / max(power, math.SmallestNonzeroFloat64)
	}
	return errors
}

// Smooth returns the network with the channels of what a LayerNormalization gives
// to linear layers divided by numbers that bring the channels' largest values
// together, and the weights multiplied by them: the same function, easier to
// round (Xiao et al., SmoothQuant, https://arxiv.org/abs/2211.10438, α = 0.5). ok
// is false if there is nothing to smooth.
func (n *Network) Smooth(c *Calibration) (smooth *Network, ok bool, err error) {
	m := n.Model()
	known, takers := constantsOf(m.Graph), consumers(m.Graph)
	linear := map[string]bool{}
	for _, l := range n.layers {
		if l.linear && l.node.Op == "MatMul" {
			linear[l.node.Outputs[0]] = true
		}
	}
	for _, node := range m.Graph.Nodes {
		if node.Op != "LayerNormalization" || len(node.Inputs) != 3 || m.Graph.Output(node.Outputs[0]) != nil {
			continue
		}
		next := takers[node.Outputs[0]]
		if len(next) == 0 || slices.ContainsFunc(next, func(t *onnx.Node) bool { return !linear[t.Outputs[0]] }) {
			continue
		}
		done, err := smoothNode(m.Graph, known, node, next, c.channelMost(node.Outputs[0]))
		if err != nil {
			return nil, false, err
		}
		ok = ok || done
	}
	if !ok {
		return nil, false, nil
	}
	smooth, err = Analyse(m)
	return smooth, true, err
}

// channelMost is the largest absolute value in each channel, the last dimension.
func (c *Calibration) channelMost(name string) []float32 {
	if at := slices.Index(c.names, name); at >= 0 {
		return c.counts[at].most
	}
	return nil
}

// smoothNode changes one normalisation and the weights after it.
func smoothNode(g *onnx.Graph, known constants, node *onnx.Node, next []*onnx.Node, most []float32) (bool, error) {
	scale, bias := known.floats(node.Inputs[1]), known.floats(node.Inputs[2])
	if len(scale) == 0 || len(scale) != len(most) || len(bias) != len(scale) {
		return false, nil
	}
	weights := make([]float64, len(most)) // largest of each row, over all layers
	for _, layer := range next {
		data := known.floats(layer.Inputs[1])
		columns := len(data) / len(most)
		if columns*len(most) != len(data) || columns == 0 {
			return false, nil
		}
		for i, v := range data {
			weights[i/columns] = max(weights[i/columns], math.Abs(float64(v)))
		}
	}
	by := make([]float32, len(most))
	for i := range by {
		s := math.Sqrt(max(float64(most[i]), 1e-5) / max(weights[i], 1e-5))
		by[i] = float32(s)
	}
	names := namerOf(g)
	replace := func(n *onnx.Node, at int, change func(i int, v float32) float32) {
		t := known[n.Inputs[at]]
		data := known.floats(t.Name)
		for i, v := range data {
			data[i] = change(i, v)
		}
		c := onnx.NewFloats(names.fresh(t.Name+".smooth"), t.Dims, data)
		g.Initializers, known[c.Name], n.Inputs[at] = append(g.Initializers, c), c, c.Name
	}
	for _, at := range []int{1, 2} {
		replace(node, at, func(i int, v float32) float32 { return v / by[i] })
	}
	for _, layer := range next {
		columns := len(known.floats(layer.Inputs[1])) / len(most)
		replace(layer, 1, func(i int, v float32) float32 { return v * by[i/columns] })
	}
	return true, nil
}
