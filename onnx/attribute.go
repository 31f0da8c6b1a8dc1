package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
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
		for _, x := range v {
			w.item(9, x)
		}
		return kindStrings
	case []*Tensor:
		for _, x := range v {
			w.sub(10, x.encode())
		}
		return kindTensors
	case []*Graph:
		for _, x := range v {
			w.sub(11, x.encode())
		}
		return kindGraphs
	}
	return 0
}

// attributeFields is an AttributeProto as it lies in the file, before its
// kind says which of the fields is meant.
type attributeFields struct {
	kind    int64
	f       float32
	i       int64
	s       string
	t       *Tensor
	g       *Graph
	floats  []float32
	ints    []int64
	strings []string
	tensors []*Tensor
	graphs  []*Graph

	seen int64  // the kind of the value field read last
	raw  []byte // all the value fields, for kinds not interpreted
}

func (d decoder) attribute(b []byte) (*Attribute, error) {
	a, v := new(Attribute), new(attributeFields)
	err := fields(b, func(x field) error {
		switch x.n {
		case 1:
			return x.str(&a.Name)
		case 13:
			return x.str(&a.Doc)
		case 20:
			return x.int(&v.kind)
		case 21:
			return x.str(&a.Ref)
		case 2, 3, 4, 5, 6, 7, 8, 9, 10, 11:
			v.raw = append(v.raw, x.raw...)
			v.seen = int64(x.n) - 1
			return d.attributeValue(v, x)
		case 14, 15, 22, 23: // types and sparse tensors
			v.raw = append(v.raw, x.raw...)
		default:
			a.unknown = append(a.unknown, x.raw...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("attribute %q: %w", a.Name, err)
	}
	a.Value = v.value(a.Ref != "")
	return a, nil
}

// attributeValue reads one of the fields that can hold the value.
func (d decoder) attributeValue(v *attributeFields, x field) (err error) {
	switch x.n {
	case 2:
		if err := x.want(protowire.Fixed32Type); err != nil {
			return err
		}
		var list []float32
		err = x.floats(&list)
		v.f = list[0]
	case 3:
		err = x.int(&v.i)
	case 4:
		err = x.str(&v.s)
	case 5:
		v.t, err = d.tensorField(x)
	case 6:
		v.g, err = d.graphField(x)
	case 7:
		err = x.floats(&v.floats)
	case 8:
		err = x.ints(&v.ints)
	case 9:
		var s string
		err = x.str(&s)
		v.strings = append(v.strings, s)
	case 10:
		var t *Tensor
		t, err = d.tensorField(x)
		v.tensors = append(v.tensors, t)
	case 11:
		var g *Graph
		g, err = d.graphField(x)
		v.graphs = append(v.graphs, g)
	}
	return err
}

// value picks what the kind names. Files older than IR version 2 do not name
// it: there the field that is present decides.
func (v *attributeFields) value(reference bool) any {
	kind := v.kind
	if kind == 0 {
		kind = v.seen
	}
	switch {
	case reference: // a placeholder: it has a kind but no value
	case kind == kindFloat:
		return v.f
	case kind == kindInt:
		return v.i
	case kind == kindString:
		return v.s
	case kind == kindTensor && v.t != nil:
		return v.t
	case kind == kindGraph && v.g != nil:
		return v.g
	case kind == kindFloats:
		return v.floats
	case kind == kindInts:
		return v.ints
	case kind == kindStrings:
		return v.strings
	case kind == kindTensors:
		return v.tensors
	case kind == kindGraphs:
		return v.graphs
	}
	return Opaque{Kind: v.kind, Fields: string(v.raw)}
}
