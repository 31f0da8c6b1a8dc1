package onnx

import (
	"fmt"
	"slices"
)

// shapes is the result of shape inference. A value that is missing in dims has a
// shape that could not be inferred.
type shapes struct {
	dims    map[string][]int64
	ints    map[string][]int64 // elements of small integer and Boolean values, with which exporters compute shapes
	reals   map[string][]float64
	kept    int              // elements in ints and reals
	macs    int64            // multiply-adds of convolutions and matrix products
	layers  int64            // of these, in layers whose weights are constant and that are not depthwise
	weights map[string]int64 // elements of the weights of such layers
	fixed   map[string]bool  // constants
	unknown []string         // why macs may be incomplete; empty: it is complete
	types   map[string]DataType
	misfit  string // the first node whose inputs have shapes that do not go together; "": none was found
}

// maxSize bounds every dimension and product that is inferred, so that hostile
// sizes do not overflow.
const maxSize = 1 << 40

// Shapes infers the shapes of the graph's values for one image of side×side
// pixels, where the model leaves that open. Values whose shape cannot be
// inferred are missing.
func (g *Graph) Shapes(side int64) map[string][]int64 {
	return g.inferShapes(batchOf(g, side, 1)).dims
}

// Types infers the element types of the graph's values; those that cannot be
// inferred are missing.
func (g *Graph) Types() map[string]DataType {
	return g.inferShapes(batchOf(g, defaultSide, 1)).types
}

// inferShapes infers the shapes of the graph's values from those of its inputs.
// What cannot be inferred is missing and, if it may contain multiplications,
// listed in unknown.
func (g *Graph) inferShapes(inputs map[string][]int64) *shapes {
	s := &shapes{dims: map[string][]int64{}, ints: map[string][]int64{}, reals: map[string][]float64{}, weights: map[string]int64{}, fixed: map[string]bool{}, types: map[string]DataType{}}
	for _, v := range g.Inputs {
		s.types[v.Name] = v.Type
	}
	for name, dims := range inputs {
		s.dims[name] = dims
	}
	for _, t := range g.Initializers {
		s.constant(t.Name, t)
	}
	for _, n := range g.Nodes {
		s.node(n)
	}
	return s
}

// constant adds a tensor's shape and type, and its elements if they may be a
// shape.
func (s *shapes) constant(name string, t *Tensor) {
	s.dims[name], s.types[name], s.fixed[name] = t.Dims, t.Type, true
	n, err := t.count()
	switch {
	case err != nil || n > maxContents:
	case t.Type == Int64 || t.Type == Int32 || t.Type == Bool:
		list, err := t.Ints()
		s.keep(name, list, nil, err == nil)
	case t.Type.isFloat() && n <= 16:
		list, err := t.Floats()
		reals := make([]float64, len(list))
		for i, v := range list {
			reals[i] = float64(v)
		}
		s.keep(name, nil, reals, err == nil)
	}
}

// node infers the shapes of one node's outputs.
func (s *shapes) node(n *Node) {
	if n.Op != "Constant" {
		s.setTypes(n)
	}
	rule, ok := ruleOf(n)
	if !ok {
		s.miss(fmt.Sprintf("operator %s is not known", n.Op))
		return
	}
	if len(n.Outputs) == 0 || len(n.Inputs) == 0 && n.Op != "Constant" {
		s.miss(fmt.Sprintf("%s %q lacks inputs or outputs", n.Op, n.Name))
		return
	}
	s.contents(n)
	in := make([][]int64, len(n.Inputs))
	for i, name := range n.Inputs {
		in[i] = s.dims[name]
		if _, known := s.dims[name]; !known && name != "" && (i == 0 || rule.all) {
			if rule.multiplies && len(s.unknown) == 0 { // else it is a consequence of what is in unknown
				s.miss(fmt.Sprintf("%s %q has an input of unknown shape", n.Op, n.Name))
			}
			return
		}
	}
	out := rule.apply(&shapedNode{s, n, in})
	if out == nil || slices.ContainsFunc(out, func(d int64) bool { return d < 0 || d > maxSize }) {
		if rule.fits && s.misfit == "" && s.complete(n) {
			s.misfit = fmt.Sprintf("%s %q", n.Op, n.Name)
		}
		if rule.multiplies {
			s.miss(fmt.Sprintf("%s %q does not fit its inputs", n.Op, n.Name))
		}
		return
	}
	s.dims[n.Outputs[0]] = out
}

// setTypes notes the types of a node's outputs, also where the shape is not
// known.
func (s *shapes) setTypes(n *Node) {
	for i, out := range n.Outputs {
		switch {
		case out == "" || n.Op == "Constant" && s.types[out] != Undefined:
		case i == 0:
			s.types[out] = s.resultType(n)
		case n.Op == "TopK" || n.Op == "MaxPool" || n.Op == "Unique":
			s.types[out] = Int64
		case n.Op == "Dropout":
			s.types[out] = Bool
		default:
			s.types[out] = s.types[n.Outputs[0]]
		}
	}
}

// complete reports whether all that decides about a node's shape is known.
func (s *shapes) complete(n *Node) bool {
	for _, name := range n.Inputs {
		if _, ok := s.dims[name]; !ok && name != "" {
			return false
		}
	}
	_, known := s.ints[input(n, 1)]
	return n.Op != "Reshape" || known
}

// miss adds a reason why multiply-adds are unknown.
func (s *shapes) miss(why string) {
	if !slices.Contains(s.unknown, why) {
		s.unknown = append(s.unknown, why)
	}
}

// resultType is the type of a node's first output: for most operators that of the
// first input.
func (s *shapes) resultType(n *Node) DataType {
	switch n.Op {
	case "Cast":
		return DataType(n.Int("to", 0))
	case "Shape", "Size", "ArgMax", "ArgMin", "NonZero":
		return Int64
	case "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Not", "And", "Or", "Xor", "IsNaN", "IsInf":
		return Bool
	case "Where":
		return s.types[input(n, 1)]
	case "ConstantOfShape":
		if t, ok := n.Attr("value").(*Tensor); ok {
			return t.Type
		}
		return Float32
	case "Constant":
		return s.types[n.Outputs[0]]
	case "DequantizeLinear":
		return s.types[input(n, 1)]
	case "QuantizeLinear":
		if t := s.types[input(n, 2)]; t != Undefined {
			return t
		}
		return Uint8
	}
	return s.types[input(n, 0)]
}

// input is the name of the node's i-th input, or "".
func input(n *Node, i int) string {
	if i < len(n.Inputs) {
		return n.Inputs[i]
	}
	return ""
}
