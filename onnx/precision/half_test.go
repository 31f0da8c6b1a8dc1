package precision

import (
	"strings"
	"testing"

	"graft/onnx"
)

func TestHalf(t *testing.T) {
	for name, o := range networks {
		trunk := network(t, o)
		m, err := Half(trunk)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := onnx.DescribeTrunk(m); err != nil || m.Graph.Arithmetic() != onnx.Float16 {
			t.Errorf("%s: computes in %s, %v", name, m.Graph.Arithmetic(), err)
		}
		for _, tensor := range m.Graph.Initializers {
			if tensor.Type == onnx.Float32 {
				t.Errorf("%s: %q is float32", name, tensor.Name)
			}
		}
		want, got := run(t, trunk, noise(9, side), side), run(t, m, noise(9, side), side)
		if d := distance(got[onnx.Features].data, want[onnx.Features].data); !(d < 1e-3) {
			t.Errorf("%s: features differ by %g", name, d)
		}
	}
}

func TestHalfRefuses(t *testing.T) {
	large := network(t, networks["plain"])
	for i, tensor := range large.Graph.Initializers {
		if tensor.Name == "first.b" {
			large.Graph.Initializers[i] = onnx.NewFloats("first.b", []int64{6}, []float32{0, 0, 7e4, 0, 0, 0})
		}
	}
	odd := network(t, networks["plain"])
	odd.Graph.Nodes[len(odd.Graph.Nodes)-1].Op = "Einsum"
	for want, m := range map[string]*onnx.Model{`"first.b" holds 70000`: large, "operator Einsum": odd} {
		if _, err := Half(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestScaleFirst: raw pixels are divided before weights too small for float16.
func TestScaleFirst(t *testing.T) {
	m := network(t, networkOptions{normalise: func(_ *onnx.Builder, x string) string { return x }})
	for i, tensor := range m.Graph.Initializers {
		if tensor.Name == "first.w" {
			m.Graph.Initializers[i] = onnx.NewFloats("first.w", tensor.Dims, weights(6*3*9, 1e-5))
		}
	}
	half, err := Half(m)
	if err != nil {
		t.Fatal(err)
	}
	want, got := run(t, m, noise(2, side), side), run(t, half, noise(2, side), side)
	if d := distance(got["first"].data, want["first"].data); !(d < 5e-4) {
		t.Errorf("the first layer differs by %g", d)
	}
}
