package precision

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"graft/onnx"
)

// A halver decides which values of a graph are float16 and rewrites its nodes.
type halver struct {
	g      *onnx.Graph
	names  namer
	known  constants
	types  map[string]onnx.DataType
	wide   map[string]bool // values that stay float32
	keep   map[*onnx.Node]bool
	casted map[string]string // value in float16 → the same in float32
	halved map[string]string // constant in float32 → the same in float16
	needed map[string]bool   // constants that are needed in float32
	kept   []string
}

func newHalver(g *onnx.Graph, wide []string) *halver {
	h := &halver{
		g: g, names: namerOf(g), known: constantsOf(g), types: g.Types(), wide: map[string]bool{}, keep: map[*onnx.Node]bool{},
		casted: map[string]string{}, halved: map[string]string{}, needed: map[string]bool{},
	}
	for _, name := range wide {
		h.wide[name] = true
	}
	return h
}

// isFloat reports whether a value of the trunk is float32; values of operators
// that nobody knows count as such.
func (h *halver) isFloat(name string) bool {
	t, ok := h.types[name]
	return name != "" && (t == onnx.Float32 || !ok)
}

// float32Inputs are inputs that have no float16 form in operators that have one.
var float32Inputs = map[string][]int{"Resize": {1, 2}}

// decide finds the nodes that stay float32.
func (h *halver) decide() error {
	for _, n := range h.g.Nodes {
		for _, a := range n.Attributes {
			switch a.Value.(type) {
			case *onnx.Graph, []*onnx.Graph:
				return fmt.Errorf("operator %s (%q) has graphs of its own, which are not rewritten", n.Op, n.Name)
			}
		}
		large, err := h.holdsLarge(n)
		if err != nil {
			return err
		}
		foreign := n.Domain != "" && n.Domain != "ai.onnx"
		h.keep[n] = h.computes(n) && (foreign || large || !slices.Contains(halfOps, n.Op) || h.touchesWide(n))
	}
	// Between two nodes that stay float32 a value need not be rounded.
	takers := consumers(h.g)
	for _, n := range h.g.Nodes {
		for _, out := range n.Outputs {
			if h.keep[n] && len(takers[out]) > 0 && !slices.ContainsFunc(takers[out], func(t *onnx.Node) bool { return !h.keep[t] }) {
				h.wide[out] = true
			}
		}
	}
	return nil
}

// computes reports whether floating-point numbers go in or out of a node.
func (h *halver) computes(n *onnx.Node) bool {
	if n.Op == "Shape" || n.Op == "Size" {
		return false
	}
	return slices.ContainsFunc(n.Inputs, h.isFloat) || slices.ContainsFunc(n.Outputs, h.isFloat)
}

func (h *halver) touchesWide(n *onnx.Node) bool {
	wide := func(name string) bool { return h.wide[name] }
	return slices.ContainsFunc(n.Inputs, wide) || slices.ContainsFunc(n.Outputs, wide)
}

// holdsLarge reports whether a constant of the node does not fit float16.
// Infinities do.
func (h *halver) holdsLarge(n *onnx.Node) (bool, error) {
	for _, name := range n.Inputs {
		t := h.known[name]
		if t == nil || t.Type != onnx.Float32 {
			continue
		}
		data, err := t.Floats()
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(data, func(v float32) bool {
			a := math.Abs(float64(v))
			return a >= halfMost && a <= math.MaxFloat32
		}) {
			return true, nil
		}
	}
	return false, nil
}

// rewrite changes every node to the types that were decided.
func (h *halver) rewrite() error {
	nodes := h.g.Nodes
	h.g.Nodes = nil
	for _, n := range nodes {
		switch {
		case !h.computes(n):
			h.g.Nodes = append(h.g.Nodes, n)
		case h.keep[n]:
			h.keepNode(n)
		default:
			if err := h.halve(n); err != nil {
				return err
			}
		}
	}
	for i, t := range h.g.Initializers {
		if h.halved[t.Name] == "" || h.halved[t.Name] != t.Name {
			continue
		}
		data, err := t.Floats()
		if err != nil {
			return err
		}
		h.g.Initializers[i] = onnx.NewFloat16s(t.Name, t.Dims, data)
	}
	return nil
}

