// Package precision rewrites a trunk that computes in float32 into one that
// computes in float16 or in 8-bit integers. It runs nothing: activations are
// measured elsewhere and handed in.
//
// Call [Half] for a float16 trunk. For an int8 trunk call [Analyse], fill a
// [Calibration] with the activations on some photographs, and call [Search],
// which quantises until the features are close enough to those in float32;
// [Network.Quantize] quantises once, with given settings.
//
// Reference: Jacob et al., Quantization and Training of Neural Networks for
// Efficient Integer-Arithmetic-Only Inference, CVPR 2018,
// https://arxiv.org/abs/1712.05877.
package precision

import (
	"cmp"
	"encoding/json"
	"fmt"

	"graft/onnx"
)

// Names of the precisions in a trunk's description.
const (
	FP16 = "fp16"
	Int8 = "int8"
)

// Record is the value of [onnx.KeyPrecision] in a rewritten trunk: how it was
// made.
type Record struct {
	Dtype string `json:"dtype"` // FP16 or Int8
	From  string `json:"from"`  // SHA-256 of the trunk in float32

	// Of an int8 trunk:
	Method       Method   `json:"method,omitempty"`        // that chose the ranges
	Images       int      `json:"images,omitempty"`        // that the ranges were measured on
	Kept         []string `json:"kept,omitempty"`          // convolutions that stay float32
	ReducedRange bool     `json:"reduced_range,omitempty"` // weights have 7 bits
	HeldOut      int      `json:"held_out,omitempty"`      // images that the features were compared on
	Cosine       float64  `json:"cosine,omitempty"`        // of the features to those in float32, mean
	CosineP1     float64  `json:"cosine_p1,omitempty"`     // 1st percentile of the same
}

// UnmarshalJSON also reads records of before the 1st percentile was called
// cosine_p1.
func (r *Record) UnmarshalJSON(text []byte) error {
	type record Record // without this method
	old := struct {
		*record
		CosinePercent float64 `json:"cosine_percent"`
	}{record: (*record)(r)}
	if err := json.Unmarshal(text, &old); err != nil {
		return err
	}
	r.CosineP1 = cmp.Or(r.CosineP1, old.CosinePercent)
	return nil
}

// Write writes the record into the metadata of m, a trunk, and the precision
// into its description and name.
func (r Record) Write(m *onnx.Model) error {
	t, err := m.StoredTrunk()
	if err != nil {
		return err
	}
	t.Name, t.Precision = t.Name+" "+r.Dtype, r.Dtype
	t.Describe(m)
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("describe the precision: %w", err)
	}
	m.SetProperty(onnx.KeyPrecision, string(text))
	return nil
}

// check refuses a model that is not a trunk in float32.
func check(m *onnx.Model) (onnx.Trunk, error) {
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return t, err
	}
	if a := m.Graph.Arithmetic(); a != onnx.Float32 {
		return t, fmt.Errorf("it computes in %s already; take the trunk in float32 that it was made of", a)
	}
	return t, nil
}
