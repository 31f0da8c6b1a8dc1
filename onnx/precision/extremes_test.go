package precision

import (
	"slices"
	"strings"
	"testing"

	"graft/onnx"
)

// TestExtremes: every value of the float16 trunk is measured, in float32.
func TestExtremes(t *testing.T) {
	for name, o := range networks {
		trunk := network(t, o)
		half, _, err := Half(trunk)
		if err != nil {
			t.Fatal(err)
		}
		m, names, err := Extremes(trunk)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, n := range half.Graph.Nodes {
			for _, out := range n.Outputs {
				if half.Graph.Output(out) != nil || n.Inputs[0] == onnx.Pixels && n.Op == "Transpose" {
					continue // the cast back, and what is bytes still
				}
				if !slices.Contains(names, strings.TrimSuffix(out, ".half")) {
					t.Errorf("%s: %q is not measured", name, out)
				}
			}
		}
		most := run(t, m, noise(9, side), side)[onnx.Features].data
		if len(most) != len(names) || slices.Min(most) < 0 || m.Graph.Arithmetic() != onnx.Float32 {
			t.Fatalf("%s: %d values, %v, in %s", name, len(names), most, m.Graph.Arithmetic())
		}
		got, want := most[slices.Index(names, onnx.Features)], 0.0
		for _, v := range run(t, trunk, noise(9, side), side)[onnx.Features].data {
			want = max(want, v, -v)
		}
		if d := got - want; d > 1e-4*want || d < -1e-4*want {
			t.Errorf("%s: features reach %g, measured are %g", name, want, got)
		}
	}
}
