package precision

import (
	"cmp"
	"fmt"
	"slices"

	"graft/onnx"
)

// A Network is a trunk in float32 with an analysis of which of its layers can
// compute in 8-bit integers.
//
// Values between layers are quantised once, after the activation: convolution
// and ReLU are one layer, and the ReLU costs nothing where the range begins at
// 0. The inputs and the output of a maximum pool or a concatenation share one
// range, so that these operators only move bytes.
type Network struct {
	model   *onnx.Model
	pre     preprocessing
	zero    float64 // the pixel that stands for 0, if pre is folded
	folded  bool    // pre is folded into the first convolutions
	known   constants
	layers  []*layer
	values  []string          // that are quantised, in order of computation
	concats map[string]*layer // outputs of Concat: they share their inputs' range and need no calibration
	group   map[string]string // union-find: value → the value whose range it shares, itself if its own
	inputs  []string          // values that are quantised for linear layers alone
	shapes  map[string][]int64
	float   []string // operators that stay float, with their nodes' names
}

// A layer is an operator that can compute in integers, with its activation.
type layer struct {
	node   *onnx.Node
	relu   *onnx.Node // the activation that is fused into it, or nil
	output string     // of the activation, else of the node
	linear bool       // a matrix product with constant weights
}

// Analyse finds the layers of a trunk that can be quantised. Operators that
// have no integer form stay float; a trunk without a convolution or a matrix
// product that has one is an error.
func Analyse(trunk *onnx.Model) (*Network, error) {
	t, err := check(trunk)
	if err != nil {
		return nil, err
	}
	m := trunk.Clone()
	if err := simplify(m.Graph); err != nil {
		return nil, err
	}
	n := &Network{model: m, shapes: m.Graph.Shapes(int64(t.Crop)), pre: preprocessingOf(m.Graph), known: constantsOf(m.Graph), group: map[string]string{}, concats: map[string]*layer{}}
	n.zero, n.folded = n.pre.zeroPoint(n.known)
	n.find()
	if len(n.Layers()) == 0 {
		return nil, fmt.Errorf("it has no convolution and no matrix product that can be quantised%s", listed(n.float))
	}
	return n, nil
}

// listed names the operators of a trunk without convolutions for an error
// message.
func listed(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("; its operators are %s", names)
}

// find goes through the nodes in the order of computation.
func (n *Network) find() {
	takers, makers := consumers(n.model.Graph), makersOf(n.model.Graph)
	linear := slices.ContainsFunc(n.model.Graph.Nodes, n.isLinear)
	if linear && slices.ContainsFunc(n.pre.consumers, func(c *onnx.Node) bool { return n.isolated(c, makers, takers) }) {
		n.folded = false // it stays float, and wants normalised pixels
	}
	done := map[*onnx.Node]bool{} // nodes of the preprocessing, and activations that are fused
	for _, node := range n.pre.nodes {
		done[node] = true
	}
	for _, node := range n.model.Graph.Nodes {
		switch {
		case done[node]:
		case n.isLinear(node):
			n.layers = append(n.layers, &layer{node: node, output: node.Outputs[0], linear: true})
		case linear && isConvolution(node, n.known) && n.isolated(node, makers, takers):
			n.float = append(n.float, fmt.Sprintf("%s %q", node.Op, cmp.Or(node.Name, node.Outputs[0])))
		case n.quantisable(node):
			l := &layer{node: node, output: node.Outputs[0]}
			if next := takers[l.output]; fusesReLU(node) && len(next) == 1 && n.isReLU(next[0]) && n.model.Graph.Output(l.output) == nil {
				l.relu, l.output = next[0], next[0].Outputs[0]
				done[l.relu] = true
			}
			n.add(l)
		case !slices.Contains(floatByDesign, node.Op):
			n.float = append(n.float, fmt.Sprintf("%s %q", node.Op, cmp.Or(node.Name, node.Outputs[0])))
		}
	}
	for _, l := range n.layers {
		if l.linear {
			n.addLinear(l)
		}
	}
}