// keepNode leaves a node in float32, with casts where its neighbours are not.
func (h *halver) keepNode(n *onnx.Node) {
	h.kept = append(h.kept, fmt.Sprintf("%s %q", n.Op, cmp.Or(n.Name, n.Outputs[0])))
	for i, name := range n.Inputs {
		if h.isFloat(name) && h.known[name] == nil && !h.wide[name] {
			n.Inputs[i] = h.float(name)
		}
	}
	var after []*onnx.Node
	for i, name := range n.Outputs {
		if h.isFloat(name) && !h.wide[name] {
			n.Outputs[i] = h.names.fresh(name + ".wide")
			after = append(after, castNode(h.names.fresh(name+".round"), n.Outputs[i], name, onnx.Float16))
		}
	}
	h.g.Nodes = append(append(h.g.Nodes, n), after...)
}

// float is a float16 value cast to float32, once.
func (h *halver) float(name string) string {
	if h.casted[name] == "" {
		out := h.names.fresh(name + ".float")
		h.g.Nodes = append(h.g.Nodes, castNode(out, name, out, onnx.Float32))
		h.casted[name] = out
	}
	return h.casted[name]
}

func castNode(name, in, out string, to onnx.DataType) *onnx.Node {
	return &onnx.Node{Op: "Cast", Name: name, Inputs: []string{in}, Outputs: []string{out},
		Attributes: []*onnx.Attribute{{Name: "to", Value: int64(to)}}}
}

// halve lets a node compute in float16.
func (h *halver) halve(n *onnx.Node) error {
	for i, name := range n.Inputs {
		t := h.known[name]
		if t == nil || t.Type != onnx.Float32 || slices.Contains(float32Inputs[n.Op], i) {
			continue
		}
		to, err := h.half(t)
		if err != nil {
			return err
		}
		n.Inputs[i] = to
	}
	switch {
	case n.Op == "Cast" && onnx.DataType(n.Int("to", 0)) == onnx.Float32:
		if err := n.Set("to", int64(onnx.Float16)); err != nil {
			return err
		}
	case n.Op == "ConstantOfShape":
		value := []float32{0}
		if t, ok := n.Attr("value").(*onnx.Tensor); ok {
			var err error
			if value, err = t.Floats(); err != nil {
				return err
			}
		}
		if err := n.Set("value", onnx.NewFloat16s("", []int64{1}, value)); err != nil {
			return err
		}
	}
	h.g.Nodes = append(h.g.Nodes, n)
	return nil
}

// half is a constant in float16: under its own name, unless nodes that stay
// float32 take it as well.
func (h *halver) half(t *onnx.Tensor) (string, error) {
	if to := h.halved[t.Name]; to != "" {
		return to, nil
	}
	shared := false
	for _, n := range h.takers(t.Name) {
		shared = shared || h.keep[n] || slices.ContainsFunc(float32Inputs[n.Op], func(i int) bool { return i < len(n.Inputs) && n.Inputs[i] == t.Name })
	}
	if h.halved[t.Name] = t.Name; !shared {
		return t.Name, nil
	}
	data, err := t.Floats()
	if err != nil {
		return "", err
	}
	c := onnx.NewFloat16s(h.names.fresh(t.Name+".half"), t.Dims, data)
	h.g.Initializers = append(h.g.Initializers, c)
	h.halved[t.Name] = c.Name
	return c.Name, nil
}

// takers are the nodes of the trunk that take a constant.
func (h *halver) takers(name string) (list []*onnx.Node) {
	for n := range h.keep {
		if slices.Contains(n.Inputs, name) {
			list = append(list, n)
		}
	}
	return list
}

// castOutputs casts every output that is float16 back to float32.
func (h *halver) castOutputs() {
	inner := map[string]string{}
	for _, v := range h.g.Outputs {
		if !h.wide[v.Name] {
			inner[v.Name] = h.names.fresh(v.Name + ".half")
		}
	}
	for _, n := range h.g.Nodes {
		for _, list := range [][]string{n.Inputs, n.Outputs} {
			for i, name := range list {
				if to := inner[name]; to != "" {
					list[i] = to
				}
			}
		}
	}
	for _, v := range h.g.Outputs {
		if from := inner[v.Name]; from != "" {
			h.g.Nodes = append(h.g.Nodes, castNode(h.names.fresh(v.Name+".cast"), from, v.Name, onnx.Float32))
		}
	}
}
