package onnx

import (
	"errors"
	"fmt"
)

// Builder builds a graph node by node, in the order of computation. Every
// method that adds a value returns its name, so that the code reads as the
// network. The builder keeps its first error, later calls do nothing, and Model
// returns it.
type Builder struct {
	model Model
	known map[string]string // value → operator, "input" or "constant" that defines it
	err   error
}

// NewBuilder returns a builder of a graph called graphName, IR version 8,
// opset 13, produced by "graft".
func NewBuilder(graphName string) *Builder {
	return &Builder{
		known: map[string]string{},
		model: Model{
			IRVersion: irVersion,
			Producer:  "graft",
			Graph:     &Graph{Name: graphName},
			Opsets:    []Opset{{Version: opsetVersion}},
		},
	}
}

// Opset sets the version of the standard operators, for operators that 13 does
// not have.
func (b *Builder) Opset(version int64) { b.model.Opsets[0].Version = version }

// Input declares an input and returns its name. A dimension is an int or int64,
// or a string: the symbol of one known only at run time.
func (b *Builder) Input(name string, t DataType, dims ...any) string {
	if v := b.value(name, t, dims); v != nil && b.define(name, "input") {
		b.model.Graph.Inputs = append(b.model.Graph.Inputs, v)
	}
	return name
}

// Output declares an existing value as an output; dims as in Input.
func (b *Builder) Output(name string, t DataType, dims ...any) {
	v := b.value(name, t, dims)
	if v == nil {
		return
	}
	if b.known[name] == "" {
		b.Fail(fmt.Errorf("onnx: output %q is computed by no node", name))
	} else if b.model.Graph.Output(name) != nil {
		b.Fail(fmt.Errorf("onnx: output %q is declared twice", name))
	} else {
		b.model.Graph.Outputs = append(b.model.Graph.Outputs, v)
	}
}

// value is a Value with the given shape, or nil after a failure.
func (b *Builder) value(name string, t DataType, dims []any) *Value {
	v := &Value{Name: name, Type: t, Dims: make([]Dim, len(dims))}
	for i, d := range dims {
		switch d := d.(type) {
		case int:
			v.Dims[i].Size = int64(d)
		case int64:
			v.Dims[i].Size = d
		case string:
			v.Dims[i] = Dim{Size: -1, Name: d}
		default:
			b.Fail(fmt.Errorf("onnx: dimension %d of %q is a %T, want a number or a symbol", i, name, d))
		}
		if _, symbol := d.(string); !symbol && v.Dims[i].Size < 0 {
			b.Fail(fmt.Errorf("onnx: dimension %d of %q is %d", i, name, v.Dims[i].Size))
		}
	}
	if b.err != nil {
		return nil
	}
	return v
}

// Op adds a node with one output, called out, and returns out. The node has
// the same name. An input "" leaves an optional input out.
func (b *Builder) Op(op, out string, in ...string) string {
	b.Node(op, []string{out}, in...)
	return out
}

// Node adds a node with any number of outputs, named after its first.
func (b *Builder) Node(op string, out []string, in ...string) {
	if b.err != nil {
		return
	}
	if len(out) == 0 {
		b.Fail(fmt.Errorf("onnx: %s without an output", op))
		return
	}
	for _, name := range in {
		if name != "" && b.known[name] == "" {
			b.Fail(fmt.Errorf("onnx: %s %q takes %q, which nothing before it computes", op, out[0], name))
			return
		}
	}
	for _, name := range out {
		if name != "" && !b.define(name, op) {
			return
		}
	}
	b.model.Graph.Nodes = append(b.model.Graph.Nodes, &Node{Op: op, Name: out[0], Inputs: in, Outputs: out})
}

// Attr sets an attribute of the node added last; the types of v are those of
// Node.Set.
func (b *Builder) Attr(name string, v any) {
	if b.err != nil {
		return
	}
	nodes := b.model.Graph.Nodes
	if len(nodes) == 0 {
		b.Fail(fmt.Errorf("onnx: attribute %q before any node", name))
		return
	}
	b.Fail(nodes[len(nodes)-1].Set(name, v))
}

// Const adds a float32 constant of the given shape and returns its name.
func (b *Builder) Const(name string, dims []int64, data []float32) string {
	return b.Tensor(NewFloats(name, dims, data))
}

// ConstInt64 adds an int64 constant, such as a shape or a list of axes, and
// returns its name.
func (b *Builder) ConstInt64(name string, dims []int64, data []int64) string {
	return b.Tensor(NewInt64s(name, dims, data))
}

// Tensor adds a constant of any type and returns its name.
func (b *Builder) Tensor(t *Tensor) string {
	if b.err != nil {
		return t.Name
	}
	if err := t.check(); err != nil {
		b.Fail(fmt.Errorf("onnx: %w", err))
	} else if b.define(t.Name, "constant") {
		b.model.Graph.Initializers = append(b.model.Graph.Initializers, t)
	}
	return t.Name
}

// define adds name to the values; defining it twice is an error.
func (b *Builder) define(name, by string) bool {
	switch {
	case b.err != nil:
		return false
	case name == "":
		b.Fail(fmt.Errorf("onnx: %s without a name", by))
		return false
	case b.known[name] != "":
		b.Fail(fmt.Errorf("onnx: %q is defined twice, as %s and as %s", name, b.known[name], by))
		return false
	}
	b.known[name] = by
	return true
}

// Fail sets the builder's error unless it has one or err is nil.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Err returns the first error so far.
func (b *Builder) Err() error { return b.err }

// Model returns the model, or the first error.
func (b *Builder) Model() (*Model, error) {
	if b.err == nil && len(b.model.Graph.Outputs) == 0 {
		b.Fail(errors.New("onnx: the graph has no output"))
	}
	if b.err != nil {
		return nil, b.err
	}
	return &b.model, nil
}
