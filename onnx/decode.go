package onnx

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxDepth bounds the nesting of graphs in attributes of nodes of graphs;
// models of real networks stay below five.
const maxDepth = 32

// Decode reads an ONNX model. Fields it does not know are kept and written
// again by Encode. Tensors share the memory of b, which must not be changed
// as long as the model is used.
//
// An error says which part of the file is wrong. A model whose weights are in
// other files is an error, too; [Open] reads those.
func Decode(b []byte) (*Model, error) { return decode(b, nil) }

// decode reads a model; tensors whose elements are in other files are added to
// waiting, nil refuses them.
func decode(b []byte, waiting *[]*Tensor) (*Model, error) {
	m := new(Model)
	if err := (decoder{waiting: waiting}).model(m, b); err != nil {
		return nil, fmt.Errorf("onnx: not a readable model: %w", err)
	}
	if m.Graph == nil {
		return nil, errors.New("onnx: not a readable model: it has no graph")
	}
	return m, nil
}

// A schema says for each field of a message how it is read.
type schema map[protowire.Number]func(field) error

// decode reads the message b. Fields that are not in the schema are appended
// to unknown.
func (s schema) decode(b []byte, unknown *[]byte) error {
	return fields(b, func(x field) error {
		if read := s[x.n]; read != nil {
			return read(x)
		}
		*unknown = append(*unknown, x.raw...)
		return nil
	})
}

// to is the schema's entry of a field that read stores in v.
func to[T any](v *T, read func(field, *T) error) func(field) error {
	return func(x field) error { return read(x, v) }
}

// each is the schema's entry of a repeated message field: decode reads one
// message, which is appended to list.
func each[T any](list *[]T, decode func([]byte) (T, error)) func(field) error {
	return func(x field) error {
		v, err := sub(x, decode)
		*list = append(*list, v)
		return err
	}
}

// sub decodes a message field.
func sub[T any](x field, decode func([]byte) (T, error)) (v T, err error) {
	err = x.sub(func(b []byte) error {
		v, err = decode(b)
		return err
	})
	return v, err
}

// decoder reads messages; depth counts the graphs around it.
type decoder struct {
	depth   int
	waiting *[]*Tensor
}

func (d decoder) model(m *Model, b []byte) error {
	return schema{
		1: to(&m.IRVersion, field.int),
		2: to(&m.Producer, field.str),
		3: to(&m.ProducerVersion, field.str),
		4: to(&m.Domain, field.str),
		5: to(&m.ModelVersion, field.int),
		6: to(&m.Doc, field.str),
		7: func(x field) error {
			if m.Graph == nil {
				m.Graph = new(Graph)
			}
			return x.sub(func(b []byte) error { return d.fill(m.Graph, b) })
		},
		8:  each(&m.Opsets, opset),
		14: each(&m.Properties, property),
	}.decode(b, &m.unknown)
}

func opset(b []byte) (o Opset, err error) {
	err = schema{1: to(&o.Domain, field.str), 2: to(&o.Version, field.int)}.decode(b, &o.unknown)
	return o, err
}

func property(b []byte) (p Property, err error) {
	err = schema{1: to(&p.Key, field.str), 2: to(&p.Value, field.str)}.decode(b, &p.unknown)
	return p, err
}

func (d decoder) graph(b []byte) (*Graph, error) {
	g := new(Graph)
	return g, d.fill(g, b)
}

// fill reads a graph into g, which may have a part of it already.
func (d decoder) fill(g *Graph, b []byte) error {
	if d.depth++; d.depth > maxDepth {
		return fmt.Errorf("graphs are nested more than %d deep", maxDepth)
	}
	err := schema{
		1:  each(&g.Nodes, d.node),
		2:  to(&g.Name, field.str),
		5:  each(&g.Initializers, d.tensor),
		10: to(&g.Doc, field.str),
		11: each(&g.Inputs, value),
		12: each(&g.Outputs, value),
		13: each(&g.Values, value),
	}.decode(b, &g.unknown)
	if err == nil {
		err = g.checkOnce()
	}
	if err != nil {
		return fmt.Errorf("graph %q: %w", g.Name, err)
	}
	return nil
}

func (d decoder) node(b []byte) (*Node, error) {
	n := new(Node)
	err := schema{
		1: each(&n.Inputs, text),
		2: each(&n.Outputs, text),
		3: to(&n.Name, field.str),
		4: to(&n.Op, field.str),
		5: each(&n.Attributes, d.attribute),
		6: to(&n.Doc, field.str),
		7: to(&n.Domain, field.str),
	}.decode(b, &n.unknown)
	if err == nil {
		err = n.checkArity()
	}
	if err != nil {
		return nil, fmt.Errorf("%s node %q: %w", n.Op, n.Name, err)
	}
	return n, nil
}

func text(b []byte) (string, error) { return string(b), nil }

func value(b []byte) (*Value, error) {
	v := new(Value)
	err := schema{
		1: to(&v.Name, field.str),
		2: func(x field) error { return x.sub(v.decodeType) },
		3: to(&v.Doc, field.str),
	}.decode(b, &v.unknown)
	if err != nil {
		return nil, fmt.Errorf("value %q: %w", v.Name, err)
	}
	return v, nil
}

// decodeType reads a TypeProto; types other than tensors are kept as bytes.
func (v *Value) decodeType(b []byte) error {
	tensor := schema{
		1: to(&v.Type, field.dataType),
		2: func(x field) error { return x.sub(v.decodeShape) },
	}
	return schema{
		1: func(x field) error {
			return x.sub(func(b []byte) error { return tensor.decode(b, &v.unknownTens) })
		},
	}.decode(b, &v.unknownType)
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
		return each(&v.Dims, dim)(x)
	})
}

func dim(b []byte) (Dim, error) {
	d := Dim{Size: -1}
	err := schema{
		1: func(x field) error {
			d.Name = ""
			return x.int(&d.Size)
		},
		2: func(x field) error {
			d.Size = -1
			return x.str(&d.Name)
		},
	}.decode(b, &d.unknown)
	if d.Size < 0 { // some writers mean "not fixed" by -1
		d.Size = -1
	}
	return d, err
}
