package extractortest

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"graft/extractor/trunk"
	"graft/onnx"
)

// Overflowing writes a trunk whose three features are the means of the channels,
// divided by 255, plus (mean−low)·(high−mean)·times where that is positive: with
// times of 1e38 it overflows on pictures in between, with 1e4 in float16 only. Its
// crops have 32 pixels.
func Overflowing(t testing.TB, low, high, times float32) string {
	t.Helper()
	b := onnx.NewBuilder("overflowing")
	x := b.Input(onnx.Pixels, onnx.Uint8, "n", "h", "w", 3)
	x = b.Op("Cast", "float", x)
	b.Attr("to", int64(onnx.Float32))
	x = b.Op("Transpose", "planes", x)
	b.Attr("perm", []int64{0, 3, 1, 2})
	mean := b.Op("Flatten", "mean", b.Op("GlobalAveragePool", "averages", x))
	number := func(name string, v float32) string { return b.Const(name, []int64{1}, []float32{v}) }
	above := b.Op("Relu", "above", b.Op("Sub", "over", mean, number("low", low)))
	below := b.Op("Relu", "below", b.Op("Sub", "under", number("high", high), mean))
	hot := b.Op("Mul", "hot", b.Op("Mul", "between", above, below), number("times", times))
	b.Op("Add", onnx.Features, b.Op("Mul", "scaled", mean, number("scale", 1./255)), hot)
	b.Output(onnx.Features, onnx.Float32, "n", 3)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	onnx.Trunk{
		Name: "overflowing", Source: "a test", Resize: 32, Crop: 32, Trained: true, Taps: []onnx.Tap{{Name: onnx.Features, Dim: 3}},
	}.Describe(m)
	path := filepath.Join(t.TempDir(), "overflowing.onnx")
	if _, err := trunk.WriteModel(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

// Painted writes a PNG of one colour, and its folder; a seed makes its content
// another one without changing its mean much.
func Painted(t testing.TB, path string, c color.NRGBA, seed uint8) {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 32, 32))
	for i := range 32 * 32 {
		m.SetNRGBA(i%32, i/32, c)
	}
	m.SetNRGBA(int(seed)%32, int(seed)/32, color.NRGBA{128, 128, 128, 255})
	var file bytes.Buffer
	err := png.Encode(&file, m)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o777)
	}
	if err == nil {
		err = os.WriteFile(path, file.Bytes(), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// RemoveParts removes the parts of a folder of features.
func RemoveParts(t testing.TB, folder string) {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(folder, "part-*.arrow"))
	for _, p := range parts {
		err = errors.Join(err, os.Remove(p))
	}
	if err != nil {
		t.Fatal(err)
	}
}
