package extractortest

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
)

// Widths of the taps of [Trunk], and sides of its transform in pixels.
const (
	Dim, EarlyDim = 16, 8
	Resize, Crop  = 40, 32
)

// Early is the tap of [Trunk] beside its features.
const Early = "early"

// Trunk writes an untrained trunk of one convolution, and returns its path.
// Another seed gives another trunk.
func Trunk(t testing.TB, seed uint64) string {
	t.Helper()
	m, err := network(seed)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "trunk.onnx")
	if _, err := trunk.WriteModel(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

// network is the graph of Trunk, with its description.
func network(seed uint64) (*onnx.Model, error) {
	random := rand.New(rand.NewPCG(seed, 1))
	weights := func(n int, scale float32) []float32 {
		w := make([]float32, n)
		for i := range w {
			w[i] = (random.Float32() - 0.5) * scale
		}
		return w
	}
	b := onnx.NewBuilder("tiny")
	x := b.Input(onnx.Pixels, onnx.Uint8, "n", "h", "w", 3)
	x = b.Op("Cast", "float", x)
	b.Attr("to", int64(onnx.Float32))
	x = b.Op("Transpose", "planes", x)
	b.Attr("perm", []int64{0, 3, 1, 2})
	x = b.Op("Conv", "convolved", x, b.Const("kernels", []int64{EarlyDim, 3, 4, 4}, weights(EarlyDim*48, 0.01)))
	b.Attr("strides", []int64{4, 4})
	x = b.Op("GlobalAveragePool", "averages", b.Op("Relu", "lifted", x))
	x = b.Op("Flatten", Early, x)
	b.Op("MatMul", onnx.Features, x, b.Const("matrix", []int64{EarlyDim, Dim}, weights(EarlyDim*Dim, 2)))
	b.Output(onnx.Features, onnx.Float32, "n", Dim)
	b.Output(Early, onnx.Float32, "n", EarlyDim)
	m, err := b.Model()
	if err != nil {
		return nil, err
	}
	onnx.Trunk{
		Name: "tiny", Source: "a test", Resize: Resize, Crop: Crop,
		Taps: []onnx.Tap{{Name: onnx.Features, Dim: Dim}, {Name: Early, Dim: EarlyDim}},
	}.Describe(m)
	return m, nil
}

// NoSessions fails the test if, at its end, sessions are open that were not
// before. It is no use in tests that run beside others.
func NoSessions(t testing.TB) {
	before := ort.OpenSessions()
	t.Cleanup(func() {
		if n := ort.OpenSessions() - before; n != 0 {
			t.Errorf("%d sessions are left open", n)
		}
	})
}
