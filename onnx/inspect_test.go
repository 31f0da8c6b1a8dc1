package onnx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedTrunk is a real foreign model that lies beside the project where it
// is developed; tests do without it elsewhere.
func sharedTrunk(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "shared", "trunks", "inception2015_mixed9.onnx"))
	if err != nil {
		t.Skip("the foreign trunk inception2015_mixed9.onnx is not beside the project")
	}
	return b
}

func TestInspect(t *testing.T) {
	x, err := Inspect(smallTrunk(t).Encode())
	if err != nil {
		t.Fatal(err)
	}
	// One 1×1 convolution of 3 to 4 channels over the 10×10 crop.
	if x.Cost.MultiplyAdds == nil || *x.Cost.MultiplyAdds != 1200 || x.Cost.Side != 10 {
		t.Errorf("cost %+v", x.Cost)
	}
	if x.Parameters != 12 || x.Nodes != 5 || len(x.Operators) != 5 || x.Kind != KindTrunk || x.NotTrunk != "" {
		t.Errorf("%+v", x)
	}
	if x.Inputs[0].Shape != "n×h×w×3" || x.Outputs[0].Dims[1] != 4 {
		t.Errorf("ports %+v %+v", x.Inputs, x.Outputs)
	}
	r := x.Second
	if r.Unread != "" || len(r.Problems) != 0 || r.WeightsUnread != "" || r.Operators != 5 || r.Weights != 1 || r.Elements != 12 {
		t.Errorf("second reading: %+v", r)
	}
	if !strings.HasPrefix(r.String(), "agrees") {
		t.Error(r)
	}
}

// TestInspectQuiet: neither reader writes anything to the terminal.
func TestInspectQuiet(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = w, w
	for _, name := range []string{"typed.onnx", "nchw_fixed.onnx", "nhwc_dynamic.onnx"} {
		_, err = Inspect(golden(t, name))
	}
	os.Stdout, os.Stderr = out, errs
	_ = w.Close()
	text := make([]byte, 100)
	if n, _ := r.Read(text); n > 0 || err != nil {
		t.Errorf("it printed %q, error %v", text[:n], err)
	}
}

// TestSecondReading: what onnx-go can object to, it does.
func TestSecondReading(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(m *Model)
	}{
		{"dead end", `value "dead" reaches no output`, func(m *Model) {
			m.Graph.Nodes = append(m.Graph.Nodes, &Node{Op: "Relu", Inputs: []string{"conv"}, Outputs: []string{"dead"}})
		}},
		{"cycle", "cycle", func(m *Model) { m.Graph.Nodes[1].Inputs[0] = "conv" }},
		{"float16", "does not read constants of type float16", func(m *Model) {
			m.Graph.Initializers[0] = NewFloat16s("w", []int64{4, 3, 1, 1}, make([]float32, 12))
		}},
		{"attribute", "onnx-go", func(m *Model) { _ = m.Graph.Nodes[1].Set("perm", &Graph{}) }},
		{"large", "would allocate", func(m *Model) { m.Graph.Inputs[0].Dims[1] = Dim{Size: 1 << 30} }},
	} {
		m := smallTrunk(t)
		c.change(m)
		x, err := Inspect(m.Encode())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := x.Second.String(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q in it", c.name, got, c.want)
		}
	}
}

// TestCostUnknown: work that cannot be followed is not reported as a number.
func TestCostUnknown(t *testing.T) {
	for want, change := range map[string]func(m *Model){
		"operator Loop is not known":  func(m *Model) { m.Graph.Nodes[3].Op = "Loop" },
		"Conv \"conv\" does not fit":  func(m *Model) { m.Graph.Initializers[0].Dims = []int64{4, 1, 3, 1} },
		"an input of unknown shape":   func(m *Model) { m.Graph.Nodes[2].Inputs[1] = "elsewhere" },
		"\"float\" lacks inputs or":   func(m *Model) { m.Graph.Nodes[0].Inputs = nil },
		"operator Transpose is not k": func(m *Model) { m.Graph.Nodes[1].Domain = "other" },
	} {
		m := smallTrunk(t)
		change(m)
		if c := m.cost(nil); c.MultiplyAdds != nil || !strings.Contains(strings.Join(c.Unknown, ";"), want) {
			t.Errorf("%+v, want %q in it", c, want)
		}
	}
}

// TestSharedTrunk inspects a real network. The multiply-adds are those that
// the shapes printed by onnx.shape_inference give.
func TestSharedTrunk(t *testing.T) {
	x, err := Inspect(sharedTrunk(t))
	if err != nil {
		t.Fatal(err)
	}
	if x.Cost.MultiplyAdds == nil || *x.Cost.MultiplyAdds != 5130256992 {
		t.Errorf("cost %+v", x.Cost)
	}
	if x.Nodes != 273 || x.Second.Operators != 273 || len(x.Second.Problems) != 0 || x.Second.Unread != "" {
		t.Errorf("%d nodes, %+v", x.Nodes, x.Second)
	}
	if !strings.Contains(x.NotTrunk, "graft trunk import") {
		t.Error(x.NotTrunk)
	}
}
