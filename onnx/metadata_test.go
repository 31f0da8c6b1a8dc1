package onnx

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// smallTrunk is a trunk that averages the three colours.
func smallTrunk(t testing.TB) *Model {
	t.Helper()
	b := NewBuilder("small")
	x := b.Input(Pixels, Uint8, "n", "h", "w", 3)
	x = b.Op("Cast", "float", x)
	b.Attr("to", int(Float32))
	x = b.Op("Transpose", "turned", x)
	b.Attr("perm", []int{0, 3, 1, 2})
	x = b.Op("Conv", "conv", x, b.Const("w", []int64{4, 3, 1, 1}, make([]float32, 12)))
	x = b.Op("GlobalAveragePool", "pool", x)
	x = b.Op("Flatten", Features, x)
	b.Output(x, Float32, "n", 4)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	smallDescription.Describe(m)
	return m
}

var smallDescription = Trunk{Name: "small", Source: "seed 0", Resize: 12, Crop: 10, Licence: "none",
	Taps: []Tap{{Name: Features, Dim: 4}}, Notes: []string{"untrained"}}

func TestDescribeTrunk(t *testing.T) {
	m := decoded(t, smallTrunk(t).Encode())
	got, err := DescribeTrunk(m)
	if err != nil || !reflect.DeepEqual(got, smallDescription) {
		t.Errorf("%+v, %v", got, err)
	}
	if got.Dim("") != 4 || got.Dim(Features) != 4 || got.Dim("other") != 0 {
		t.Error("Dim")
	}
}

func TestNotATrunk(t *testing.T) {
	for want, change := range map[string]func(m *Model){
		`input "x" is float32 n×3×299×299, not pixels (uint8 n×h×w×3)`: func(m *Model) {
			m.Graph.Inputs[0] = &Value{Name: "x", Type: Float32, Dims: []Dim{{Size: -1, Name: "n"}, {Size: 3}, {Size: 299}, {Size: 299}}}
		},
		"has 2 inputs":              func(m *Model) { m.Graph.Inputs = append(m.Graph.Inputs, &Value{Name: "y"}) },
		"has no description":        func(m *Model) { m.Properties = nil },
		"it is a head, not a trunk": func(m *Model) { m.SetLabels(KindHead, []string{"a"}) },
		`format "2"`:                func(m *Model) { m.SetProperty(KeyFormat, "2") },
		"no graft.trunk":            func(m *Model) { m.SetProperty(KeyTrunk, "") },
		"description in":            func(m *Model) { m.SetProperty(KeyTrunk, "{") },
		"make no sense":             func(m *Model) { m.SetProperty(KeyTrunk, "{}") },
		"does not begin its taps":   func(m *Model) { m.SetProperty(KeyTrunk, `{"crop":1}`) },
		`has no output "features"`:  func(m *Model) { m.Graph.Outputs[0].Name = "y" },
		`says float32 n×4`:          func(m *Model) { m.Graph.Outputs[0].Dims[1].Size = 5 },
	} {
		m := smallTrunk(t)
		change(m)
		_, err := DescribeTrunk(m)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
		var not *NotTrunkError
		importable := strings.Contains(want, "not pixels") || want == "has no description"
		if got := errors.As(err, &not) && not.Importable; got != importable {
			t.Errorf("%v: importable %v, want %v", err, got, importable)
		}
	}
}

func TestLabels(t *testing.T) {
	m := smallTrunk(t)
	if _, err := m.Labels(); err == nil {
		t.Error("a trunk has labels")
	}
	want := []string{"a,b", `"c"`, "é"}
	m.SetLabels(KindHead, want)
	if got, err := decoded(t, m.Encode()).Labels(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	m.SetProperty(KeyLabels, "a,b")
	if _, err := m.Labels(); err == nil {
		t.Error("labels that are not JSON were read")
	}
}