// makersOf maps each value to the node that computes it.
func makersOf(g *onnx.Graph) map[string]*onnx.Node {
	makers := map[string]*onnx.Node{}
	for _, n := range g.Nodes {
		for _, out := range n.Outputs {
			makers[out] = n
		}
	}
	return makers
}

// floatByDesign are operators of negligible cost whose results are needed in
// float, such as the averages of the last maps.
var floatByDesign = []string{"GlobalAveragePool", "ReduceMean", "Flatten", "Reshape", "Transpose", "Squeeze", "Identity", "Cast", "Shape", "Gather", "Unsqueeze",
	"Slice", "Split", "Expand", "Where", "ConstantOfShape", "Range", "Equal", "Mod", "Size", "Dropout", "Pad"}

// quantisable reports whether a node can compute in integers: a convolution
// always, a pool, concatenation or sum only where its inputs are quantised.
func (n *Network) quantisable(node *onnx.Node) bool {
	if node.Domain != "" && node.Domain != "ai.onnx" || len(node.Outputs) != 1 {
		return false
	}
	quantised := func(name string) bool { return n.group[name] != "" }
	switch node.Op {
	case "Conv":
		return isConvolution(node, n.known)
	case "MaxPool", "AveragePool":
		return quantised(node.Inputs[0])
	case "Concat", "Add":
		return len(node.Inputs) > 1 && !slices.ContainsFunc(node.Inputs, func(name string) bool { return !quantised(name) })
	}
	return false
}

// fusesReLU reports whether a ReLU after the node can be fused into it.
func fusesReLU(node *onnx.Node) bool { return node.Op == "Conv" || node.Op == "Add" }

// isReLU reports whether a node is a ReLU, perhaps with an upper bound, which
// the range that is measured after it respects.
func (n *Network) isReLU(node *onnx.Node) bool {
	if node.Op != "Clip" {
		return node.Op == "Relu"
	}
	if len(node.Inputs) < 2 {
		return false
	}
	low := n.known.floats(node.Inputs[1])
	return len(low) == 1 && low[0] == 0 && (len(node.Inputs) < 3 || n.known[node.Inputs[2]] != nil)
}

// add adds a layer and its inputs and output, and unites those that share a
// range.
func (n *Network) add(l *layer) {
	n.layers = append(n.layers, l)
	var in []string
	switch l.node.Op {
	case "Conv":
		if !n.takesPixels(l) {
			n.addValue(l.node.Inputs[0])
		}
	case "Concat":
		in, n.concats[l.output] = l.node.Inputs, l
	case "MaxPool":
		in = l.node.Inputs
	}
	n.addValue(l.output)
	for _, name := range in {
		n.unite(name, l.output)
	}
}

// takesPixels reports whether the layer is a first convolution with the
// preprocessing folded into it.
func (n *Network) takesPixels(l *layer) bool {
	return n.folded && l.node.Op == "Conv" && l.node.Inputs[0] == n.pre.output
}

// addValue adds a quantised value with a range of its own.
func (n *Network) addValue(name string) {
	if n.group[name] == "" {
		n.group[name] = name
		n.values = append(n.values, name)
	}
}

// root is the value whose range another one shares.
func (n *Network) root(name string) string {
	if n.group[name] == "" {
		return name // of a linear layer alone
	}
	for n.group[name] != name {
		name = n.group[name]
	}
	return name
}

// unite lets two values share one range.
func (n *Network) unite(a, b string) { n.group[n.root(b)] = n.root(a) }

// Float names the operators that stay float because they have no integer form.
func (n *Network) Float() []string { return slices.Clone(n.float) }

// Convolutions names the convolutions that can be quantised, in order.
func (n *Network) Convolutions() []string {
	var names []string
	for _, l := range n.layers {
		if l.node.Op == "Conv" {
			names = append(names, l.output)
		}
	}
	return names
}

// Activations names the values that a calibration measures: all that are
// quantised but the outputs of concatenations.
func (n *Network) Activations() []string {
	list := slices.DeleteFunc(slices.Clone(n.values), func(name string) bool { return n.concats[name] != nil })
	return append(list, n.inputs...)
}

// Model is the trunk in float32 with its constants folded.
func (n *Network) Model() *onnx.Model { return n.model.Clone() }
