package trunk_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

func TestTransform(t *testing.T) {
	own := onnx.Trunk{Name: "t", Resize: 342, Crop: 299}
	fixed, square := own, onnx.Trunk{Name: "t", Crop: 224}
	fixed.Fixed = true
	asked := square
	asked.Asked = onnx.Asked{Interpolation: onnx.Bicubic, ResizeMode: onnx.ResizeSquash}
	for _, c := range []struct {
		name   string
		trunk  onnx.Trunk
		adjust trunk.Adjust
		want   pixels.Transform
		err    string
	}{
		{"own", own, trunk.Adjust{}, pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF}, ""},
		{"without resize", square, trunk.Adjust{}, pixels.Transform{Resize: 224, Crop: 224, EXIF: pixels.ApplyEXIF}, ""},
		{"adjusted", own, trunk.Adjust{Resize: trunk.Size{Width: 256}, Crop: trunk.Size{Width: 224}, EXIF: pixels.IgnoreEXIF, Fast: true},
			pixels.Transform{Resize: 256, Crop: 224, EXIF: pixels.IgnoreEXIF, Fast: true}, ""},
		{"resize only", own, trunk.Adjust{Resize: trunk.Size{Width: 299}}, pixels.Transform{Resize: 299, Crop: 299, EXIF: pixels.ApplyEXIF}, ""},
		{"fixed, resized", fixed, trunk.Adjust{Resize: trunk.Size{Width: 299}}, pixels.Transform{Resize: 299, Crop: 299, EXIF: pixels.ApplyEXIF}, ""},
		{"fixed, its own crop", fixed, trunk.Adjust{Crop: trunk.Size{Width: 299}}, pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF}, ""},
		{"fixed, cropped", fixed, trunk.Adjust{Crop: trunk.Size{Width: 224}}, pixels.Transform{}, `trunk "t" takes crops of 299 pixels only, not of 224`},
		{"oblong", own, trunk.Adjust{Crop: trunk.Size{Width: 128, Height: 64}, CropPct: .5, Interpolation: pixels.Lanczos, ResizeMode: pixels.ResizeSquash},
			pixels.Transform{Resize: 256, ResizeHeight: 128, Crop: 128, CropHeight: 64, Interpolation: "lanczos", ResizeMode: "squash", EXIF: pixels.ApplyEXIF}, ""},
		{"what goes without saying", own, trunk.Adjust{Crop: trunk.Size{Width: 64, Height: 64}, Interpolation: pixels.Bilinear, ResizeMode: pixels.ResizeShortest},
			pixels.Transform{Resize: 342, Crop: 64, EXIF: pixels.ApplyEXIF}, ""},
		{"of its configuration", asked, trunk.Adjust{}, pixels.Transform{Resize: 224, Crop: 224, Interpolation: "bicubic", ResizeMode: "squash", EXIF: pixels.ApplyEXIF}, ""},
		{"against its configuration", asked, trunk.Adjust{Interpolation: pixels.Bilinear, ResizeMode: pixels.ResizeShortest}, pixels.Transform{Resize: 224, Crop: 224, EXIF: pixels.ApplyEXIF}, ""},
		{"fixed, oblong", fixed, trunk.Adjust{Crop: trunk.Size{Width: 299, Height: 64}}, pixels.Transform{}, `takes crops of 299 pixels only, not of 64×299`},
		{"resize twice", own, trunk.Adjust{Resize: trunk.Size{Width: 64}, CropPct: .9}, pixels.Transform{}, "crop_pct 0.9; it must be greater than 0, and goes without"},
		{"no filter", own, trunk.Adjust{Interpolation: "spline"}, pixels.Transform{}, `interpolation is "spline"; it must be bicubic or`},
		{"crop below one", own, trunk.Adjust{Crop: trunk.Size{Width: -1}}, pixels.Transform{}, "crop"},
		{"exif", own, trunk.Adjust{EXIF: "rotate"}, pixels.Transform{}, "rotate"},
	} {
		got, err := trunk.Transform(c.trunk, c.adjust)
		var wrong *trunk.TransformError
		switch {
		case c.err == "" && (err != nil || got != c.want):
			t.Errorf("%s: %v, error %v; want %v", c.name, got, err, c.want)
		case c.err != "" && !errors.As(err, &wrong):
			t.Errorf("%s: error %v, want a TransformError", c.name, err)
		case c.err != "":
			wantError(t, c.name, err, c.err)
		}
	}
}

