package onnx

import (
	"errors"
	"fmt"
)

// maxDepth bounds how deep graphs may lie in attributes of nodes of graphs;
// real models stay below five.
const maxDepth = 32

// Decode reads an ONNX model. Fields it does not know are kept and written
// again by Encode. Tensors share the memory of b, which must not be changed
// as long as the model is used.
//
// An error says which part of the file is wrong. A model that keeps weights
// in files beside it is refused.
func Decode(b []byte) (*Model, error) {
	m := new(Model)
	if err := (decoder{}).model(m, b); err != nil {
		return nil, fmt.Errorf("onnx: not a readable model: %w", err)
	}
	if m.Graph == nil {
		return nil, errors.New("onnx: not a readable model: it has no graph")
	}
	return m, nil
}

// decoder reads messages; depth counts the graphs around it.
type decoder struct{ depth int }

func (d decoder) model(m *Model, b []byte) error {
	return fields(b, func(x field) error {
		switch x.n {
		case 1:
			return x.int(&m.IRVersion)
		case 2:
			return x.str(&m.Producer)
		case 3:
			return x.str(&m.ProducerVersion)
		case 4:
			return x.str(&m.Domain)
		case 5:
			return x.int(&m.ModelVersion)
		case 6:
			return x.str(&m.Doc)
		case 7:
			if m.Graph == nil {
				m.Graph = new(Graph)
			}
			return x.sub(func(b []byte) error { return d.graph(m.Graph, b) })
		case 8:
			return appendSub(&m.Opsets, x, opset)
		case 14:
			return appendSub(&m.Properties, x, property)
		}
		m.unknown = append(m.unknown, x.raw...)
		return nil
	})
}

// appendSub decodes a message field with f and appends the result to list.
func appendSub[T any](list *[]T, x field, f func([]byte) (T, error)) error {
	return x.sub(func(b []byte) error {
		v, err := f(b)
		*list = append(*list, v)
		return err
	})
}

func opset(b []byte) (o Opset, err error) {
	err = fields(b, func(x field) error {
		switch x.n {
		case 1:
			return x.str(&o.Domain)
		case 2:
			return x.int(&o.Version)
		}
		o.unknown = append(o.unknown, x.raw...)
		return nil
	})
	return o, err
}

func property(b []byte) (p Property, err error) {
	err = fields(b, func(x field) error {
		switch x.n {
		case 1:
			return x.str(&p.Key)
		case 2:
			return x.str(&p.Value)
		}
		p.unknown = append(p.unknown, x.raw...)
		return nil
	})
	return p, err
}

func (d decoder) graphField(x field) (*Graph, error) {
	g := new(Graph)
	return g, x.sub(func(b []byte) error { return d.graph(g, b) })
}

func (d decoder) graph(g *Graph, b []byte) error {
	if d.depth++; d.depth > maxDepth {
		return fmt.Errorf("graphs lie more than %d deep in one another", maxDepth)
	}
	err := fields(b, func(x field) error {
		switch x.n {
		case 1:
			return appendSub(&g.Nodes, x, d.node)
		case 2:
			return x.str(&g.Name)
		case 5:
			return appendSub(&g.Initializers, x, d.tensor)
		case 10:
			return x.str(&g.Doc)
		case 11:
			return appendSub(&g.Inputs, x, value)
		case 12:
			return appendSub(&g.Outputs, x, value)
		case 13:
			return appendSub(&g.Values, x, value)
		}
		g.unknown = append(g.unknown, x.raw...)
		return nil
	})
	if err != nil {
		return fmt.Errorf("graph %q: %w", g.Name, err)
	}
	return nil
}

func (d decoder) node(b []byte) (*Node, error) {
	n := new(Node)
	err := fields(b, func(x field) error {
		switch x.n {
		case 1:
			return appendSub(&n.Inputs, x, text)
		case 2:
			return appendSub(&n.Outputs, x, text)
		case 3:
			return x.str(&n.Name)
		case 4:
			return x.str(&n.Op)
		case 5:
			return appendSub(&n.Attributes, x, d.attribute)
		case 6:
			return x.str(&n.Doc)
		case 7:
			return x.str(&n.Domain)
		}
		n.unknown = append(n.unknown, x.raw...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s node %q: %w", n.Op, n.Name, err)
	}
	return n, nil
}

func text(b []byte) (string, error) { return string(b), nil }

func value(b []byte) (*Value, error) {
	v := new(Value)
	err := fields(b, func(x field) error {
		switch x.n {
		case 1:
			return x.str(&v.Name)
		case 2:
			return x.sub(v.decodeType)
		case 3:
			return x.str(&v.Doc)
		}
		v.unknown = append(v.unknown, x.raw...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("value %q: %w", v.Name, err)
	}
	return v, nil
}

// decodeType reads a TypeProto: what is not a tensor is kept unread.
func (v *Value) decodeType(b []byte) error {
	return fields(b, func(x field) error {
		if x.n != 1 {
			v.unknownType = append(v.unknownType, x.raw...)
			return nil
		}
		return x.sub(func(b []byte) error {
			return fields(b, func(x field) error {
				switch x.n {
				case 1:
					return x.dataType(&v.Type)
				case 2:
					return x.sub(v.decodeShape)
				}
				v.unknownTens = append(v.unknownTens, x.raw...)
				return nil
			})
		})
	})
}

// dataType sets t from an enum field.
func (x field) dataType(t *DataType) error {
	var v int64
	if err := x.int(&v); err != nil {
		return err
	}
	if v < 0 || v > 1<<20 {
		return fmt.Errorf("data type %d does not exist", v)
	}
	*t = DataType(v)
	return nil
}

func (v *Value) decodeShape(b []byte) error {
	if v.Dims == nil {
		v.Dims = []Dim{}
	}
	return fields(b, func(x field) error {
		if x.n != 1 {
			return fmt.Errorf("shape has an unknown field %d", x.n)
		}
		return appendSub(&v.Dims, x, dim)
	})
}

func dim(b []byte) (Dim, error) {
	d := Dim{Size: -1}
	err := fields(b, func(x field) error {
		switch x.n {
		case 1:
			d.Name = ""
			return x.int(&d.Size)
		case 2:
			d.Size = -1
			return x.str(&d.Name)
		}
		d.unknown = append(d.unknown, x.raw...)
		return nil
	})
	if d.Size < 0 { // some writers mean "not fixed" by -1
		d.Size = -1
	}
	return d, err
}
