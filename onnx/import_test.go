package onnx

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var written = flag.String("trunk", "", "write the trunk imported from inception2015_mixed9.onnx to this file")

func operatorsOf(g *Graph) (list []string) {
	for _, n := range g.Nodes {
		list = append(list, n.Op)
	}
	return list
}

// TestImport takes three small networks of different layouts and opsets.
func TestImport(t *testing.T) {
	half := []float64{0.5}
	for _, c := range []struct {
		file      string
		o         ImportOptions
		input     string
		taps      []Tap
		operators string
	}{
		{"nchw_fixed.onnx", ImportOptions{Mean: half, Std: half, Output: "features"}, "uint8 n×16×16×3", []Tap{{Name: Features, Dim: 6}},
			"Cast Transpose Sub Mul Conv Relu Conv Relu GlobalAveragePool Reshape"},
		{"nchw_fixed.onnx", ImportOptions{Mean: half, Std: half, Output: "map", Taps: []string{"r1", "classes"}}, "uint8 n×16×16×3",
			[]Tap{{Name: Features, Dim: 6}, {Name: "r1", Dim: 4}, {Name: "classes", Dim: 5}},
			"Cast Transpose Sub Mul Conv Relu Conv Relu GlobalAveragePool Reshape Gemm GlobalAveragePool Flatten GlobalAveragePool Flatten"},
		{"nhwc_dynamic.onnx", ImportOptions{Mean: []float64{.4, .5, .6}, Std: half, Output: "classes"}, "uint8 n×16×16×3", []Tap{{Name: Features, Dim: 5}},
			"Cast Sub Mul Transpose Conv Relu Conv Relu GlobalAveragePool Flatten Gemm"},
		{"nchw_two.onnx", ImportOptions{Mean: half, Std: half, Layout: NCHW, Output: "classes"}, "uint8 n×16×16×3", []Tap{{Name: Features, Dim: 5}},
			"Cast Transpose Sub Mul Conv Relu Conv Relu GlobalAveragePool Flatten Gemm"},
	} {
		m, err := Import(decoded(t, golden(t, c.file)), c.o)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		m = decoded(t, m.Encode())
		d, err := DescribeTrunk(m)
		if err != nil || !slices.Equal(d.Taps, c.taps) || d.Crop != 16 || d.Resize != 18 || !d.Fixed || !d.Trained {
			t.Errorf("%s: %+v, %v", c.file, d, err)
		}
		if got := m.Graph.Inputs[0].String(); got != c.input {
			t.Errorf("%s: input %s", c.file, got)
		}
		if got := strings.Join(operatorsOf(m.Graph), " "); got != c.operators {
			t.Errorf("%s: operators\n%s, want\n%s", c.file, got, c.operators)
		}
		checkWhole(t, m)
	}
}

