package precision

import (
	"fmt"

	"graft/onnx"
)

// constants are the constants of a graph by name.
type constants map[string]*onnx.Tensor

func constantsOf(g *onnx.Graph) constants {
	c := constants{}
	for _, t := range g.Initializers {
		c[t.Name] = t
	}
	return c
}

// simplify folds constants: Constant nodes become initializers, and casts of
// constants, with which models store their weights in half the space, are
// computed.
func simplify(g *onnx.Graph) error {
	known := constantsOf(g)
	var kept []*onnx.Node
	for _, n := range g.Nodes {
		t, err := known.folded(n)
		if err != nil {
			return fmt.Errorf("%s %q: %w", n.Op, n.Name, err)
		}
		if t == nil {
			kept = append(kept, n)
			continue
		}
		c := *t
		c.Name = n.Outputs[0]
		known[c.Name] = &c
		g.Initializers = append(g.Initializers, &c)
	}
	g.Nodes = kept
	g.Prune()
	return nil
}

// folded is the value of a node that only depends on constants and is an
// Identity or a Cast to float32, else nil.
func (c constants) folded(n *onnx.Node) (*onnx.Tensor, error) {
	if len(n.Outputs) != 1 {
		return nil, nil
	}
	if n.Op == "Constant" {
		t, _ := n.Attr("value").(*onnx.Tensor)
		return t, nil
	}
	if len(n.Inputs) != 1 || c[n.Inputs[0]] == nil {
		return nil, nil
	}
	t := c[n.Inputs[0]]
	switch {
	case n.Op == "Identity":
		return t, nil
	case n.Op == "Cast" && onnx.DataType(n.Int("to", 0)) == onnx.Float32 && isFloat(t.Type):
		data, err := t.Floats()
		return onnx.NewFloats("", t.Dims, data), err
	}
	return nil, nil
}

func isFloat(t onnx.DataType) bool {
	return t == onnx.Float32 || t == onnx.Float16 || t == onnx.BFloat16 || t == onnx.Float64
}

// floats returns the values of the constant called name; nil if there is none
// in float32.
func (c constants) floats(name string) []float32 {
	t := c[name]
	if t == nil || t.Type != onnx.Float32 {
		return nil
	}
	data, err := t.Floats()
	if err != nil {
		return nil
	}
	return data
}

// consumers lists the nodes that take each value.
func consumers(g *onnx.Graph) map[string][]*onnx.Node {
	list := map[string][]*onnx.Node{}
	for _, n := range g.Nodes {
		for _, name := range n.Inputs {
			if name != "" {
				list[name] = append(list[name], n)
			}
		}
	}
	return list
}

// A namer makes names that neither a value nor a node of the graph has taken.
type namer map[string]bool

func namerOf(g *onnx.Graph) namer {
	taken := namer{}
	g.Rename(func(s string) string {
		taken[s] = true
		return s
	})
	for _, n := range g.Nodes {
		taken[n.Name] = true
	}
	return taken
}

func (n namer) fresh(base string) string {
	for n[base] {
		base += "_"
	}
	n[base] = true
	return base
}
