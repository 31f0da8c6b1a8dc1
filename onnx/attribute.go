package onnx

import (
	"cmp"
	"fmt"
)

// AttributeProto.AttributeType of the kinds that have a Go type here.
const (
	kindFloat   = 1
	kindInt     = 2
	kindString  = 3
	kindTensor  = 4
	kindGraph   = 5
	kindFloats  = 6
	kindInts    = 7
	kindStrings = 8
	kindTensors = 9
	kindGraphs  = 10
)

func (a *Attribute) encode() *message {
	w := new(message)
	w.str(1, a.Name)
	kind := a.encodeValue(w)
	w.str(13, a.Doc)
	if kind != 0 {
		w.int(20, kind)
	}
	w.str(21, a.Ref)
	w.append(a.unknown)
	return w
}

// encodeValue writes the field that holds the value and returns its kind.
func (a *Attribute) encodeValue(w *message) int64 {
	switch v := a.Value.(type) {
	case float32:
		w.float(2, v)
		return kindFloat
	case int64:
		w.int(3, v)
		return kindInt
	case string:
		w.item(4, v)
		return kindString
	case *Tensor:
		w.sub(5, v.encode())
		return kindTensor
	case *Graph:
		w.sub(6, v.encode())
		return kindGraph
	case Opaque:
		w.append([]byte(v.Fields))
		return v.Kind
	}
	return a.encodeList(w)
}

func (a *Attribute) encodeList(w *message) int64 {
	switch v := a.Value.(type) {
	case []float32:
		for _, x := range v {
			w.float(7, x)
		}
		return kindFloats
	case []int64:
		for _, x := range v {
			w.int(8, x)
		}
		return kindInts
	case []string:
		w.items(9, v)
		return kindStrings
	case []*Tensor:
		subs(w, 10, v)
		return kindTensors
	case []*Graph:
		subs(w, 11, v)
		return kindGraphs
	}
	return 0
}

// attributeFields is an AttributeProto whose kind is not known yet.
type attributeFields struct {
	kind   int64
	values map[int64]any // by kind: what the value fields hold
	seen   int64         // the kind of the value field read last
	raw    []byte        // all the value fields, for kinds that are not interpreted
}

func (d decoder) attribute(b []byte) (*Attribute, error) {
	a, v := new(Attribute), &attributeFields{values: map[int64]any{}}
	err := schema{
		1:  to(&a.Name, field.str),
		2:  one(v, field.singleFloat),
		3:  one(v, field.int),
		4:  one(v, field.str),
		5:  one(v, func(x field, t **Tensor) (err error) { *t, err = sub(x, d.tensor); return err }),
		6:  one(v, func(x field, g **Graph) (err error) { *g, err = sub(x, d.graph); return err }),
		7:  many(v, field.floats),
		8:  many(v, field.ints),
		9:  many(v, func(x field, list *[]string) error { return each(list, text)(x) }),
		10: many(v, func(x field, list *[]*Tensor) error { return each(list, d.tensor)(x) }),
		11: many(v, func(x field, list *[]*Graph) error { return each(list, d.graph)(x) }),
		13: to(&a.Doc, field.str),
		14: v.keep, 15: v.keep, 22: v.keep, 23: v.keep, // types and sparse tensors
		20: to(&v.kind, field.int),
		21: to(&a.Ref, field.str),
	}.decode(b, &a.unknown)
	if err != nil {
		return nil, fmt.Errorf("attribute %q: %w", a.Name, err)
	}
	a.Value = v.value()
	if a.Ref != "" { // a placeholder: it has a kind but no value
		a.Value = v.opaque()
	}
	return a, nil
}

// keep stores a field of a kind that is not interpreted.
func (v *attributeFields) keep(x field) error {
	v.raw = append(v.raw, x.raw...)
	return nil
}

// one is the schema's entry of a value field.
func one[T any](v *attributeFields, read func(field, *T) error) func(field) error {
	return func(x field) error {
		var value T
		err := read(x, &value)
		v.set(x, value)
		return err
	}
}

// many is the schema's entry of a repeated value field; read appends.
func many[T any](v *attributeFields, read func(field, *[]T) error) func(field) error {
	return func(x field) error {
		list, _ := v.values[kindOf(x)].([]T)
		err := read(x, &list)
		v.set(x, list)
		return err
	}
}

// kindOf is the kind of attribute whose value is in the field.
func kindOf(x field) int64 { return int64(x.n) - 1 }

func (v *attributeFields) set(x field, value any) {
	v.raw = append(v.raw, x.raw...)
	v.seen = kindOf(x)
	v.values[v.seen] = value
}

// defaults are the values of attributes whose value field is not written.
var defaults = map[int64]any{
	kindFloat: float32(0), kindInt: int64(0), kindString: "",
	kindFloats: []float32(nil), kindInts: []int64(nil), kindStrings: []string(nil), kindTensors: []*Tensor(nil), kindGraphs: []*Graph(nil),
}

// value picks the value of the attribute's kind. Files older than IR version 2
// do not have the kind: there the field that is present decides.
func (v *attributeFields) value() any {
	kind := cmp.Or(v.kind, v.seen)
	if value, ok := v.values[kind]; ok {
		return value
	}
	if value, ok := defaults[kind]; ok {
		return value
	}
	return v.opaque()
}

func (v *attributeFields) opaque() Opaque { return Opaque{Kind: v.kind, Fields: string(v.raw)} }
