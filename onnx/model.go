// Package onnx reads, builds and describes ONNX models as data: call [Decode] to
// read one, [NewBuilder] to build one, and [Model.Encode] to write either.
//
// It decodes and encodes ModelProto directly on the protobuf wire format and
// keeps fields that it does not know, so that decoding and encoding loses
// nothing. It runs nothing: package ort does.
//
// Field numbers and data types are those of onnx.proto as of IR version 13
// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// irVersion and opsetVersion are those of models built here. ONNX Runtime has
// supported both since 1.10; opset 13 is the newest that onnx-go and most
// converters support.
const (
	irVersion    = 8
	opsetVersion = 13
)

// Model is an ONNX ModelProto: a graph, the operator sets it is written in,
// and metadata.
type Model struct {
	IRVersion       int64
	Producer        string // the tool that wrote the model
	ProducerVersion string
	Domain          string
	ModelVersion    int64
	Doc             string
	Graph           *Graph // never nil in a decoded model
	Opsets          []Opset
	Properties      []Property // metadata_props, in file order

	unknown []byte // other fields, unchanged
}

// Opset is one operator set that a model imports: the standard one has the
// domain "".
type Opset struct {
	Domain  string
	Version int64

	unknown []byte
}

// Property is one entry of a model's metadata.
type Property struct {
	Key, Value string

	unknown []byte
}

// Property returns the metadata value under key, or "" if there is none.
func (m *Model) Property(key string) string {
	for _, p := range m.Properties {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// SetProperty sets the metadata value under key, in the place of an older value.
// An empty value removes the entry.
func (m *Model) SetProperty(key, value string) {
	i := slices.IndexFunc(m.Properties, func(p Property) bool { return p.Key == key })
	switch {
	case value == "" && i >= 0:
		m.Properties = slices.DeleteFunc(m.Properties, func(p Property) bool { return p.Key == key })
	case value == "":
	case i >= 0:
		m.Properties[i].Value = value
	default:
		m.Properties = append(m.Properties, Property{Key: key, Value: value})
	}
}

// Opset returns the version of the standard operator set the model is written
// in, or 0 if it names none.
func (m *Model) Opset() int64 {
	for _, o := range m.Opsets {
		if isStandard(o.Domain) {
			return o.Version
		}
	}
	return 0
}

// isStandard reports whether a domain is that of the standard operators, which
// has two spellings.
func isStandard(domain string) bool { return domain == "" || domain == "ai.onnx" }

// Fingerprint returns the SHA-256 of an encoded model as lower-case hex: features
// and heads refer to their trunk by it.
func Fingerprint(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}
