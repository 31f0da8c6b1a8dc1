package trunk

import (
	"context"
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
	Cosine   float64 // the least between features of both
	Pictures int     // synthetic ones that they were compared on
	Photos   int     // photographs
}

// An OverflowError says that values of a trunk are not finite, or would not be in
// float16.
type OverflowError struct {
	Path    string        // of the trunk
	Dtype   onnx.DataType // that it overflows in
	Value   string        // which: an output, or a value inside
	Picture string        // on what
	Largest float64       // what the value reaches in float32; 0: it is not finite
}

// Error names all of it.
func (e *OverflowError) Error() string {
	if e.Largest == 0 {
		return fmt.Sprintf("trunk %q: in %s the output %q is not finite for %s; nothing was written", e.Path, e.Dtype, e.Value, e.Picture)
	}
	return fmt.Sprintf("trunk %q: %q reaches %.3g for %s, and float16 ends at 65504; nothing was written", e.Path, e.Value, e.Largest, e.Picture)
}

// Hint is what to do.
func (e *OverflowError) Hint() string {
	if e.Dtype == onnx.Float16 {
		return "use the trunk in fp32 or bf16, which have the range"
	}
	return "its weights are damaged, or it wants pixels of another range"
}

// Convert makes a trunk with float16 weights and arithmetic of one in float32,
// compares their features, and writes it to out. Compared is on synthetic
// pictures, on some that reach the ends of the range, and on photographs, if there
// are any. If any value of the trunk leaves the range of float16 on one of them, the
// error is an [*OverflowError].
func Convert(ctx context.Context, f *File, s ConvertSettings, out string) (*Conversion, error) {
	m, err := f.Model()
	if err != nil {
		return nil, err
	}
	half, err := precision.Half(m)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	if err := (precision.Record{Dtype: precision.FP16, From: f.SHA256}).Write(half); err != nil {
		return nil, err
	}
	c := &converting{runner: runner{name: f.Path, size: f.Crop, library: s.Library}}
	c.take(f.Crop, s.Photographs)
	worst, err := c.compare(ctx, m, half)
	if err != nil {
		return nil, err
	}
	if !(worst >= MinConvertCosine) {
		return nil, fmt.Errorf("trunk %q: in fp16 its features come out too far from those in fp32, with a cosine of %.4f: some of its values do not fit; nothing was written", f.Path, worst)
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
	return &Conversion{&Built{Path: out, SHA256: sum, Trunk: t}, worst, len(c.crops) - photos, photos}, nil
}

// A converting compares two trunks on some crops.
type converting struct {
	runner
	crops [][]byte
	names []string // of the crops
}

// take takes the crops of one size, and photographs if there are any.
func (c *converting) take(size int, p *Photographs) {
	for _, crop := range pixels.Synthetic(syntheticCrops, size) {
		c.crops, c.names = append(c.crops, crop), append(c.names, "a synthetic picture")
	}
	for _, e := range pixels.Extremes(size) {
		c.crops, c.names = append(c.crops, e.Pixels), append(c.names, e.Name)
	}
	if p != nil {
		c.crops, c.names = append(c.crops, p.HeldOut...), append(c.names, p.Paths...)
	}
}

// compare is the least cosine between the features of two trunks, of which none
// may be without a finite value.
func (c *converting) compare(ctx context.Context, before, after *onnx.Model) (float64, error) {
	want, err := c.finite(ctx, before)
	if err != nil {
		return 0, err
	}
	if err := c.fits(ctx, before); err != nil {
		return 0, err
	}
	got, err := c.finite(ctx, after)
	if err != nil {
		return 0, err
	}
	return leastCosine(got, want), nil
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

// fits says which value of a trunk is too large for float16. The float16 trunk
// does not tell here: CPUs compute in float32 what they have no kernels for.
func (c *converting) fits(ctx context.Context, m *onnx.Model) error {
	observed, names, err := precision.Magnitudes(m)
	if err != nil {
		return fmt.Errorf("trunk %q: %w", c.name, err)
	}
	largest, _, err := c.outputs(ctx, observed, c.crops)
	if err != nil {
		return err
	}
	for i, values := range largest {
		for k, v := range values {
			if x := float64(v[0]); !(x < precision.HalfLimit) {
				return &OverflowError{Path: c.name, Dtype: onnx.Float16, Value: names[k], Picture: c.names[i], Largest: x}
			}
		}
	}
	return nil
}

// finite are the features that a trunk gives for the crops. All outputs must be
// finite.
func (c *converting) finite(ctx context.Context, m *onnx.Model) ([][]float32, error) {
	outputs, taps, err := c.outputs(ctx, m, c.crops)
	if err != nil {
		return nil, err
	}
	features := make([][]float32, len(outputs))
	for i, rows := range outputs {
		for k, row := range rows {
			if !extractor.Finite(row) {
				return nil, &OverflowError{Path: c.name, Dtype: m.Graph.Arithmetic(), Value: taps[k], Picture: c.names[i]}
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
