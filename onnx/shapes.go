package onnx

import (
	"fmt"
	"slices"
)

// shapes is the result of following the sizes of values through a graph. A
// value that is missing in dims has a shape that could not be told.
type shapes struct {
	dims    map[string][]int64
	ints    map[string][]int64 // contents of small integer values, for Reshape
	macs    int64              // multiply-adds of convolutions and products
	unknown []string           // why macs is not all there is; empty: it is
	types   map[string]DataType
}

// maxSize bounds every dimension and product that is followed, so that
// hostile sizes do not overflow.
const maxSize = 1 << 40

// Shapes infers the shapes of the graph's values for one image of side×side
// pixels, where the model leaves that open. A value is missing if its shape
// cannot be told.
func (g *Graph) Shapes(side int64) map[string][]int64 {
	return g.follow(oneImage(g, side, 1)).dims
}

// follow infers the shapes of the graph's values from those of its inputs.
// Whatever it cannot tell it leaves out and, if multiplications may hide
// there, says so in unknown.
func (g *Graph) follow(inputs map[string][]int64) *shapes {
	s := &shapes{dims: map[string][]int64{}, ints: map[string][]int64{}, types: map[string]DataType{}}
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

// constant notes a tensor's shape, and its contents if they may be a shape.
func (s *shapes) constant(name string, t *Tensor) {
	s.dims[name] = t.Dims
	s.types[name] = t.Type
	if n, err := t.Len(); err == nil && n <= 64 && (t.Type == Int64 || t.Type == Int32) {
		s.ints[name], _ = t.Ints()
	}
}

// node infers the shapes of one node's outputs.
func (s *shapes) node(n *Node) {
	rule, ok := shapeRules[n.Op]
	if !ok || !isStandard(n.Domain) {
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
		if _, known := s.dims[name]; !known && (i == 0 || rule.all) {
			if rule.multiplies && len(s.unknown) == 0 { // else it follows from what is told already
				s.miss(fmt.Sprintf("%s %q has an input of unknown shape", n.Op, n.Name))
			}
			return
		}
	}
	out := rule.apply(&site{s, n, in})
	if out == nil || slices.ContainsFunc(out, func(d int64) bool { return d < 0 || d > maxSize }) {
		if rule.multiplies {
			s.miss(fmt.Sprintf("%s %q does not fit its inputs", n.Op, n.Name))
		}
		return
	}
	s.dims[n.Outputs[0]] = out
	s.types[n.Outputs[0]] = s.resultType(n)
}

func (s *shapes) miss(why string) {
	if !slices.Contains(s.unknown, why) {
		s.unknown = append(s.unknown, why)
	}
}

// resultType is the type of a node's first output, for the operators that do
// not simply keep that of their first input.
func (s *shapes) resultType(n *Node) DataType {
	switch n.Op {
	case "Cast":
		return DataType(n.Int("to", 0))
	case "Shape":
		return Int64
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

// contents follows small integer values: what exporters compute shapes with.
func (s *shapes) contents(n *Node) {
	out, first := n.Outputs[0], s.ints[input(n, 0)]
	switch n.Op {
	case "Constant":
		if t, ok := n.Attr("value").(*Tensor); ok {
			s.constant(out, t)
		}
		if list := n.Ints("value_ints"); list != nil {
			s.constant(out, NewInt64s(out, []int64{int64(len(list))}, list))
		}
		if v, ok := n.Attr("value_int").(int64); ok {
			s.constant(out, NewInt64s(out, nil, []int64{v}))
		}
	case "Shape":
		if dims, ok := s.dims[input(n, 0)]; ok && n.Attr("start") == nil && n.Attr("end") == nil {
			s.ints[out] = dims
		}
	case "Cast", "Identity", "Squeeze", "Unsqueeze":
		if first != nil {
			s.ints[out] = first
		}
	case "Gather":
		if list := gathered(first, s.ints[input(n, 1)]); list != nil {
			s.ints[out] = list
		}
	case "Concat":
		s.joined(n)
	}
}

// gathered picks entries of a list, or returns nil if one is not there.
func gathered(list, at []int64) (out []int64) {
	for _, i := range at {
		if i < 0 {
			i += int64(len(list))
		}
		if i < 0 || i >= int64(len(list)) {
			return nil
		}
		out = append(out, list[i])
	}
	return out
}

// joined concatenates integer contents if all of them are known.
func (s *shapes) joined(n *Node) {
	var all []int64
	for _, name := range n.Inputs {
		part, ok := s.ints[name]
		if !ok || len(all) > 64 {
			return
		}
		all = append(all, part...)
	}
	s.ints[n.Outputs[0]] = all
}
