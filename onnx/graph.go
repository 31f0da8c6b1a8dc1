package onnx

import (
	"fmt"
	"strconv"
	"strings"
)

// Graph is an ONNX GraphProto: nodes in an order in which every value is
// computed before it is used.
type Graph struct {
	Name         string
	Doc          string
	Nodes        []*Node
	Initializers []*Tensor // weights and other constants
	Inputs       []*Value  // may include initializers, as old models do
	Outputs      []*Value
	Values       []*Value // declared types and shapes of inner values

	unknown []byte
}

// Node is one operator of a graph.
type Node struct {
	Op         string // such as "Conv"
	Name       string
	Domain     string // "" for the standard operators
	Doc        string
	Inputs     []string // names of values; "" leaves an optional input out
	Outputs    []string
	Attributes []*Attribute

	unknown []byte
}

// Attribute is a named setting of a node.
type Attribute struct {
	Name string
	Doc  string
	Ref  string // inside a function: the function's attribute that it refers to

	// Value is a float32, int64, string, *Tensor, *Graph, or a slice of one of
	// these; Opaque for kinds that graft does not interpret.
	Value any

	unknown []byte
}

// Opaque is the value of an attribute of a kind that is not interpreted, such as
// a type or a sparse tensor: its fields as bytes.
type Opaque struct {
	Kind   int64 // AttributeProto.AttributeType; 0 if not given
	Fields string
}

// Value is the name of a value of the graph with its type and shape.
type Value struct {
	Name string
	Doc  string
	Type DataType // Undefined if it is not a tensor or not known
	Dims []Dim    // nil: the rank is unknown; empty: a scalar

	unknown     []byte
	unknownType []byte // fields of TypeProto
	unknownTens []byte // fields of TypeProto.Tensor
}

// Dim is one dimension of a value: a size, or a symbol for one that is known
// only at run time.
type Dim struct {
	Size int64  // negative: not fixed
	Name string // the symbol, if it has one; only if Size is negative

	unknown []byte
}

// String is the size, the symbol, or "?".
func (d Dim) String() string {
	switch {
	case d.Size >= 0:
		return strconv.FormatInt(d.Size, 10)
	case d.Name != "":
		return d.Name
	}
	return "?"
}

// String is the type and the shape, such as "uint8 n×h×w×3".
func (v *Value) String() string { return v.Type.String() + " " + v.shape() }

func (v *Value) shape() string {
	switch {
	case v.Dims == nil:
		return "of unknown rank"
	case len(v.Dims) == 0:
		return "scalar"
	}
	sizes := make([]string, len(v.Dims))
	for i, d := range v.Dims {
		sizes[i] = d.String()
	}
	return strings.Join(sizes, "×")
}

// Attr returns the value of the attribute called name, or nil.
func (n *Node) Attr(name string) any {
	for _, a := range n.Attributes {
		if a.Name == name {
			return a.Value
		}
	}
	return nil
}

// Int returns the integer attribute called name, or otherwise if the node
// does not have it.
func (n *Node) Int(name string, otherwise int64) int64 {
	if v, ok := n.Attr(name).(int64); ok {
		return v
	}
	return otherwise
}

// Ints returns the attribute called name if it is a list of integers, else
// nil.
func (n *Node) Ints(name string) []int64 {
	v, _ := n.Attr(name).([]int64)
	return v
}

// Set gives the node the attribute name with the value v: a float32, float64,
// int, int64, bool (as 0 or 1), string, *Tensor, *Graph, or a slice of
// float32, int, int64, string, *Tensor or *Graph.
func (n *Node) Set(name string, v any) error {
	value, err := attributeValue(v)
	if err != nil {
		return fmt.Errorf("onnx: attribute %q of node %q: %w", name, n.Name, err)
	}
	for _, a := range n.Attributes {
		if a.Name == name {
			a.Value = value
			return nil
		}
	}
	n.Attributes = append(n.Attributes, &Attribute{Name: name, Value: value})
	return nil
}

// attributeValue converts v to one of the types of Attribute.Value.
func attributeValue(v any) (any, error) {
	switch v := v.(type) {
	case float32, int64, string, *Tensor, *Graph, []float32, []int64, []string, []*Tensor, []*Graph:
		return v, nil
	case float64:
		return float32(v), nil
	case int:
		return int64(v), nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case []int:
		list := make([]int64, len(v))
		for i, x := range v {
			list[i] = int64(x)
		}
		return list, nil
	}
	return nil, fmt.Errorf("a %T is not a value for an attribute", v)
}

// Initializer returns the constant called name, or nil.
func (g *Graph) Initializer(name string) *Tensor {
	for _, t := range g.Initializers {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Input returns the input called name, or nil.
func (g *Graph) Input(name string) *Value { return find(g.Inputs, name) }

// Output returns the output called name, or nil.
func (g *Graph) Output(name string) *Value { return find(g.Outputs, name) }

// find returns the value called name, or nil.
func find(values []*Value, name string) *Value {
	for _, v := range values {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// RealInputs returns the inputs that a run needs: those that are not also
// initializers.
func (g *Graph) RealInputs() []*Value {
	constant := make(map[string]bool, len(g.Initializers))
	for _, t := range g.Initializers {
		constant[t.Name] = true
	}
	var real []*Value
	for _, v := range g.Inputs {
		if !constant[v.Name] {
			real = append(real, v)
		}
	}
	return real
}
