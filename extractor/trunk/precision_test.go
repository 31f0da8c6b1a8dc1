package trunk

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
	"graft/onnx/precision"
)

// importedNet imports a small net.
func importedNet(t *testing.T, name string) *File {
	t.Helper()
	out := filepath.Join(t.TempDir(), "t.onnx")
	s := ImportSettings{ImportOptions: onnx.ImportOptions{Mean: []float64{.5}, Std: []float64{.5}}, NoTrial: true}
	if _, err := Import(t.Context(), filepath.Join(nets, name+".onnx"), s, out); err != nil {
		t.Fatal(err)
	}
	f, err := Read(out)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestConvertNets: transformers become float16, and what overflows in them
// stays float32.
func TestConvertNets(t *testing.T) {
	library := orttest.Library(t)
	for _, name := range []string{"vit_old", "vit_dynamo", "windows_old", "windows_dynamo1", "conv_old1"} {
		c, err := Convert(t.Context(), importedNet(t, name), ConvertSettings{Library: library}, filepath.Join(t.TempDir(), "h.onnx"))
		if err != nil || c.Cosine < 0.9999 || len(c.Kept) > 0 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	f := importedNet(t, "conv_old1")
	m, err := f.Model()
	if err != nil {
		t.Fatal(err)
	}
	g := m.Graph // the features times 10⁶, as squares, and back
	last := g.Nodes[len(g.Nodes)-1]
	last.Outputs[0] = "small"
	g.Initializers = append(g.Initializers, onnx.NewFloats("by", nil, []float32{60000}))
	g.Nodes = append(g.Nodes, &onnx.Node{Op: "Mul", Name: "up", Inputs: []string{"small", "by"}, Outputs: []string{"up"}},
		&onnx.Node{Op: "Mul", Name: "square", Inputs: []string{"up", "by"}, Outputs: []string{"square"}},
		&onnx.Node{Op: "Div", Name: "down", Inputs: []string{"square", "by"}, Outputs: []string{"down"}},
		&onnx.Node{Op: "Div", Name: "end", Inputs: []string{"down", "by"}, Outputs: []string{onnx.Features}})
	path := filepath.Join(t.TempDir(), "large.onnx")
	if _, err := WriteModel(path, m); err != nil {
		t.Fatal(err)
	}
	if f, err = Read(path); err != nil {
		t.Fatal(err)
	}
	c, err := Convert(t.Context(), f, ConvertSettings{Library: library}, filepath.Join(t.TempDir(), "h.onnx"))
	if err != nil || c.Cosine < 0.9999 || !strings.Contains(strings.Join(c.Kept, " "), `Mul "square"`) {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestQuantizeNets: matrix products become integers, close to float32; a trunk
// that is not worth having is not written.
func TestQuantizeNets(t *testing.T) {
	library := orttest.Library(t)
	crops := pixels.Synthetic(12, 32, 32)
	s := QuantizeSettings{Library: library, Photographs: &Photographs{Measured: crops[:8], HeldOut: crops[8:]}, Force: true}
	for _, name := range []string{"vit_old", "windows_old", "conv_old1"} {
		f, out := importedNet(t, name), filepath.Join(t.TempDir(), "q.onnx")
		q, err := Quantize(t.Context(), f, s, out)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if q.Cosine < 0.99 || name != "conv_old1" && q.MatrixProducts < 4 {
			t.Errorf("%s: %+v", name, *q)
		}
		if m, err := Read(out); err != nil || m.Precision != precision.Int8 {
			t.Errorf("%s: %v", name, err)
		}
	}
	strict := s
	strict.Force, strict.MinCosine, strict.Methods = false, 0.999999999, []precision.Method{precision.MinMax}
	out := filepath.Join(t.TempDir(), "none.onnx")
	_, err := Quantize(t.Context(), importedNet(t, "vit_old"), strict, out)
	var worse *WorseError
	var far *precision.CosineError
	if !errors.As(err, &worse) && !errors.As(err, &far) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("it was written all the same")
	}
}

// TestSmooth: a smoothed network computes the same, and channels that are much
// larger than others do less harm.
func TestSmooth(t *testing.T) {
	library := orttest.Library(t)
	f := importedNet(t, "vit_old")
	m, err := f.Model()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range m.Graph.Nodes { // one channel is a hundred times the others, and the weights a hundredth
		if n.Op != "LayerNormalization" {
			continue
		}
		for i, w := range m.Graph.Initializers {
			if data, err := w.Floats(); err == nil && (w.Name == n.Inputs[1] || w.Name == n.Inputs[2]) {
				data[0] *= 100
				m.Graph.Initializers[i] = onnx.NewFloats(w.Name, w.Dims, data)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "outlier.onnx")
	if _, err := WriteModel(path, m); err != nil {
		t.Fatal(err)
	}
	if f, err = Read(path); err != nil {
		t.Fatal(err)
	}
	network, err := precision.Analyse(m)
	if err != nil {
		t.Fatal(err)
	}
	crops := pixels.Synthetic(6, 32, 32)
	q := &quantizer{runner: runner{name: path, height: 32, width: 32, library: library}, trunk: f, network: network, photos: &Photographs{Measured: crops[:4], HeldOut: crops[4:]}}
	if err := q.calibrate(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	smooth, ok, err := network.Smooth(q.calibration)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	same, err := q.Cosines(t.Context(), smooth.Model())
	if err != nil || same[0] < 0.999999 {
		t.Errorf("cosines %v, %v", same, err)
	}
}

// TestAddTaps: the taps of a trunk are those that its graph computes, and the
// richer pools are what they say.
func TestAddTaps(t *testing.T) {
	library := orttest.Library(t)
	f := importedNet(t, "conv_old1")
	m, err := f.Model()
	if err != nil {
		t.Fatal(err)
	}
	var last string // the map that the features are the mean of
	for _, n := range m.Graph.Nodes {
		if n.Op == "Clip" {
			last = n.Outputs[0]
		}
	}
	out := filepath.Join(t.TempDir(), "taps.onnx")
	b, err := AddTaps(t.Context(), f, []onnx.NewTap{{Name: "all", Value: last, Pool: "mean+max+grid2"}}, library, out)
	if err != nil || b.Trunk.Dim("all") != 16*6 {
		t.Fatalf("%+v, %v", b, err)
	}
	g, err := Read(out)
	if err != nil {
		t.Fatal(err)
	}
	session, err := g.Open(t.Context(), ort.Options{Library: library}, onnx.Features, "all")
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	rows := [][]float32{make([]float32, 16), make([]float32, 96)}
	if err := session.Run(t.Context(), pattern(1, 32, 32), 1, 32, 32, rows); err != nil {
		t.Fatal(err)
	}
	for c := range 16 {
		quarters := (rows[1][32+c] + rows[1][48+c] + rows[1][64+c] + rows[1][80+c]) / 4
		if !(math.Abs(float64(rows[0][c]-rows[1][c])) < 1e-6) || !(math.Abs(float64(quarters-rows[1][c])) < 1e-5) || rows[1][16+c] < rows[1][c] {
			t.Errorf("channel %d: mean %g, in all %g, max %g, mean of quarters %g", c, rows[0][c], rows[1][c], rows[1][16+c], quarters)
		}
	}
	if _, err := AutoTaps(f, onnx.PoolClass); err == nil {
		t.Error("a map has a class token")
	}
}
