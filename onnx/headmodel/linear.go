package headmodel

import (
	"fmt"
	"math"
	"slices"

	"graft/onnx"
)

// Linear is the head softmax(x·Wᵀ + b).
//
// As a model: features n×Dim → Gemm(transB=1) → logits n×C → Softmax(axis=1)
// → probabilities n×C, with the constants `weight` C×Dim and `bias` C.
type Linear struct {
	Labels     []string          // C ≥ 2 different names, in the order of the rows of Weights
	Dim        int               // features of an image
	Weights    []float32         // C×Dim, one class a row
	Bias       []float32         // C
	Properties map[string]string // further metadata under keys of package onnx or the caller's
}

const (
	linearWeight = "weight"
	linearBias   = "bias"
)

// Kind is "linear".
func (Linear) Kind() string { return "linear" }

// check returns an error if sizes do not fit or a weight is not finite.
func (l Linear) check() error {
	if err := checkLabels(l.Labels); err != nil {
		return err
	}
	c := len(l.Labels)
	if l.Dim <= 0 || len(l.Weights)/l.Dim != c || len(l.Weights)%l.Dim != 0 || len(l.Bias) != c {
		return fmt.Errorf("head: %d weights and %d biases for %d classes of %d features, want %d and %d",
			len(l.Weights), len(l.Bias), c, l.Dim, c*l.Dim, c)
	}
	for _, list := range [][]float32{l.Weights, l.Bias} {
		for i, v := range list {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("head: weight or bias %d is %v; the training has diverged", i, v)
			}
		}
	}
	return nil
}

// Model returns the head as an ONNX model. The same head gives the same bytes.
func (l Linear) Model() (*onnx.Model, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	c, d := int64(len(l.Labels)), int64(l.Dim)
	b := onnx.NewBuilder("head")
	x := b.Input(onnx.Features, onnx.Float32, "n", d)
	w := b.Const(linearWeight, []int64{c, d}, l.Weights)
	bias := b.Const(linearBias, []int64{c}, l.Bias)

	x = b.Op("Gemm", onnx.Logits, x, w, bias) // n×C
	b.Attr("transB", 1)
	b.Op("Softmax", onnx.Probabilities, x)
	b.Attr("axis", 1)

	b.Output(onnx.Probabilities, onnx.Float32, "n", c)
	b.Output(onnx.Logits, onnx.Float32, "n", c)
	return finish(b, l.Labels, l.Properties)
}

// readLinear returns the head in a model that Linear.Model made and checkHead passed.
func readLinear(m *onnx.Model) (Linear, error) {
	if got := operators(m); !slices.Equal(got, []string{"Gemm", "Softmax"}) {
		return Linear{}, fmt.Errorf("it is not a linear head: its operators are %v, want Gemm and Softmax", got)
	}
	gemm := m.Graph.Nodes[0]
	if !slices.Equal(gemm.Inputs, []string{onnx.Features, linearWeight, linearBias}) || gemm.Int("transB", 0) != 1 ||
		gemm.Int("transA", 0) != 0 || gemm.Attr("alpha") != nil || gemm.Attr("beta") != nil {
		return Linear{}, fmt.Errorf("it is not a linear head that graft wrote: its Gemm takes %v", gemm.Inputs)
	}
	labels, err := m.Labels()
	if err != nil {
		return Linear{}, err
	}
	l := Linear{Labels: labels, Dim: int(m.Graph.Input(onnx.Features).Dims[1].Size), Properties: properties(m)}
	c := int64(len(labels))
	if l.Weights, err = floats(m, linearWeight, c, int64(l.Dim)); err != nil {
		return Linear{}, err
	}
	if l.Bias, err = floats(m, linearBias, c); err != nil {
		return Linear{}, err
	}
	return l, l.check()
}
