package precision

import (
	"strings"
	"testing"

	"graft/onnx"
)

func TestHalf(t *testing.T) {
	for name, o := range networks {
		trunk := network(t, o)
		m, kept, err := Half(trunk)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := onnx.DescribeTrunk(m); err != nil || m.Graph.Arithmetic() != onnx.Float16 {
			t.Errorf("%s: computes in %s, %v", name, m.Graph.Arithmetic(), err)
		}
		if len(kept) != 0 {
			t.Errorf("%s: kept %q", name, kept)
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

// TestHalfKeeps: what does not fit stays float32, and only that.
func TestHalfKeeps(t *testing.T) {
	large := network(t, networks["plain"])
	for i, tensor := range large.Graph.Initializers {
		if tensor.Name == "first.b" {
			large.Graph.Initializers[i] = onnx.NewFloats("first.b", []int64{6}, []float32{0, 0, 7e4, 0, 0, 0})
		}
	}
	half, kept, err := Half(large)
	if err != nil || len(kept) != 1 || !strings.HasPrefix(kept[0], "Conv") {
		t.Fatalf("kept %q, %v", kept, err)
	}
	if _, err := onnx.DescribeTrunk(half); err != nil {
		t.Error(err)
	}
	plain := network(t, networks["plain"])
	wide := plain.Graph.Nodes[len(plain.Graph.Nodes)/2].Outputs[0]
	half, kept, err = Half(plain, wide)
	if err != nil || len(kept) < 2 {
		t.Fatalf("kept %q, %v", kept, err)
	}
	want, got := run(t, plain, noise(9, side), side), run(t, half, noise(9, side), side)
	if d := distance(got[onnx.Features].data, want[onnx.Features].data); !(d < 1e-3) {
		t.Errorf("features differ by %g", d)
	}
	odd := network(t, networks["plain"])
	odd.Graph.Nodes[3].Op = "Strange"
	if _, kept, err := Half(odd); err != nil || len(kept) != 1 || !strings.HasPrefix(kept[0], "Strange") {
		t.Errorf("kept %q, %v", kept, err)
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
	half, _, err := Half(m)
	if err != nil {
		t.Fatal(err)
	}
	want, got := run(t, m, noise(2, side), side), run(t, half, noise(2, side), side)
	if d := distance(got["first"].data, want["first"].data); !(d < 5e-4) {
		t.Errorf("the first layer differs by %g", d)
	}
}
