package onnx

import (
	"bytes"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message being written, as a list of pieces. Long pieces,
// the weights, are referred to rather than copied, so that encoding a model
// copies them once, at the end.
type message struct {
	pieces [][]byte
	tail   []byte // being appended to; follows pieces
	size   int    // of pieces
}

// longPiece is the length from which a piece is referred to.
const longPiece = 4096

func (m *message) append(b []byte) {
	if len(b) < longPiece {
		m.tail = append(m.tail, b...)
		return
	}
	m.flush()
	m.pieces = append(m.pieces, b)
	m.size += len(b)
}

func (m *message) flush() {
	if len(m.tail) > 0 {
		m.pieces = append(m.pieces, m.tail)
		m.size += len(m.tail)
		m.tail = nil
	}
}

func (m *message) bytes() []byte {
	m.flush()
	return bytes.Join(m.pieces, nil)
}

// str writes a string field unless it is empty, the default.
func (m *message) str(n protowire.Number, s string) {
	if s != "" {
		m.item(n, s)
	}
}

// item writes a string field, empty or not: an element of a list.
func (m *message) item(n protowire.Number, s string) {
	m.tail = protowire.AppendTag(m.tail, n, protowire.BytesType)
	m.tail = protowire.AppendString(m.tail, s)
}

// items writes the elements of a repeated string field.
func (m *message) items(n protowire.Number, list []string) {
	for _, s := range list {
		m.item(n, s)
	}
}

// blob writes a bytes field.
func (m *message) blob(n protowire.Number, b []byte) {
	m.tail = protowire.AppendTag(m.tail, n, protowire.BytesType)
	m.tail = protowire.AppendVarint(m.tail, uint64(len(b)))
	m.append(b)
}

func (m *message) int(n protowire.Number, v int64) {
	m.tail = protowire.AppendTag(m.tail, n, protowire.VarintType)
	m.tail = protowire.AppendVarint(m.tail, uint64(v))
}

func (m *message) float(n protowire.Number, v float32) {
	m.tail = protowire.AppendTag(m.tail, n, protowire.Fixed32Type)
	m.tail = protowire.AppendFixed32(m.tail, math.Float32bits(v))
}

// sub writes a message as field n.
func (m *message) sub(n protowire.Number, s *message) {
	s.flush()
	m.tail = protowire.AppendTag(m.tail, n, protowire.BytesType)
	m.tail = protowire.AppendVarint(m.tail, uint64(s.size))
	for _, p := range s.pieces {
		m.append(p)
	}
}

// field is one field of a message being read.
type field struct {
	n     protowire.Number
	typ   protowire.Type
	v     uint64 // of a varint, fixed32 or fixed64
	bytes []byte // of a bytes field; shares the message's memory
	raw   []byte // the field with its tag
}

// fields calls f for every field of the message b, in order.
func fields(b []byte, f func(field) error) error {
	for at := 0; at < len(b); {
		n, typ, k := protowire.ConsumeTag(b[at:])
		if k < 0 {
			return fmt.Errorf("byte %d of %d: %w", at, len(b), protowire.ParseError(k))
		}
		x := field{n: n, typ: typ}
		rest, l := b[at+k:], 0
		switch typ {
		case protowire.VarintType:
			x.v, l = protowire.ConsumeVarint(rest)
		case protowire.Fixed32Type:
			var v uint32
			v, l = protowire.ConsumeFixed32(rest)
			x.v = uint64(v)
		case protowire.Fixed64Type:
			x.v, l = protowire.ConsumeFixed64(rest)
		case protowire.BytesType:
			x.bytes, l = protowire.ConsumeBytes(rest)
		default:
			l = protowire.ConsumeFieldValue(n, typ, rest)
		}
		if l < 0 {
			return fmt.Errorf("field %d at byte %d of %d: %w", n, at, len(b), protowire.ParseError(l))
		}
		x.raw = b[at : at+k+l]
		if err := f(x); err != nil {
			return err
		}
		at += k + l
	}
	return nil
}

// want checks the wire type of a known field.
func (x field) want(typ protowire.Type) error {
	if x.typ != typ {
		return fmt.Errorf("field %d has wire type %d, want %d", x.n, x.typ, typ)
	}
	return nil
}

// str sets s from a string field.
func (x field) str(s *string) error {
	*s = string(x.bytes)
	return x.want(protowire.BytesType)
}

// int sets v from a varint field.
func (x field) int(v *int64) error {
	*v = int64(x.v)
	return x.want(protowire.VarintType)
}

// ints appends a repeated integer field to list, packed or not.
func (x field) ints(list *[]int64) error {
	if x.typ == protowire.VarintType {
		*list = append(*list, int64(x.v))
		return nil
	}
	for b := x.bytes; len(b) > 0; {
		v, k := protowire.ConsumeVarint(b)
		if k < 0 {
			return fmt.Errorf("field %d: %w", x.n, protowire.ParseError(k))
		}
		*list = append(*list, int64(v))
		b = b[k:]
	}
	return x.want(protowire.BytesType)
}

// singleFloat sets v from a float32 field that is not repeated.
func (x field) singleFloat(v *float32) error {
	*v = math.Float32frombits(uint32(x.v))
	return x.want(protowire.Fixed32Type)
}

// floats appends a repeated float32 field to list, packed or not.
func (x field) floats(list *[]float32) error {
	if x.typ == protowire.Fixed32Type {
		*list = append(*list, math.Float32frombits(uint32(x.v)))
		return nil
	}
	if len(x.bytes)%4 != 0 {
		return fmt.Errorf("field %d: %d bytes are not a list of float32", x.n, len(x.bytes))
	}
	for b := x.bytes; len(b) > 0; b = b[4:] {
		v, _ := protowire.ConsumeFixed32(b)
		*list = append(*list, math.Float32frombits(v))
	}
	return x.want(protowire.BytesType)
}

// sub decodes a message field with f.
func (x field) sub(f func([]byte) error) error {
	if err := x.want(protowire.BytesType); err != nil {
		return err
	}
	return f(x.bytes)
}
