package trunk

import (
	"context"
	"fmt"
	"slices"

	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/precision"
)

// MinConvertCosine is the cosine between the features of both trunks below
// which Convert writes nothing.
const MinConvertCosine = 0.999

// syntheticCrops is how many synthetic crops a converted trunk is compared on.
const syntheticCrops = 4

// Convert makes a trunk with float16 weights and arithmetic of one in float32,
// compares their features on synthetic crops, and writes it to out. It returns
// the least cosine between them. library is the path of ONNX Runtime; "" means
// the one that is found.
func Convert(ctx context.Context, f *File, library, out string) (*Built, float64, error) {
	m, err := f.Model()
	if err != nil {
		return nil, 0, err
	}
	half, err := precision.Half(m)
	if err != nil {
		return nil, 0, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	if err := (precision.Record{Dtype: precision.FP16, From: f.SHA256}).Write(half); err != nil {
		return nil, 0, err
	}
	worst, err := convertCosine(ctx, f, library, m, half)
	if err != nil {
		return nil, 0, err
	}
	if !(worst >= MinConvertCosine) {
		return nil, worst, fmt.Errorf("trunk %q: in fp16 its features come out too far from those in fp32, with a cosine of %.4f: some of its values do not fit; nothing was written", f.Path, worst)
	}
	t, err := onnx.DescribeTrunk(half)
	if err != nil {
		return nil, worst, err
	}
	sum, err := WriteModel(out, half)
	if err != nil {
		return nil, worst, err
	}
	return &Built{Path: out, SHA256: sum, Trunk: t}, worst, nil
}

// convertCosine is the least cosine between the features of two trunks.
func convertCosine(ctx context.Context, f *File, library string, before, after *onnx.Model) (float64, error) {
	r := &runner{name: f.Path, size: f.Crop, library: library}
	crops := pixels.Synthetic(syntheticCrops, f.Crop)
	want, err := r.features(ctx, before, crops)
	if err != nil {
		return 0, err
	}
	got, err := r.features(ctx, after, crops)
	if err != nil {
		return 0, err
	}
	return slices.Min(cosines(got, want)), nil
}
