package inception

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"graft/onnx"
	"graft/onnx/checkpoint"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// A checkpoint is what trunks are built from.
var _ Weights = (*checkpoint.File)(nil)

// outputs are the trunk's, in the order of its description.
var outputs = []string{"features", "Mixed_5d", "Mixed_6e", "Mixed_7a"}

// pattern makes the pixels of the goldens: n×size×size×3.
func pattern(n, size int) []byte {
	p := make([]byte, 0, n*size*size*3)
	for i := range n {
		for y := range size {
			for x := range size {
				for c := range 3 {
					p = append(p, byte(3*x+2*y+50*c+x*y/64+31*i+size))
				}
			}
		}
	}
	return p
}

// TestPyTorch compares trunks of random weights with what PyTorch computes
// with the same weights in float64 (scripts/reference.py trunk golden).
func TestPyTorch(t *testing.T) {
	library := orttest.Library(t)
	for _, c := range []struct {
		width float64
		n     int
	}{{1, 1}, {0.25, 2}} {
		s := Seeded{Width: c.width}
		session := start(t, library, build(t, s, Options{Width: c.width, Source: s.Source()}))
		for _, size := range []int{crop, 300} {
			name := fmt.Sprintf("seed0_w%g_%d.safetensors", c.width, size)
			t.Run(name, func(t *testing.T) {
				golden, err := checkpoint.Open(filepath.Join("..", "..", "testdata", "golden", "trunk", name))
				if err != nil {
					t.Fatal(err)
				}
				defer golden.Close()
				got := run(t, session, c.n, size)
				for i, output := range outputs {
					compare(t, output, got[i], tensor(t, golden, output))
				}
			})
		}
	}
}

func start(t *testing.T, library string, m *onnx.Model) *ort.Session {
	t.Helper()
	session, err := ort.Open(t.Context(), m.Encode(), ort.Options{Library: library, Outputs: outputs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

func run(t *testing.T, session *ort.Session, n, size int) [][]float32 {
	t.Helper()
	out := make([][]float32, len(outputs))
	for i, d := range session.Dims() {
		out[i] = make([]float32, n*d)
	}
	if err := session.Run(t.Context(), pattern(n, size), n, size, size, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// compare allows 1e-5 of the largest absolute value.
func compare(t *testing.T, name string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	largest, off := 0.0, 0.0
	for i, v := range want {
		largest = max(largest, math.Abs(float64(v)))
		off = max(off, math.Abs(float64(got[i])-float64(v)))
	}
	if !(off <= 1e-5*largest) || slices.ContainsFunc(got, func(v float32) bool { return v != v }) {
		t.Errorf("%s: %.2e of the largest value off", name, off/largest)
	}
}

// TestSmallestInput: at minSize every map still has a place.
func TestSmallestInput(t *testing.T) {
	session := start(t, orttest.Library(t), build(t, Seeded{Width: small}, Options{Width: small}))
	for _, values := range run(t, session, 1, minSize) {
		if slices.ContainsFunc(values, func(v float32) bool { return v != v || math.IsInf(float64(v), 0) || v < 0 }) ||
			!slices.ContainsFunc(values, func(v float32) bool { return v > 0 }) {
			t.Errorf("features are %v…", values[:4])
		}
	}
}
