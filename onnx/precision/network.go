package precision

import (
	"cmp"
	"fmt"
	"slices"

	"graft/onnx"
)

// A Network is a trunk in float32 whose parts that 8-bit integers can compute
// are known.
//
// Values between layers are quantised once, after the activation: convolution
// and ReLU are one site, and the ReLU costs nothing where the range begins at
// 0. What maximum pools and concatenations take and give has one range, so
// that they move bytes.
type Network struct {
	model  *onnx.Model
	front  front
	zero   float64 // the pixel that is 0, if the front is folded
	folded bool    // the front is part of the first convolutions
	known  constants
	sites  []*site
	values []string          // that are quantised, in order of computation
	joins  map[string]*site  // those that are only put together of others
	group  map[string]string // value → the value whose range it shares, itself if its own
	float  []string          // operators that stay float, with their nodes' names
}

// A site is a layer that can compute in integers.
type site struct {
	node   *onnx.Node
	relu   *onnx.Node // that follows and belongs to it, or nil
	output string     // after that
}

// Analyse looks through a trunk. Operators that have no integer form stay
// float; a trunk without a convolution that has one is an error.
func Analyse(trunk *onnx.Model) (*Network, error) {
	if _, err := check(trunk); err != nil {
		return nil, err
	}
	m := trunk.Clone()
	if err := simplify(m.Graph); err != nil {
		return nil, err
	}
	n := &Network{model: m, front: frontOf(m.Graph), known: constantsOf(m.Graph), group: map[string]string{}, joins: map[string]*site{}}
	n.zero, n.folded = n.front.zeroPoint(n.known)
	n.find()
	if len(n.Convolutions()) == 0 {
		return nil, fmt.Errorf("it has no convolution that can be quantised%s", listed(n.float))
	}
	return n, nil
}

func listed(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("; what it has is %s", names)
}

// find goes through the nodes in the order of computation.
func (n *Network) find() {
	using := users(n.model.Graph)
	within := map[*onnx.Node]bool{} // nodes that belong to a site, or to the front
	for _, node := range n.front.front {
		within[node] = true
	}
	for _, node := range n.model.Graph.Nodes {
		switch {
		case within[node]:
		case n.quantisable(node):
			s := &site{node: node, output: node.Outputs[0]}
			if next := using[s.output]; computes(node) && len(next) == 1 && n.activates(next[0]) && n.model.Graph.Output(s.output) == nil {
				s.relu, s.output = next[0], next[0].Outputs[0]
				within[s.relu] = true
			}
			n.add(s)
		case !slices.Contains(floatByDesign, node.Op):
			n.float = append(n.float, fmt.Sprintf("%s %q", node.Op, cmp.Or(node.Name, node.Outputs[0])))
		}
	}
}

// floatByDesign are operators that cost nothing and whose results are wanted
// in float: averages of the last maps.
var floatByDesign = []string{"GlobalAveragePool", "ReduceMean", "Flatten", "Reshape", "Transpose", "Squeeze", "Identity", "Cast", "Shape", "Gather", "Unsqueeze"}

// quantisable says whether a node can compute in integers, which a pool or sum
// does only on what is quantised anyway.
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

// computes says whether a ReLU after the node can be part of it.
func computes(node *onnx.Node) bool { return node.Op == "Conv" || node.Op == "Add" }

// activates says whether a node is a ReLU, perhaps with an upper bound, which
// the range that is measured after it respects.
func (n *Network) activates(node *onnx.Node) bool {
	if node.Op != "Clip" {
		return node.Op == "Relu"
	}
	if len(node.Inputs) < 2 {
		return false
	}
	low := n.known.floats(node.Inputs[1])
	return len(low) == 1 && low[0] == 0 && (len(node.Inputs) < 3 || n.known[node.Inputs[2]] != nil)
}

// add notes a site, the values it takes and gives, and which share a range.
func (n *Network) add(s *site) {
	n.sites = append(n.sites, s)
	var in []string
	switch s.node.Op {
	case "Conv":
		if !n.takesPixels(s) {
			n.value(s.node.Inputs[0])
		}
	case "Concat":
		in, n.joins[s.output] = s.node.Inputs, s
	case "MaxPool":
		in = s.node.Inputs
	}
	n.value(s.output)
	for _, name := range in {
		n.join(name, s.output)
	}
}

// takesPixels says whether the site is a first convolution with the front
// folded into it.
func (n *Network) takesPixels(s *site) bool {
	return n.folded && s.node.Op == "Conv" && s.node.Inputs[0] == n.front.value
}

// value notes that a value is quantised.
func (n *Network) value(name string) {
	if n.group[name] == "" {
		n.group[name] = name
		n.values = append(n.values, name)
	}
}

// root is the value whose range another one shares.
func (n *Network) root(name string) string {
	for n.group[name] != name {
		name = n.group[name]
	}
	return name
}

func (n *Network) join(a, b string) { n.group[n.root(b)] = n.root(a) }

// Float names the operators that stay float although they compute between or
// after quantised layers.
func (n *Network) Float() []string { return slices.Clone(n.float) }

// Convolutions names the convolutions that can be quantised, in order.
func (n *Network) Convolutions() []string {
	var names []string
	for _, s := range n.sites {
		if s.node.Op == "Conv" {
			names = append(names, s.output)
		}
	}
	return names
}

// Activations names the values that have to be measured: all that are
// quantised but those that are only put together of others.
func (n *Network) Activations() []string {
	return slices.DeleteFunc(slices.Clone(n.values), func(name string) bool { return n.joins[name] != nil })
}

// Model is the trunk in float32 that is quantised, its constants computed.
func (n *Network) Model() *onnx.Model { return n.model.Clone() }
