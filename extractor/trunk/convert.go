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

// A Conversion is a trunk in float16 that was written.
type Conversion struct {
	Built
	Cosine float64  // the least between its features and those in float32, on synthetic crops
	Kept   []string // operators that stay float32
}

// Convert makes a trunk with float16 weights and arithmetic of one in float32,
// compares their features on synthetic crops, and writes it to out. What float16
// cannot hold stays float32: weights by what they are, values between operators by
// what a run shows. library is the
// path of ONNX Runtime; "" means the one that is found.
func Convert(ctx context.Context, f *File, library, out string) (*Conversion, error) {
	m, err := f.Model()
	if err != nil {
		return nil, err
	}
	c := &converter{runner: &runner{name: f.Path, size: f.Crop, library: library}, from: f.SHA256, trunk: m}
	names, most, err := c.extremes(ctx)
	if err != nil {
		return nil, err
	}
	c.wide = precision.TooWide(names, most)
	half, err := c.half(ctx)
	if err == nil && !(c.cosine >= MinConvertCosine) {
		c.wide = append(c.wide, precision.Vanishing(names, most)...)
		half, err = c.half(ctx)
	}
	if err != nil {
		return nil, err
	}
	if !(c.cosine >= MinConvertCosine) {
		return nil, fmt.Errorf("trunk %q: in fp16 its features come out too far from those in fp32, with a cosine of %.4f: some of its values do not fit; nothing was written", f.Path, c.cosine)
	}
	t, err := onnx.DescribeTrunk(half)
	if err != nil {
		return nil, err
	}
	sum, err := WriteModel(out, half)
	if err != nil {
		return nil, err
	}
	return &Conversion{Built{Path: out, SHA256: sum, Trunk: t}, c.cosine, c.kept}, nil
}

// A converter makes float16 trunks of one in float32.
type converter struct {
	*runner
	from   string // SHA-256 of the trunk
	trunk  *onnx.Model
	wide   []string // values that stay float32
	kept   []string
	cosine float64
}

// half makes and compares a trunk in float16.
func (c *converter) half(ctx context.Context) (*onnx.Model, error) {
	half, kept, err := precision.Half(c.trunk, c.wide...)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", c.name, err)
	}
	c.kept = kept
	if err := (precision.Record{Dtype: precision.FP16, From: c.from}).Write(half); err != nil {
		return nil, err
	}
	c.cosine, err = c.compare(ctx, half)
	return half, err
}

// extremes are the largest absolute values that a run in float32 shows. A run in
// float16 would not show them everywhere: ONNX Runtime computes much of it in
// float32 on a CPU.
func (c *converter) extremes(ctx context.Context) (names []string, most []float32, err error) {
	m, names, err := precision.Extremes(c.trunk)
	if err != nil {
		return nil, nil, fmt.Errorf("trunk %q: %w", c.name, err)
	}
	rows, err := c.features(ctx, m, pixels.Synthetic(syntheticCrops, c.size))
	if err != nil {
		return nil, nil, err
	}
	most = make([]float32, len(names))
	for _, row := range rows {
		for i, v := range row {
			if !(v <= most[i]) {
				most[i] = v
			}
		}
	}
	return names, most, nil
}

// compare is the least cosine between the features of both trunks.
func (c *converter) compare(ctx context.Context, half *onnx.Model) (float64, error) {
	crops := pixels.Synthetic(syntheticCrops, c.size)
	want, err := c.features(ctx, c.trunk, crops)
	if err != nil {
		return 0, err
	}
	got, err := c.features(ctx, half, crops)
	if err != nil {
		return 0, err
	}
	return slices.Min(cosines(got, want)), nil
}
