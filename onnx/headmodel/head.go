// Package headmodel writes and reads heads as ONNX models, and merges a
// trunk and a head into one model from pixels to probabilities. Call
// [Linear.Model] or [KNN.Model] to write a head and [ReadHead] to read one.
//
// The input of a head is `features`, float32 n×d, its output `probabilities`,
// float32 n×C; a linear head has the output `logits`, n×C, too. Its metadata
// holds the names of the C classes; package onnx documents the keys. Only
// operators with the same meaning in every opset from 10 on are used, so that
// a head can be merged with a trunk of any later opset.
package headmodel

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"graft/onnx"
)

// Head is a [Linear] or a [KNN].
type Head interface {
	// Model returns the head as an ONNX model.
	Model() (*onnx.Model, error)
	// Kind is "linear" or "knn".
	Kind() string
}

var (
	_ Head = Linear{}
	_ Head = KNN{}
)

// ReadHead returns the head in a model that [Linear.Model] or [KNN.Model] made: a
// Linear or a KNN. A model that is not a head of this format is an error.
func ReadHead(m *onnx.Model) (Head, error) {
	if err := checkHead(m); err != nil {
		return nil, err
	}
	if m.Graph.Initializer(knnRows) != nil {
		return readKNN(m)
	}
	return readLinear(m)
}

// checkHead checks kind, format, input and output, which both kinds of heads have
// in common.
func checkHead(m *onnx.Model) error {
	if k := m.Kind(); k != onnx.KindHead {
		if k == "" {
			return errors.New("it is not a head that graft wrote")
		}
		return fmt.Errorf("it is a %s, not a head", k)
	}
	if err := m.CheckFormat(); err != nil {
		return err
	}
	in := m.Graph.RealInputs()
	if len(in) != 1 || in[0].Name != onnx.Features || in[0].Type != onnx.Float32 || len(in[0].Dims) != 2 || in[0].Dims[1].Size <= 0 {
		return fmt.Errorf("its input is not %s, float32 n×d", onnx.Features)
	}
	if m.Graph.Output(onnx.Probabilities) == nil {
		return fmt.Errorf("it has no output %q", onnx.Probabilities)
	}
	return nil
}

// finish adds the labels and the properties to the model of a head.
func finish(b *onnx.Builder, labels []string, properties map[string]string) (*onnx.Model, error) {
	m, err := b.Model()
	if err != nil {
		return nil, err
	}
	m.SetLabels(onnx.KindHead, labels)
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		if _, ours := reserved[key]; ours {
			return nil, fmt.Errorf("head: property %q is reserved", key)
		}
		m.SetProperty(key, properties[key])
	}
	return m, nil
}

// reserved are the keys that finish and Model write.
var reserved = map[string]struct{}{onnx.KeyKind: {}, onnx.KeyFormat: {}, onnx.KeyLabels: {}, keyKNN: {}}

// properties returns the metadata without the reserved keys.
func properties(m *onnx.Model) map[string]string {
	out := map[string]string{}
	for _, p := range m.Properties {
		if _, ours := reserved[p.Key]; !ours {
			out[p.Key] = p.Value
		}
	}
	return out
}

// checkLabels checks that there are at least two classes with different,
// non-empty names.
func checkLabels(labels []string) error {
	if len(labels) < 2 {
		return fmt.Errorf("head: %d classes, want at least 2", len(labels))
	}
	seen := make(map[string]bool, len(labels))
	for _, l := range labels {
		if l == "" || seen[l] {
			return fmt.Errorf("head: class name %q is empty or occurs twice", l)
		}
		seen[l] = true
	}
	return nil
}

// floats returns the values of a float32 constant of the given shape.
func floats(m *onnx.Model, name string, dims ...int64) ([]float32, error) {
	t := m.Graph.Initializer(name)
	switch {
	case t == nil:
		return nil, fmt.Errorf("it has no constant %q", name)
	case t.Type != onnx.Float32 || !slices.Equal(t.Dims, dims):
		return nil, fmt.Errorf("constant %q is %s %v, want float32 %v", name, t.Type, t.Dims, dims)
	}
	return t.Floats()
}

// operators returns the graph's operators in order.
func operators(m *onnx.Model) []string {
	list := make([]string, len(m.Graph.Nodes))
	for i, n := range m.Graph.Nodes {
		list[i] = n.Op
	}
	return list
}
