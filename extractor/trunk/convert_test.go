package trunk_test

import (
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort/orttest"
)

// converted tries to convert a trunk.
func converted(t *testing.T, path string, s trunk.ConvertSettings) (*trunk.Conversion, error) {
	t.Helper()
	orttest.Library(t)
	f, err := trunk.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "half.onnx")
	c, err := trunk.Convert(t.Context(), f, s, out)
	if _, missing := os.Stat(out); (err == nil) != (missing == nil) {
		t.Errorf("%v, and the file: %v", err, missing)
	}
	return c, err
}

// TestConvertKeepsWhatOverflows: white, and black, are beyond what synthetic
// pictures reach. The features themselves are among what float16 cannot hold.
func TestConvertKeepsWhatOverflows(t *testing.T) {
	for picture, path := range map[string]string{
		"a white picture": extractortest.Overflowing(t, 200, 300, 1e4),
		"a black picture": extractortest.Overflowing(t, -10, 10, 3e4),
	} {
		c, err := converted(t, path, trunk.ConvertSettings{})
		if err != nil || c.Cosine < trunk.MinConvertCosine || !keeps(c, "hot") || !keeps(c, onnx.Features) || keeps(c, "mean") {
			t.Errorf("%s: %+v, %v", picture, c, err)
		}
	}
}

// keeps reports whether the operator of a value stays float32.
func keeps(c *trunk.Conversion, value string) bool {
	return slices.ContainsFunc(c.Kept, func(text string) bool { return strings.HasSuffix(text, strconv.Quote(value)) })
}

// TestConvertRefusesOverflow: what overflows in float32 is no trunk to convert.
func TestConvertRefusesOverflow(t *testing.T) {
	path := extractortest.Overflowing(t, 200, 300, 1e38)
	_, err := converted(t, path, trunk.ConvertSettings{})
	var overflow *trunk.OverflowError
	if !errors.As(err, &overflow) || overflow.Dtype != onnx.Float32 || overflow.Hint() == "" {
		t.Fatal(err)
	}
	want := fmt.Sprintf("trunk %q: in float32 the output %q is not finite for a white picture; nothing was written", path, onnx.Features)
	if err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestConvertComparesPhotographs: this trunk overflows on pictures that are
// neither synthetic nor extreme.
func TestConvertComparesPhotographs(t *testing.T) {
	path, data := extractortest.Overflowing(t, 60, 100, 1e4), t.TempDir()
	c, err := converted(t, path, trunk.ConvertSettings{})
	if err != nil || c.Cosine < trunk.MinConvertCosine || c.Pictures != 9 || c.Photos != 0 || len(c.Kept) > 0 {
		t.Fatalf("without photographs: %+v, %v", c, err)
	}
	f, err := trunk.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func() *trunk.Photographs {
		p, err := trunk.ReadPhotographs(t.Context(), f.Trunk, trunk.PhotographSettings{Path: data, HeldOut: 64})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	extractortest.Painted(t, filepath.Join(data, "a/dark.png"), color.NRGBA{20, 30, 40, 255}, 0)
	p := read() // one will do
	if c, err = converted(t, path, trunk.ConvertSettings{Photographs: p}); err != nil || c.Photos != 1 || len(c.Kept) > 0 {
		t.Errorf("with a dark photograph: %+v, %v", c, err)
	}
	extractortest.Painted(t, filepath.Join(data, "b/medium.png"), color.NRGBA{80, 80, 80, 255}, 0)
	if c, err = converted(t, path, trunk.ConvertSettings{Photographs: read()}); err != nil || c.Photos != 2 || !keeps(c, "hot") {
		t.Errorf("with a medium photograph: %+v, %v", c, err)
	}
}

// TestConvertOfWhatIsBlackInside: a picture for which there are next to no
// features says nothing by their angle.
func TestConvertOfWhatIsBlackInside(t *testing.T) {
	if c, err := converted(t, extractortest.Overflowing(t, 300, 301, 1), trunk.ConvertSettings{}); err != nil || c.Cosine < trunk.MinConvertCosine {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestConvertOfNothing: a trunk of which nothing fits float16 is not called one in float16.
func TestConvertOfNothing(t *testing.T) {
	b := onnx.NewBuilder("large")
	x := b.Op("Cast", "float", b.Input(onnx.Pixels, onnx.Uint8, "n", "h", "w", 3))
	b.Attr("to", int64(onnx.Float32))
	x = b.Op("Mul", "large", x, b.Const("times", []int64{1}, []float32{1e6}))
	x = b.Op("Transpose", "planes", x)
	b.Attr("perm", []int64{0, 3, 1, 2})
	b.Op("Flatten", onnx.Features, b.Op("GlobalAveragePool", "averages", x))
	b.Output(onnx.Features, onnx.Float32, "n", 3)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	onnx.Trunk{Name: "large", Source: "a test", Resize: 32, Crop: 32, Trained: true, Taps: []onnx.Tap{{Name: onnx.Features, Dim: 3}}}.Describe(m)
	path := filepath.Join(t.TempDir(), "large.onnx")
	if _, err := trunk.WriteModel(path, m); err != nil {
		t.Fatal(err)
	}
	if c, err := converted(t, path, trunk.ConvertSettings{}); err == nil || !strings.Contains(err.Error(), "all of them would stay in fp32; nothing was written") {
		t.Errorf("%+v, %v", c, err)
	}
}