// checkWhole inspects a trunk: its shapes can be followed.
func checkWhole(t *testing.T, m *Model) {
	t.Helper()
	x, err := Inspect(m.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if x.Cost.MultiplyAdds == nil {
		t.Errorf("cost %+v", x.Cost)
	}
	s := m.Graph.inferShapes(batchOf(m.Graph, x.Cost.Side, 5))
	for _, tap := range x.Trunk.Taps {
		if got := s.dims[tap.Name]; !slices.Equal(got, []int64{5, int64(tap.Dim)}) {
			t.Errorf("%s has the shape %v for 5 images", tap.Name, got)
		}
	}
}

// TestImportNormalisation: the constants are those of x·scale on bytes.
func TestImportNormalisation(t *testing.T) {
	m, err := Import(decoded(t, golden(t, "nhwc_dynamic.onnx")), ImportOptions{Mean: []float64{128. / 255}, Std: []float64{.1, .2, .4}, Output: "classes"})
	if err != nil {
		t.Fatal(err)
	}
	mean, _ := m.Graph.Initializer("pixels.mean").Floats()
	scale, _ := m.Graph.Initializer("pixels.scale").Floats()
	want := []float32{1 / 25.5, 1 / 51., 1 / 102.}
	if !slices.Equal(mean, []float32{128}) || !slices.Equal(scale, want) {
		t.Errorf("mean %v, scale %v", mean, scale)
	}
}

func TestImportErrors(t *testing.T) {
	half := []float64{0.5}
	good := ImportOptions{Mean: half, Std: half, Output: "classes"}
	for _, c := range []struct {
		want   string
		change func(m *Model, o *ImportOptions)
	}{
		{"no mean given", func(_ *Model, o *ImportOptions) { o.Mean = nil }},
		{"no std given", func(_ *Model, o *ImportOptions) { o.Std = nil }},
		{"2 values of std", func(_ *Model, o *ImportOptions) { o.Std = []float64{1, 1} }},
		{"std 0 makes no sense", func(_ *Model, o *ImportOptions) { o.Std = []float64{0} }},
		{"is int8 1×3×16×16; graft imports models that take floating-point", func(m *Model, _ *ImportOptions) { m.Graph.Inputs[0].Type = Int8 }},
		{"takes pixels already", func(m *Model, _ *ImportOptions) { m.Graph.Inputs[0].Type, m.Graph.Inputs[0].Name = Uint8, Pixels }},
		{"takes four dimensions", func(m *Model, _ *ImportOptions) { m.Graph.Inputs[0].Dims = m.Graph.Inputs[0].Dims[:2] }},
		{`"classes" needs 2 inputs "image", "mask"`, func(m *Model, _ *ImportOptions) {
			m.Graph.Inputs = append(m.Graph.Inputs, &Value{Name: "mask", Type: Float32})
			m.Graph.Nodes[0].Inputs = append(m.Graph.Nodes[0].Inputs, "mask")
		}},
		{"16 channels in layout nhwc", func(_ *Model, o *ImportOptions) { o.Layout = NHWC }},
		{`layout "rgb"`, func(_ *Model, o *ImportOptions) { o.Layout = "rgb" }},
		{"layout cannot be inferred", func(m *Model, _ *ImportOptions) {
			m.Graph.Inputs[0].Dims[1].Size, m.Graph.Nodes[0].Op = -1, "Strange"
		}},
		{"images of 20×16 only (height×width)", func(m *Model, o *ImportOptions) { m.Graph.Inputs[0].Dims[2].Size, o.Crop = 20, 16 }},
		{"images of 16×16 only", func(_ *Model, o *ImportOptions) { o.Crop = 20 }},
		{`computes no value "x"; its outputs are "classes"`, func(_ *Model, o *ImportOptions) { o.Output = "x" }},
		{"not clear which becomes the features", func(m *Model, o *ImportOptions) {
			o.Output, m.Graph.Outputs = "", append(m.Graph.Outputs, &Value{Name: "map"})
		}},
		{`only output "classes" looks like class scores by its name: a Gemm to 5 values`, func(_ *Model, o *ImportOptions) { o.Output = "" }},
		{"draws random numbers (RandomUniformLike): it was exported as it is trained", func(m *Model, _ *ImportOptions) {
			first := m.Graph.Nodes[0]
			m.Graph.Nodes = slices.Insert(m.Graph.Nodes, 0, &Node{Op: "RandomUniformLike", Inputs: []string{first.Inputs[0]}, Outputs: []string{"noise"}})
			first.Inputs[0] = "noise"
		}},
		{"nothing to pool", func(_ *Model, o *ImportOptions) { o.Pool = PoolMean }},
		{"a map has no class token", func(_ *Model, o *ImportOptions) { o.Output, o.Pool = "map", PoolClass }},
		{`pool "avg"; known are cls, mean`, func(_ *Model, o *ImportOptions) { o.Pool = "avg" }},
		{"name is taken", func(_ *Model, o *ImportOptions) { o.Output, o.Taps = "map", []string{"features"} }},
		{"opset 6", func(m *Model, _ *ImportOptions) { m.Opsets[0].Version = 6 }},
		{"shape of \"classes\" cannot be inferred", func(m *Model, _ *ImportOptions) {
			m.Graph.Nodes[0].Op, m.Graph.Outputs[0].Dims = "Strange", nil
		}},
	} {
		m, o := decoded(t, golden(t, "nchw_fixed.onnx")), good
		m.Graph.Inputs = m.Graph.RealInputs()
		c.change(m, &o)
		if _, err := Import(m, o); err == nil || !strings.HasPrefix(err.Error(), "import: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q in it", err, c.want)
		}
	}
}

