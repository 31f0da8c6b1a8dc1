// Package precision rewrites a trunk that computes in float32 into one that
// computes in float16 or in 8-bit integers. It runs nothing: what the numbers
// in the network are like is measured elsewhere and handed in.
//
// [Half] makes the float16 trunk. An int8 trunk takes three steps: [Analyse]
// finds what can be quantised, a [Calibration] collects what the values are
// like on photographs, [Network.Quantize] writes the trunk; [Tune] tries
// settings until the features are close enough.
//
// Reference: Jacob et al., Quantization and Training of Neural Networks for
// Efficient Integer-Arithmetic-Only Inference, CVPR 2018,
// https://arxiv.org/abs/1712.05877.
package precision

import (
	"encoding/json"
	"fmt"

	"graft/onnx"
)

// Names of the precisions in a trunk's description.
const (
	FP16 = "fp16"
	Int8 = "int8"
)

// Record is what a rewritten trunk says under [onnx.KeyPrecision] of how it
// was made.
type Record struct {
	Dtype string `json:"dtype"` // fp16 or int8
	From  string `json:"from"`  // SHA-256 of the trunk in float32

	// Of an int8 trunk:
	Method        Method   `json:"method,omitempty"`         // that chose the ranges
	Images        int      `json:"images,omitempty"`         // that the ranges were measured on
	Kept          []string `json:"kept,omitempty"`           // convolutions that stay float32
	ReducedRange  bool     `json:"reduced_range,omitempty"`  // weights have 7 bits
	HeldOut       int      `json:"held_out,omitempty"`       // images that the features were compared on
	Cosine        float64  `json:"cosine,omitempty"`         // of the features to those in float32, mean
	CosinePercent float64  `json:"cosine_percent,omitempty"` // 1st percentile of the same
}

// Write puts the record, and what it changes in the trunk's description, into
// the metadata.
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

// check refuses what is no trunk in float32.
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
