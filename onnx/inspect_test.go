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
	if x.Cost.Layers != 1200 || x.Cost.HalfBytes != 24 || x.Cost.Int8Bytes != 12 {
		t.Errorf("cost %+v", x.Cost)
	}
	if x.Parameters != 12 || x.Nodes != 5 || len(x.Operators) != 5 || x.Kind != KindTrunk || x.NotTrunk != "" {
		t.Errorf("%+v", x)
	}
	if x.Inputs[0].Shape != "n×h×w×3" || x.Outputs[0].Dims[1] != 4 {
		t.Errorf("ports %+v %+v", x.Inputs, x.Outputs)
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
	if x.Nodes != 273 {
		t.Errorf("%d nodes", x.Nodes)
	}
	if !strings.Contains(x.NotTrunk, "not pixels") || !x.Importable {
		t.Error(x.NotTrunk)
	}
}

// TestInspectNets: what a model of today's exporters is, and what could become
// its features.
func TestInspectNets(t *testing.T) {
	for name, want := range map[string]struct {
		candidate string
		tokens    bool
	}{
		"vit_old.onnx":         {"output", false},
		"vit_logits.onnx":      {"/Gather_1_output_0", false},
		"tokens_cls.onnx":      {"output", true},
		"two_inputs.onnx":      {"image_embeds", false},
		"conv_logits.onnx":     {"mean_1", false},
		"windows_dynamo1.onnx": {"output", false},
	} {
		x, err := Inspect(golden(t, filepath.Join("nets", name)))
		if err != nil || !x.Importable || len(x.Candidates) == 0 {
			t.Errorf("%s: %+v, %v", name, x, err)
			continue
		}
		if c := x.Candidates[0]; c.Name != want.candidate || c.Tokens != want.tokens || c.Scores || c.Why == "" {
			t.Errorf("%s: %+v", name, c)
		}
		if x.Cost.MultiplyAdds == nil || *x.Cost.MultiplyAdds < 10000 || x.Cost.Side != 32 || x.Cost.Layers > *x.Cost.MultiplyAdds || x.Cost.Layers == 0 || !strings.HasPrefix(x.Producer, "pytorch 2.") {
			t.Errorf("%s: %+v by %s", name, x.Cost, x.Producer)
		}
	}
}
