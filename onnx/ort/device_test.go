package ort

import (
	"slices"
	"strings"
	"testing"
)

func TestParseDevice(t *testing.T) {
	for in, want := range map[string]string{
		"": "cpu", "cpu": "cpu", "auto": "auto", "cuda": "cuda", "cuda:1": "cuda:1",
		"cuda:0,2": "cuda:0,2", "tensorrt:1": "tensorrt:1", "webgpu": "webgpu",
	} {
		if d, err := ParseDevice(in); err != nil || d.String() != want {
			t.Errorf("%q: got %s, %v; want %s", in, d, err, want)
		}
	}
	for _, in := range []string{"gpu", "CUDA", "cpu:0", "cuda:", "cuda:x", "cuda:-1", "cuda:64", "cuda:1,1", "cuda:0,", "tensorrt:0,1", "openvino:0"} {
		if d, err := ParseDevice(in); err == nil || !strings.Contains(err.Error(), in) {
			t.Errorf("%q: got %s, error %v", in, d, err)
		}
	}
}

func TestParseSearch(t *testing.T) {
	for in, want := range map[string]Search{"": Heuristic, "heuristic": Heuristic, "EXHAUSTIVE": Exhaustive} {
		if s, err := ParseSearch(in); err != nil || s != want {
			t.Errorf("%q: got %s, %v; want %s", in, s, err, want)
		}
	}
	if s, err := ParseSearch("fast"); err == nil {
		t.Errorf("fast was read as %q", s)
	}
}

func FuzzParseDevice(f *testing.F) {
	f.Add("cuda:0,1")
	f.Add("auto:")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDevice(s)
		if err != nil {
			return
		}
		if again, err := ParseDevice(d.String()); err != nil || again.String() != d.String() {
			t.Errorf("%q → %s → %s, %v", s, d, again, err)
		}
	})
}

func TestCheckPrecision(t *testing.T) {
	for k, want := range map[Kind][]Precision{
		CPU: {FP32, INT8}, CUDA: {FP32, TF32, FP16}, TensorRT: {FP32, BF16, FP16},
		CoreML: {FP32, FP16}, DirectML: {FP32, FP16}, WebGPU: {FP32, FP16},
	} {
		for _, p := range precisions {
			if err := checkPrecision(k, p); (err == nil) != slices.Contains(want, p) {
				t.Errorf("%s in %s: error %v", k, p, err)
			}
		}
	}
	if err := checkPrecision(OpenVINO, BF16); (err == nil) != HasBF16() {
		t.Errorf("openvino in bf16: error %v on a CPU with bf16: %v", err, HasBF16())
	}
	if p, err := ParsePrecision("int4"); err == nil {
		t.Errorf("int4 was read as %q", p)
	}
}
