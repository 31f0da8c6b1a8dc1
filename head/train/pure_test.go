package train_test

import (
	"math"
	"path/filepath"
	"testing"

	onnxgo "github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend/x/gorgonnx"
	"gorgonia.org/tensor"

	"graft/extractor/extractortest"
	"graft/head"
	"graft/head/train"
)

// TestHeadInPureGo runs heads that Fit wrote through onnx-go's Gorgonia backend:
// another reader and another arithmetic than graft's own, and no shared library.
func TestHeadInPureGo(t *testing.T) {
	const n, d, classes = 40, 300, 5
	dir := extractortest.Synthetic{N: n, D: d, Label: extractortest.Turns(classes)}.Folder(t)
	for name, o := range map[string]train.FitOptions{
		"rmsprop":    {Solver: head.RMSprop{}},
		"lbfgs":      {Solver: head.LBFGS{C: 1}},
		"calibrated": {Solver: head.RMSprop{}, Calibrate: true},
	} {
		out := filepath.Join(t.TempDir(), "head.onnx")
		o.Source = from(dir)
		if _, err := train.Fit(t.Context(), o, out); err != nil {
			t.Fatal(err)
		}
		x, want := matrixIn(t, dir, n, d), make([]float64, n*classes)
		readHead(t, out).Predict(x, want)
		worst := 0.0
		for i, p := range inGorgonia(t, out, x, n, d) {
			worst = max(worst, math.Abs(float64(p)-want[i]))
		}
		if !(worst <= 1e-6) {
			t.Errorf("%s: probabilities differ by up to %g", name, worst)
		}
		t.Logf("%s: largest difference %.2g", name, worst)
	}
}

// inGorgonia is the output of the model at path for x, n×d.
func inGorgonia(t *testing.T, path string, x []float32, n, d int) []float32 {
	t.Helper()
	backend := gorgonnx.NewGraph()
	model := onnxgo.NewModel(backend)
	if err := model.UnmarshalBinary(fileAt(t, path)); err != nil {
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
