package precision

import (
	"slices"
	"strings"
	"testing"

	"graft/onnx"
)

// TestMagnitudes: every value of the float16 trunk is measured, in float32.
func TestMagnitudes(t *testing.T) {
	for name, o := range networks {
		trunk := network(t, o)
		half, err := Half(trunk)
		if err != nil {
			t.Fatal(err)
		}
		m, names, err := Magnitudes(trunk)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m, err = onnx.Decode(m.Encode()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(names) == 0 || len(m.Graph.Outputs) != len(names) || len(m.Graph.Nodes) < 4*len(names) {
			t.Errorf("%s: %d values, %d outputs, %d nodes", name, len(names), len(m.Graph.Outputs), len(m.Graph.Nodes))
		}
		if a := m.Graph.Arithmetic(); a != onnx.Float32 {
			t.Errorf("%s: computes in %s", name, a)
		}
		for i, v := range m.Graph.Outputs {
			if v.Type != onnx.Float32 || len(v.Dims) != 2 || v.Dims[1].Size != 1 {
				t.Errorf("%s: output %s", name, v)
			}
			abs := m.Graph.Nodes[len(m.Graph.Nodes)-3*(len(names)-i)]
			if abs.Op != "Abs" || abs.Inputs[0] != names[i] {
				t.Errorf("%s: output %d is of %q, want %q", name, i, abs.Inputs[0], names[i])
			}
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
	}
}
