package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"graft/extractor/features"

	onnxgo "github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend/x/gorgonnx"
	"gorgonia.org/tensor"
)

// TestHeadInPureGo runs heads that fit wrote through onnx-go's Gorgonia
// backend: another reader and another arithmetic than graft's own, and no
// shared library.
func TestHeadInPureGo(t *testing.T) {
	const n, d, classes = 40, 300, 5
	dir := madeUp(t, n, d, turns(classes), nil)
	for _, flags := range [][]string{{"--solver", "rmsprop"}, {"--solver", "lbfgs", "--l2", "1"}, {"--calibrate"}} {
		out := filepath.Join(t.TempDir(), "head.onnx")
		if code, _, said := graft(t, append([]string{"fit", dir, "--out", out}, flags...)...); code != exitOK {
			t.Fatalf("exit code %d: %s", code, said)
		}
		h, err := readHead(out)
		if err != nil {
			t.Fatal(err)
		}
		x, want := matrixIn(t, dir, n, d), make([]float64, n*classes)
		h.Predict(x, want)
		worst := 0.0
		for i, p := range inGorgonia(t, out, x, n, d) {
			worst = max(worst, math.Abs(float64(p)-want[i]))
		}
		if !(worst <= 1e-6) {
			t.Errorf("%q: probabilities differ by up to %g", flags, worst)
		}
		t.Logf("%q: largest difference %.2g", flags, worst)
	}
}

// matrixIn reads the features of a folder, n×d.
func matrixIn(t *testing.T, dir string, n, d int) []float32 {
	t.Helper()
	store, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	table, err := store.ReadTable(features.SamplesTable)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, n*d)
	for i, r := range table.Records {
		if err := store.Row(r.Key, 0, x[i*d:(i+1)*d]); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// inGorgonia is the output of the model at path for x, n×d.
func inGorgonia(t *testing.T, path string, x []float32, n, d int) []float32 {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	backend := gorgonnx.NewGraph()
	model := onnxgo.NewModel(backend)
	if err := model.UnmarshalBinary(file); err != nil {
		t.Fatal(err)
	}
	if err := model.SetInput(0, tensor.New(tensor.WithShape(n, d), tensor.WithBacking(x))); err != nil {
		t.Fatal(err)
	}
	if err := backend.Run(); err != nil {
		t.Fatal(err)
	}
	out, err := model.GetOutputTensors()
	if err != nil {
		t.Fatal(err)
	}
	return out[0].Data().([]float32)
}
