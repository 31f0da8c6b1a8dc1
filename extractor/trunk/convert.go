package trunk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"graft/extractor"
	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/precision"
)

// MinConvertCosine is the cosine between the features of both trunks below
// which Convert writes nothing.
const MinConvertCosine = 0.999

// syntheticCrops is how many synthetic crops a converted trunk is compared on,
// beside the extreme ones.
const syntheticCrops = 4

// ConvertSettings say how a converted trunk is compared; the zero value will do.
type ConvertSettings struct {
	Photographs *Photographs // those held out are compared on, too; nil: none
	Library     string       // path of ONNX Runtime; "" means the one that is found
}

// A Conversion is a trunk that was converted and written, and how close it comes.
type Conversion struct {
	*Built
	Cosine   float64  // the least between features of both
	Pictures int      // synthetic ones that they were compared on
	Photos   int      // photographs
	Kept     []string // operators that stay float32
}

// An OverflowError says that an output of a trunk is not finite.
type OverflowError struct {
	Path    string        // of the trunk
	Dtype   onnx.DataType // that it overflows in
	Value   string        // which output
	Picture string        // on what
}

// Error names all of it.
func (e *OverflowError) Error() string {
	return fmt.Sprintf("trunk %q: in %s the output %q is not finite for %s; nothing was written", e.Path, e.Dtype, e.Value, e.Picture)
}

// Hint is what to do.
func (e *OverflowError) Hint() string {
	if e.Dtype == onnx.Float16 {
		return "use the trunk in fp32 or bf16, which have the range"
	}
	return "its weights are damaged, or it wants pixels of another range"
}

// Convert makes a trunk with float16 weights and arithmetic of one in float32,
// compares their features, and writes it to out. What float16 cannot hold stays
// float32: weights by what they are, values between operators by what runs show.
// Measured and compared is on synthetic pictures, on some that reach the ends of
// the range, and on photographs, if there are any. If an output of either trunk is
// not finite on one of them, the error is an [*OverflowError].
func Convert(ctx context.Context, f *File, s ConvertSettings, out string) (*Conversion, error) {
	m, err := f.Model()
	if err != nil {
		return nil, err
	}
	c := &converter{runner: f.runner(s.Library), from: f.SHA256, trunk: m}
	c.take(s.Photographs)
	half, err := c.convert(ctx)
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
	photos := 0
	if s.Photographs != nil {
		photos = len(s.Photographs.HeldOut)
	}
	return &Conversion{&Built{Path: out, SHA256: sum, Trunk: t}, c.cosine, len(c.crops) - photos, photos, c.kept}, nil
}

// A converter makes float16 trunks of one in float32, and compares them with it on
// some crops.
type converter struct {
	runner
	from   string // SHA-256 of the trunk
	trunk  *onnx.Model
	crops  [][]byte
	names  []string    // of the crops
	want   [][]float32 // features of the trunk
	kept   []string
	cosine float64
}

// take takes synthetic crops, and photographs if there are any.
func (c *converter) take(p *Photographs) {
	for _, crop := range pixels.Synthetic(syntheticCrops, c.width, c.height) {
		c.crops, c.names = append(c.crops, crop), append(c.names, "a synthetic picture")
	}
	for _, e := range pixels.Extremes(c.width, c.height) {
		c.crops, c.names = append(c.crops, e.Pixels), append(c.names, e.Name)
	}
	if p != nil {
		c.crops, c.names = append(c.crops, p.HeldOut...), append(c.names, p.Paths...)
	}
}

// convert is the trunk in float16, but for values that do not fit; if it is still
// far from the trunk, values that lose bits stay float32, too.
func (c *converter) convert(ctx context.Context) (half *onnx.Model, err error) {
	if c.want, err = c.finite(ctx, c.trunk, onnx.Float32); err != nil {
		return nil, err
	}
	names, most, err := c.extremes(ctx)
	if err != nil {
		return nil, err
	}
	wide := precision.TooWide(names, most)
	half, err = c.half(ctx, wide)
	var overflow *OverflowError
	if errors.As(err, &overflow) || err == nil && !(c.cosine >= MinConvertCosine) {
		half, err = c.half(ctx, append(wide, precision.Vanishing(names, most)...))
	}
	return half, err
}

// half makes and compares a trunk in float16, but for the wide values.
func (c *converter) half(ctx context.Context, wide []string) (*onnx.Model, error) {
	half, kept, err := precision.Half(c.trunk, wide...)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", c.name, err)
	}
	c.kept = kept
	if err := (precision.Record{Dtype: precision.FP16, From: c.from}).Write(half); err != nil {
		return nil, err
	}
	features, err := c.finite(ctx, half, onnx.Float16)
	if err != nil {
		return nil, err
	}
	c.cosine = leastCosine(features, c.want)
	return half, nil
}

// extremes are the largest absolute values that runs in float32 show.
func (c *converter) extremes(ctx context.Context) (names []string, most []float32, err error) {
	m, names, err := precision.Extremes(c.trunk)
	if err != nil {
		return nil, nil, fmt.Errorf("trunk %q: %w", c.name, err)
	}
	rows, err := c.features(ctx, m, c.crops)
	if err != nil {
		return nil, nil, err
	}
	most = make([]float32, len(names))
	for _, row := range rows {
		for i, v := range row {
			if v > most[i] || v != v {
				most[i] = v
			}
		}
	}
	return names, most, nil
}

// next to nothing of the features of other pictures is nothing: its angle is
// that of rounding.
const nothing = 1e-4

// leastCosine compares features that are next to nothing by that alone.
func leastCosine(got, want [][]float32) float64 {
	longest, least := 0.0, 1.0
	for _, row := range want {
		longest = max(longest, norm(row))
	}
	for i := range want {
		if norm(want[i]) > nothing*longest || norm(got[i]) > nothing*longest {
			least = min(least, cosine(got[i], want[i]))
		}
	}
	return least
}

func norm(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

// finite are the features that a trunk gives for the crops. All outputs must be
// finite.
func (c *converter) finite(ctx context.Context, m *onnx.Model, dtype onnx.DataType) ([][]float32, error) {
	outputs, taps, err := c.outputs(ctx, m, c.crops)
	if err != nil {
		return nil, err
	}
	features := make([][]float32, len(outputs))
	for i, rows := range outputs {
		for k, row := range rows {
			if !extractor.Finite(row) {
				return nil, &OverflowError{Path: c.name, Dtype: dtype, Value: taps[k], Picture: c.names[i]}
			}
		}
		features[i] = rows[slices.Index(taps, onnx.Features)]
	}
	return features, nil
}

// cosines compares vectors pair by pair.
func cosines(a, b [][]float32) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = cosine(a[i], b[i])
	}
	return out
}

// cosine of the angle between two vectors; 0 if one of them is zero.
func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i, v := range a {
		ab += float64(v) * float64(b[i])
		aa += float64(v) * float64(v)
		bb += float64(b[i]) * float64(b[i])
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
