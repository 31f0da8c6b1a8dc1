package crosscheck

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/onnx"
)

func golden(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "golden", "onnx", name)) // made by scripts/goldens/clients.py
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// network is a graph of five nodes with one constant of 12 elements.
func network(t *testing.T) *onnx.Model {
	t.Helper()
	b := onnx.NewBuilder("small")
	x := b.Input("pixels", onnx.Uint8, "n", "h", "w", 3)
	x = b.Op("Cast", "float", x)
	b.Attr("to", int(onnx.Float32))
	x = b.Op("Transpose", "turned", x)
	b.Attr("perm", []int{0, 3, 1, 2})
	x = b.Op("Conv", "conv", x, b.Const("w", []int64{4, 3, 1, 1}, make([]float32, 12)))
	x = b.Op("GlobalAveragePool", "pool", x)
	x = b.Op("Flatten", "features", x)
	b.Output(x, onnx.Float32, "n", 4)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// checked reads a file twice.
func checked(t *testing.T, file []byte) SecondReading {
	t.Helper()
	x, err := onnx.Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	return Check(file, x)
}

func TestCheckAgrees(t *testing.T) {
	r := checked(t, network(t).Encode())
	if r.Unread != "" || len(r.Problems) != 0 || r.WeightsUnread != "" || r.Operators != 5 || r.Weights != 1 || r.Elements != 12 {
		t.Errorf("%+v", r)
	}
	if !strings.HasPrefix(r.String(), "agrees") {
		t.Error(r)
	}
}

// TestCheckImported: onnx-go agrees about what Import makes of models of other
// writers, too.
func TestCheckImported(t *testing.T) {
	for _, name := range []string{"nchw_fixed.onnx", "nhwc_dynamic.onnx", "nchw_two.onnx"} {
		m, err := onnx.Decode(golden(t, name))
		if err != nil {
			t.Fatal(err)
		}
		o := onnx.ImportOptions{Mean: []float64{0.5}, Std: []float64{0.5}, Output: m.Graph.Outputs[0].Name}
		if name == "nchw_two.onnx" {
			o.Layout = onnx.NCHW
		}
		if m, err = onnx.Import(m, o); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r := checked(t, m.Encode()); r.Unread != "" || len(r.Problems) != 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestCheckQuiet: onnx-go writes nothing to the terminal.
func TestCheckQuiet(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = w, w
	for _, name := range []string{"typed.onnx", "nchw_fixed.onnx", "nhwc_dynamic.onnx"} {
		checked(t, golden(t, name))
	}
	os.Stdout, os.Stderr = out, errs
	_ = w.Close()
	text := make([]byte, 100)
	if n, _ := r.Read(text); n > 0 {
		t.Errorf("it printed %q", text[:n])
	}
}

// TestCheckDisagrees: what onnx-go can object to, it does.
func TestCheckDisagrees(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(m *onnx.Model)
	}{
		{"dead end", `value "dead" reaches no output`, func(m *onnx.Model) {
			m.Graph.Nodes = append(m.Graph.Nodes, &onnx.Node{Op: "Relu", Inputs: []string{"conv"}, Outputs: []string{"dead"}})
		}},
		{"cycle", "cycle", func(m *onnx.Model) { m.Graph.Nodes[1].Inputs[0] = "conv" }},
		{"float16", "does not read constants of type float16", func(m *onnx.Model) {
			m.Graph.Initializers[0] = onnx.NewFloat16s("w", []int64{4, 3, 1, 1}, make([]float32, 12))
		}},
		{"attribute", "onnx-go", func(m *onnx.Model) { _ = m.Graph.Nodes[1].Set("perm", &onnx.Graph{}) }},
		{"large", "would allocate", func(m *onnx.Model) { m.Graph.Inputs[0].Dims[1] = onnx.Dim{Size: 1 << 30} }},
	} {
		m := network(t)
		c.change(m)
		if got := checked(t, m.Encode()).String(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q in it", c.name, got, c.want)
		}
	}
}

// TestCheckCounts: numbers that differ from those of the inspection are
// problems.
func TestCheckCounts(t *testing.T) {
	file := network(t).Encode()
	x, err := onnx.Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	x.Parameters++
	x.Operators[0].Count++
	x.Operators = x.Operators[:4]
	if r := Check(file, x); len(r.Problems) != 3 {
		t.Errorf("problems %q, want 3", r.Problems)
	}
}

// TestCheckSharedTrunk reads a real network that lies beside the project where
// it is developed.
func TestCheckSharedTrunk(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "trunks", "inception2015_mixed9.onnx"))
	if err != nil {
		t.Skip("the foreign trunk inception2015_mixed9.onnx is not beside the project")
	}
	if r := checked(t, file); r.Operators != 273 || len(r.Problems) != 0 || r.Unread != "" {
		t.Errorf("%+v", r)
	}
}
