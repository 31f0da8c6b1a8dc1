package headmodel

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/onnx"
	"graft/onnx/crosscheck"
)

// someTrunk is a small trunk with a tap. Its inner names collide with those
// that heads and merged models use.
func someTrunk(t testing.TB) *onnx.Model {
	t.Helper()
	b := onnx.NewBuilder("small")
	b.Opset(17)
	x := b.Input(onnx.Pixels, onnx.Uint8, "n", "h", "w", 3)
	x = b.Op("Cast", "head/weight", x)
	b.Attr("to", int(onnx.Float32))
	x = b.Op("Mul", "scaled", x, b.Const("scale", nil, []float32{1. / 128}))
	x = b.Op("Transpose", "logits", x)
	b.Attr("perm", []int{0, 3, 1, 2})
	x = b.Op("Conv", "bias", x, b.Const("weight", []int64{6, 3, 3, 3}, someFeatures(6, 27)), b.Const("b", []int64{6}, someFeatures(1, 6)))
	x = b.Op("Relu", "probabilities", x)
	y := b.Op("GlobalAveragePool", "pool", x)
	b.Op("Flatten", "early", y)
	x = b.Op("Conv", "late", x, b.Const("late.w", []int64{8, 6, 1, 1}, someFeatures(8, 6)))
	x = b.Op("GlobalMaxPool", "pool2", x)
	b.Op("Flatten", onnx.Features, x)
	b.Output(onnx.Features, onnx.Float32, "n", 8)
	b.Output("early", onnx.Float32, "n", 6)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	onnx.Trunk{Name: "small", Source: "made up", Resize: 12, Crop: 10, Licence: "free",
		Taps: []onnx.Tap{{Name: onnx.Features, Dim: 8}, {Name: "early", Dim: 6}}}.Describe(m)
	return m
}

func merged(t testing.TB, trunk *onnx.Model, h Head, o MergeOptions) *onnx.Model {
	t.Helper()
	head, err := h.Model()
	if err != nil {
		t.Fatal(err)
	}
	before := string(trunk.Encode()) + string(head.Encode())
	m, err := Merge(trunk, head, o)
	if err != nil {
		t.Fatal(err)
	}
	if string(trunk.Encode())+string(head.Encode()) != before {
		t.Error("Merge changed its arguments")
	}
	back, err := onnx.Decode(m.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func onTap(l Linear, tap string) Linear {
	l.Properties[onnx.KeyTap] = tap
	return l
}

func TestMerge(t *testing.T) {
	knn := someKNN(9, 6)
	knn.Properties[onnx.KeyTap] = "early"
	for _, c := range []struct {
		head    Head
		o       MergeOptions
		outputs string
		nodes   int
	}{
		{someLinear(3, 8), MergeOptions{}, "probabilities float32 n×3", 10},
		{someLinear(3, 8), MergeOptions{Features: true, Logits: true, Fingerprint: "abc"},
			"probabilities float32 n×3, features float32 n×8, logits float32 n×3", 10},
		{onTap(someLinear(2, 6), "early"), MergeOptions{Features: true}, "probabilities float32 n×2, features float32 n×6", 9},
		{knn, MergeOptions{}, "probabilities float32 n×3", 7 + 14},
	} {
		m := merged(t, someTrunk(t), c.head, c.o)
		var outputs []string
		for _, v := range m.Graph.Outputs {
			outputs = append(outputs, v.Name+" "+v.String())
		}
		if got := strings.Join(outputs, ", "); got != c.outputs {
			t.Errorf("outputs %s, want %s", got, c.outputs)
		}
		if len(m.Graph.Nodes) != c.nodes || m.Opset() != 17 {
			t.Errorf("%d nodes, want %d; opset %d", len(m.Graph.Nodes), c.nodes, m.Opset())
		}
		checkNames(t, m.Graph)
		if err := CheckClassifier(m); err != nil {
			t.Error(err)
		}
		file := m.Encode()
		x, err := onnx.Inspect(file)
		if err != nil || x.Cost.MultiplyAdds == nil {
			t.Fatalf("%+v, %v", x, err)
		}
		if r := crosscheck.Check(file, x); len(r.Problems) > 0 || r.Unread != "" {
			t.Errorf("second reading: %+v", r)
		}
	}
}

// checkNames checks that every value is defined once, before it is used.
func checkNames(t *testing.T, g *onnx.Graph) {
	t.Helper()
	known := map[string]bool{onnx.Pixels: true}
	define := func(name string) {
		if known[name] {
			t.Errorf("%q is defined twice", name)
		}
		known[name] = true
	}
	for _, w := range g.Initializers {
		define(w.Name)
	}
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			if !known[in] {
				t.Errorf("%s %q takes %q before it is there", n.Op, n.Name, in)
			}
		}
		for _, out := range n.Outputs {
			define(out)
		}
	}
}

