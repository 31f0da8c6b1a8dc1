package ort

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"graft/onnx"
)

// A Precision is the arithmetic of a device. The types of the model's input and
// outputs stay the same.
type Precision string

// The precisions, by the names that people type.
const (
	FP32 Precision = "fp32"
	TF32 Precision = "tf32" // float32 with factors rounded to 10 bits of mantissa
	BF16 Precision = "bf16" // float32 with 7 bits of mantissa
	FP16 Precision = "fp16" // IEEE 754 half precision
	INT8 Precision = "int8" // 8-bit integers: the model itself has them, the rest of it is FP32
)

// precisions lists every precision.
var precisions = []Precision{FP32, TF32, BF16, FP16, INT8}

// ParsePrecision reads a precision; "" is FP32.
func ParsePrecision(s string) (Precision, error) {
	if s == "" {
		return FP32, nil
	}
	if p := Precision(s); slices.Contains(precisions, p) {
		return p, nil
	}
	return "", fmt.Errorf("unknown precision %q; known are fp32, tf32, bf16, fp16, int8", s)
}

// supported lists the precisions of each kind of device.
var supported = map[Kind][]Precision{
	Auto:     precisions,
	CPU:      {FP32, INT8},
	CUDA:     {FP32, TF32, FP16},
	TensorRT: {FP32, BF16, FP16},
	OpenVINO: {FP32, BF16, INT8},
	CoreML:   {FP32, FP16},
	DirectML: {FP32, FP16},
	WebGPU:   {FP32, FP16},
}

// weightsDecide are the kinds without an option for half precision: they compute
// in the type of the model's weights.
var weightsDecide = []Kind{CUDA, DirectML, WebGPU}

// checkPrecision returns why a kind of device on this machine cannot compute in
// p, or nil.
func checkPrecision(k Kind, p Precision) error {
	if !slices.Contains(supported[k], p) {
		var names []string
		for _, c := range supported[k] {
			names = append(names, string(c))
		}
		return fmt.Errorf("cannot compute in %s, only in %s", p, strings.Join(names, ", "))
	}
	if k == OpenVINO && p == BF16 && !HasBF16() {
		return errors.New("cannot compute in bf16 here: the CPU has neither AVX-512 BF16 nor AMX")
	}
	return nil
}

// checkWeights returns an error if p is FP16, the model's weights decide about
// the precision, and they are not float16.
func checkWeights(k Kind, p Precision, g *onnx.Graph) error {
	if p != FP16 || !slices.Contains(weightsDecide, k) || g.Arithmetic() == onnx.Float16 {
		return nil
	}
	return &DeviceError{Device: Device{Kind: k}, Problem: ProblemWeights, Precision: p,
		Reason: "computes in what the weights of the trunk are, and those are not float16"}
}
