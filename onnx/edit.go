package onnx

import "slices"

// Prune removes the nodes and constants that no output depends on, the inputs
// that only repeat constants, and the declared types of inner values.
func (g *Graph) Prune() {
	needed := map[string]bool{}
	for _, v := range g.Outputs {
		needed[v.Name] = true
	}
	var kept []*Node
	for _, n := range slices.Backward(g.Nodes) {
		if !slices.ContainsFunc(n.Outputs, func(s string) bool { return needed[s] }) {
			continue
		}
		n.uses(func(name string) { needed[name] = true })
		kept = append(kept, n)
	}
	slices.Reverse(kept)
	g.Nodes = kept
	g.Inputs = g.RealInputs()
	g.Initializers = slices.DeleteFunc(slices.Clone(g.Initializers), func(t *Tensor) bool { return !needed[t.Name] })
	g.Values = nil
}

// inputsOf lists the inputs that a value depends on and that are not constants,
// in their order.
func (g *Graph) inputsOf(name string) (list []*Value) {
	needed := map[string]bool{name: true}
	for _, n := range slices.Backward(g.Nodes) {
		if slices.ContainsFunc(n.Outputs, func(s string) bool { return needed[s] }) {
			n.uses(func(s string) { needed[s] = true })
		}
	}
	for _, v := range g.RealInputs() {
		if needed[v.Name] {
			list = append(list, v)
		}
	}
	return list
}

// uses calls f with the name of every value that the node or a graph in its
// attributes uses.
func (n *Node) uses(f func(string)) {
	for _, name := range n.Inputs {
		f(name)
	}
	for _, g := range n.subgraphs() {
		for _, inner := range g.Nodes {
			inner.uses(f)
		}
		for _, v := range g.Outputs {
			f(v.Name)
		}
	}
}

// subgraphs returns the graphs in the node's attributes.
func (n *Node) subgraphs() (list []*Graph) {
	for _, a := range n.Attributes {
		switch v := a.Value.(type) {
		case *Graph:
			list = append(list, v)
		case []*Graph:
			list = append(list, v...)
		}
	}
	return list
}

// Rename renames every value of the graph, also in the graphs of its nodes'
// attributes, from name to f(name). f must be injective; it is not called with
// "".
func (g *Graph) Rename(f func(string) string) {
	rename := func(names []string) {
		for i, s := range names {
			if s != "" {
				names[i] = f(s)
			}
		}
	}
	for _, n := range g.Nodes {
		rename(n.Inputs)
		rename(n.Outputs)
		for _, inner := range n.subgraphs() {
			inner.Rename(f)
		}
	}
	for _, t := range g.Initializers {
		t.Name = f(t.Name)
	}
	for _, list := range [][]*Value{g.Inputs, g.Outputs, g.Values} {
		for _, v := range list {
			v.Name = f(v.Name)
		}
	}
}

// names returns every value's name in the graph and the graphs inside it.
func (g *Graph) names() map[string]bool {
	all := map[string]bool{}
	g.Rename(func(s string) string {
		all[s] = true
		return s
	})
	return all
}

// Clone returns a copy of the model that can be changed without changing m.
// The contents of tensors are shared.
func (m *Model) Clone() *Model {
	c := *m
	c.Opsets, c.Properties = slices.Clone(m.Opsets), slices.Clone(m.Properties)
	c.Graph = m.Graph.clone()
	return &c
}

func (g *Graph) clone() *Graph {
	c := *g
	c.Nodes = copied(g.Nodes, func(n *Node) {
		n.Inputs, n.Outputs = slices.Clone(n.Inputs), slices.Clone(n.Outputs)
		n.Attributes = copied(n.Attributes, func(a *Attribute) {
			switch v := a.Value.(type) {
			case *Graph:
				a.Value = v.clone()
			case []*Graph:
				list := make([]*Graph, len(v))
				for i, g := range v {
					list[i] = g.clone()
				}
				a.Value = list
			}
		})
	})
	c.Initializers = copied(g.Initializers, func(*Tensor) {})
	dims := func(v *Value) { v.Dims = slices.Clone(v.Dims) }
	c.Inputs, c.Outputs, c.Values = copied(g.Inputs, dims), copied(g.Outputs, dims), copied(g.Values, dims)
	return &c
}

// copied copies the elements of a list; deeper copies what they point to.
func copied[T any](list []*T, deeper func(*T)) []*T {
	out := make([]*T, len(list))
	for i, p := range list {
		c := *p
		deeper(&c)
		out[i] = &c
	}
	return out
}