// TestImportFixedBatch: a batch that cannot be opened stays, if it is one.
func TestImportFixedBatch(t *testing.T) {
	o := ImportOptions{Mean: []float64{0}, Std: []float64{1}, Output: "classes"}
	m := decoded(t, golden(t, "nchw_fixed.onnx"))
	m.Graph.Nodes[0].Op, m.Graph.Nodes[0].Domain = "Strange", "test"
	got, err := Import(m, o)
	if err != nil {
		t.Fatal(err)
	}
	if s := got.Graph.Inputs[0].String(); s != "uint8 1×16×16×3" {
		t.Errorf("input %s", s)
	}
	if d, _ := DescribeTrunk(got); len(d.Notes) != 1 {
		t.Errorf("notes %q", d.Notes)
	}
	m = decoded(t, golden(t, "nchw_two.onnx"))
	m.Graph.Nodes[0].Op, m.Graph.Nodes[0].Domain = "Strange", "test"
	if _, err := Import(m, o); err == nil || !strings.Contains(err.Error(), "exactly 2 images") {
		t.Errorf("got %v", err)
	}
}

// TestImportLeavesModel: the model given is as it was.
func TestImportLeavesModel(t *testing.T) {
	m := decoded(t, golden(t, "nchw_fixed.onnx"))
	before := string(m.Encode())
	if _, err := Import(m, ImportOptions{Mean: []float64{0}, Std: []float64{1}, Output: "map", Taps: []string{"features_"}}); err == nil {
		t.Fatal("a tap that does not exist was found")
	}
	if _, err := Import(m, ImportOptions{Mean: []float64{0}, Std: []float64{1}, Output: "map"}); err != nil {
		t.Fatal(err)
	}
	if string(m.Encode()) != before {
		t.Error("Import changed its argument")
	}
}

// TestImportKeepsOutputs: a model's other outputs become taps, the early ones
// first, unless taps are named or none is wanted.
func TestImportKeepsOutputs(t *testing.T) {
	m := decoded(t, golden(t, "nchw_fixed.onnx"))
	for _, name := range []string{"map", "r1"} {
		m.Graph.Outputs = append(m.Graph.Outputs, &Value{Name: name, Type: Float32})
	}
	for _, c := range []struct{ named, want []string }{
		{nil, []string{"features", "r1", "map"}},
		{[]string{"map"}, []string{"features", "map"}},
		{[]string{}, []string{"features"}},
	} {
		trunk, err := Import(m, ImportOptions{Mean: []float64{0}, Std: []float64{1}, Output: "classes", Taps: c.named})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range decoded(t, trunk.Encode()).Graph.Outputs {
			got = append(got, v.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("taps %q: %q, want %q", c.named, got, c.want)
		}
	}
}

// TestImportShared imports the real network with all its taps.
func TestImportShared(t *testing.T) {
	m, err := Import(decoded(t, sharedTrunk(t)), ImportOptions{
		Mean: []float64{128. / 255}, Std: []float64{128. / 255}, Layout: NCHW, Output: "features",
		Name: "inception 2015", Resize: 342, Crop: 299,
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := DescribeTrunk(m)
	if want := []Tap{{Name: Features, Dim: 1280}, {Name: "mixed_2", Dim: 288}, {Name: "mixed_7", Dim: 768}, {Name: "mixed_8", Dim: 1280}}; err != nil || !slices.Equal(d.Taps, want) {
		t.Errorf("%+v, %v", d, err)
	}
	if got := m.Graph.Inputs[0].String(); got != "uint8 n×h×w×3" {
		t.Errorf("input %s", got)
	}
	checkWhole(t, m)
	if *written != "" {
		if err := os.WriteFile(*written, m.Encode(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