func TestDims(t *testing.T) {
	f := read(t, extractortest.Trunk(t, 1))
	dims, err := f.Dims([]string{extractortest.Early, "features"})
	if err != nil || !slices.Equal(dims, []int{extractortest.EarlyDim, extractortest.Dim}) {
		t.Errorf("dims %v, %v", dims, err)
	}
	for want, taps := range map[string][]string{
		`the tap "features" is named twice`:                                     {"features", "early", "features"},
		`trunk "` + f.Path + `" has no tap "late"; it has ["features" "early"]`: {"features", "late"},
		`has no tap ""`: {""},
	} {
		_, err := f.Dims(taps)
		var wrong *trunk.TapError
		if !errors.As(err, &wrong) {
			t.Errorf("%q: error %v, want a TapError", taps, err)
		}
		wantError(t, "taps", err, want)
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		trunk onnx.Trunk
		want  []string
	}{
		{onnx.Trunk{Name: "t", Trained: true}, nil},
		{onnx.Trunk{Name: "t", Notes: []string{"n"}}, []string{`trunk "t" is untrained: its features, and what is trained on them, mean nothing`}},
		{onnx.Trunk{Name: "t", Trained: true, Notes: []string{"for tours", "not for work"}}, []string{`trunk "t": for tours`, `trunk "t": not for work`}},
	} {
		if got := trunk.Warnings(c.trunk); !slices.Equal(got, c.want) {
			t.Errorf("%+v: warnings %q, want %q", c.trunk, got, c.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	letter := filepath.Join(t.TempDir(), "letter.onnx")
	extractortest.Write(t, letter, []byte("Dear trunk"))
	_, err := trunk.Read(letter)
	wantError(t, "a letter", err, `trunk "`+letter+`": `)

	b := onnx.NewBuilder("foreign")
	b.Op("Relu", "out", b.Input("images", onnx.Float32, 1, 3, 8, 8))
	b.Output("out", onnx.Float32, 1, 3, 8, 8)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "foreign.onnx")
	if _, err := trunk.WriteModel(path, m); err != nil {
		t.Fatal(err)
	}
	_, err = trunk.Read(path)
	var not *onnx.NotTrunkError
	if !errors.As(err, &not) || !not.Importable {
		t.Errorf("a foreign model: error %v", err)
	}
	wantError(t, "a foreign model", err, `trunk "`+path+`": `)
}

// TestOpen runs a trunk, closes it, and opens it again: the file gave up its
// content to the session, and reads it again. A file that has changed is an error.
func TestOpen(t *testing.T) {
	orttest.Library(t)
	extractortest.NoSessions(t)
	f := read(t, extractortest.Trunk(t, 1))
	for range 2 {
		s, err := f.Open(t.Context(), ort.Options{}, extractortest.Early, "features")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.Dims(), []int{extractortest.EarlyDim, extractortest.Dim}) {
			t.Errorf("dims %v", s.Dims())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if m, err := f.Model(); err != nil || len(m.Graph.Outputs) != 2 {
		t.Errorf("model: %v", err)
	}
	if _, err := f.Open(t.Context(), ort.Options{}, "late"); err == nil {
		t.Error("a tap that is not there was opened")
	}
	b, err := os.ReadFile(extractortest.Trunk(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	extractortest.Write(t, f.Path, b)
	_, err = f.Open(t.Context(), ort.Options{}, "features")
	wantError(t, "another trunk at the same place", err, "has changed since it was opened")
}