func TestMergeMetadata(t *testing.T) {
	l := someLinear(3, 8)
	l.Properties[onnx.KeyLicence] = "of the head"
	m := merged(t, someTrunk(t), l, MergeOptions{})
	for key, want := range map[string]string{
		onnx.KeyKind: onnx.KindClassifier, onnx.KeyLabels: `["a","b","c"]`, onnx.KeyTransform: `{"resize":342}`,
		onnx.KeyFingerprint: "abc", onnx.KeyLicence: "free\nof the head", "graft.other": "kept",
	} {
		if got := m.Property(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if d, err := m.StoredTrunk(); err != nil || d.Name != "small" || d.Crop != 10 {
		t.Errorf("%+v, %v", d, err)
	}
	if m = merged(t, someTrunk(t), l, MergeOptions{Licence: "mine"}); m.Property(onnx.KeyLicence) != "mine" {
		t.Error(m.Property(onnx.KeyLicence))
	}
}

func TestMergeErrors(t *testing.T) {
	knn := someKNN(9, 8)
	knn.Properties = nil
	for _, c := range []struct {
		want   string
		head   Head
		o      MergeOptions
		change func(trunk, head *onnx.Model)
	}{
		{"the head takes 5 features", someLinear(3, 5), MergeOptions{}, nil},
		{`trained on the tap "none"`, onTap(someLinear(3, 8), "none"), MergeOptions{}, nil},
		{"trained on the trunk with SHA-256 abc", someLinear(3, 8), MergeOptions{Fingerprint: "def"}, nil},
		{"a knn head has no logits", knn, MergeOptions{Logits: true}, nil},
		{"the trunk is written in opset 9", someLinear(3, 8), MergeOptions{}, func(trunk, _ *onnx.Model) { trunk.Opsets[0].Version = 9 }},
		{"merge: the trunk: ", someLinear(3, 8), MergeOptions{}, func(trunk, _ *onnx.Model) { trunk.Properties = nil }},
		{"merge: the head: ", someLinear(3, 8), MergeOptions{}, func(_, head *onnx.Model) { head.Properties = nil }},
	} {
		trunk := someTrunk(t)
		head, err := c.head.Model()
		if err != nil {
			t.Fatal(err)
		}
		if c.change != nil {
			c.change(trunk, head)
		}
		if _, err := Merge(trunk, head, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q in it", err, c.want)
		}
	}
	if err := CheckClassifier(someTrunk(t)); err == nil {
		t.Error("a trunk passes as a classifier")
	}
}

var clients = flag.String("clients", "", "write models for scripts/reference.py clients into this folder")

// TestWriteForClients writes one model of each kind, with what other tools
// should find, into the folder that the flag names.
func TestWriteForClients(t *testing.T) {
	if *clients == "" {
		t.Skip("writes files only for scripts/reference.py clients")
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(*clients, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const n, side = 4, 10
	pixels := make([]byte, n*side*side*3)
	for i := range pixels {
		pixels[i] = byte(i * i / 7)
	}
	write("pixels.raw", pixels)
	trunk := someTrunk(t)
	write("trunk.onnx", trunk.Encode())

	knn := someKNN(9, 6)
	knn.Properties[onnx.KeyTap] = "early"
	for name, h := range map[string]interface {
		Head
		predict([]float32) []float64
	}{"linear": someLinear(3, 8), "early": onTap(someLinear(2, 6), "early"), "knn": knn} {
		m, file := encoded(t, h)
		write("head_"+name+".onnx", file)
		tap, d := tapOf(m), int(m.Graph.Input(onnx.Features).Dims[1].Size)
		x := someFeatures(5, d)
		clear(x[:d]) // a black image must not divide by zero
		p := slices.Collect(slices.Chunk(h.predict(x), len(h.predict(x))/5))
		write("head_"+name+".json", asJSON(t, map[string]any{"features": slices.Collect(slices.Chunk(x, d)), "probabilities": p}))
		write("merged_"+name+".onnx", merged(t, trunk, h, MergeOptions{Features: true, Logits: h.Kind() == "linear"}).Encode())
		write("merged_"+name+".json", asJSON(t, map[string]string{
			"pixels": "pixels.raw", "size": fmt.Sprintf("%d,%d,%d", n, side, side), "tap": tap, "head": "head_" + name + ".onnx"}))
	}
}

// TestWriteImported writes trunks imported from the small foreign models.
func TestWriteImported(t *testing.T) {
	if *clients == "" {
		t.Skip("writes files only for scripts/reference.py clients")
	}
	const folder = "../../testdata/golden/onnx"
	for i, c := range []struct{ model, output, layout string }{
		{"nchw_fixed", "features", onnx.NCHW}, {"nchw_fixed", "map", onnx.NCHW}, {"nchw_two", "classes", onnx.NCHW},
		{"nhwc_dynamic", "classes", onnx.NHWC}, {"nhwc_dynamic", "map", onnx.NHWC},
	} {
		file, err := os.ReadFile(filepath.Join(folder, c.model+".onnx"))
		if err != nil {
			t.Fatal(err)
		}
		foreign, err := onnx.Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		mean, std := []float64{0.5, 0.4, 0.3}, []float64{0.2}
		m, err := onnx.Import(foreign, onnx.ImportOptions{Mean: mean, Std: std, Layout: c.layout, Output: c.output})
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(*clients, fmt.Sprintf("import_%d", i))
		if err := errors.Join(os.WriteFile(name+".onnx", m.Encode(), 0o644), os.WriteFile(name+".json", asJSON(t, map[string]any{
			"model": c.model, "output": c.output, "layout": c.layout, "mean": mean, "std": std}), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
