package headmodel

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"graft/onnx"

	onnxgo "github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend/x/gorgonnx"
	"gorgonia.org/tensor"
)

// someLinear is a head with made-up weights, always the same for a size.
func someLinear(c, d int) Linear {
	r := rand.New(rand.NewPCG(uint64(c), uint64(d)))
	l := Linear{Dim: d, Weights: make([]float32, c*d), Bias: make([]float32, c), Properties: map[string]string{
		onnx.KeyTransform: `{"resize":342}`, onnx.KeyTraining: "record", onnx.KeyFingerprint: "abc", "graft.other": "kept",
	}}
	for i := range c {
		l.Labels = append(l.Labels, string(rune('a'+i)))
		l.Bias[i] = float32(r.NormFloat64())
	}
	for i := range l.Weights {
		l.Weights[i] = float32(0.1 * r.NormFloat64())
	}
	return l
}

func someFeatures(n, d int) []float32 {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// softmax of x·Wᵀ + b in float64, the definition.
func (l Linear) predict(x []float32) []float64 {
	c := len(l.Labels)
	var p []float64
	for i := 0; i < len(x); i += l.Dim {
		z, top := make([]float64, c), math.Inf(-1)
		for k := range c {
			z[k] = float64(l.Bias[k])
			for j := range l.Dim {
				z[k] += float64(l.Weights[k*l.Dim+j]) * float64(x[i+j])
			}
			top = max(top, z[k])
		}
		p = append(p, softmax(z, 1)...)
	}
	return p
}

func softmax(z []float64, temperature float64) []float64 {
	var sum float64
	p := make([]float64, len(z))
	for i := range z {
		p[i] = math.Exp((z[i] - z[0]) / temperature)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// encoded writes a model and reads it again.
func encoded(t testing.TB, h Head) (*onnx.Model, []byte) {
	t.Helper()
	m, err := h.Model()
	if err != nil {
		t.Fatal(err)
	}
	file := m.Encode()
	back, err := onnx.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return back, file
}

func TestLinearRoundTrip(t *testing.T) {
	want := someLinear(3, 5)
	m, file := encoded(t, want)
	got, err := readLinear(m)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, again := encoded(t, got); !bytes.Equal(again, file) {
		t.Error("the same head has other bytes")
	}
	h, err := ReadHead(m)
	if err != nil || h.Kind() != "linear" {
		t.Errorf("%v, %v", h, err)
	}
	if m.Kind() != onnx.KindHead || m.Opset() != 13 || m.IRVersion != 8 {
		t.Errorf("kind %q, opset %d, IR %d", m.Kind(), m.Opset(), m.IRVersion)
	}
}

// TestLinearInPureGo runs the exported head through onnx-go's Gorgonia
// backend: another reader and another arithmetic, no shared library.
func TestLinearInPureGo(t *testing.T) {
	for _, size := range []struct{ n, c, d int }{{1, 2, 4}, {5, 3, 16}, {7, 10, 2048}} {
		l := someLinear(size.c, size.d)
		for i := range l.Weights {
			l.Weights[i] /= float32(math.Sqrt(float64(size.d)))
		}
		_, file := encoded(t, l)
		backend := gorgonnx.NewGraph()
		model := onnxgo.NewModel(backend)
		if err := model.UnmarshalBinary(file); err != nil {
			t.Fatal(err)
		}
		x := someFeatures(size.n, size.d)
		if err := model.SetInput(0, tensor.New(tensor.WithShape(size.n, size.d), tensor.WithBacking(x))); err != nil {
			t.Fatal(err)
		}
		if err := backend.Run(); err != nil {
			t.Fatal(err)
		}
		out, err := model.GetOutputTensors()
		if err != nil {
			t.Fatal(err)
		}
		near(t, out[0].Data().([]float32), l.predict(x), 1e-6)
	}
}

func near(t *testing.T, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	for i := range got {
		if d := math.Abs(float64(got[i]) - want[i]); !(d <= tolerance) {
			t.Fatalf("value %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestLinearErrors(t *testing.T) {
	for want, change := range map[string]func(l *Linear){
		"1 classes, want at least 2":    func(l *Linear) { l.Labels = l.Labels[:1] },
		`class name "a" is empty or oc`: func(l *Linear) { l.Labels[1] = "a" },
		"15 weights and 3 biases for 3": func(l *Linear) { l.Dim = 6 },
		"want 15 and 3":                 func(l *Linear) { l.Bias = nil },
		"training has diverged":         func(l *Linear) { l.Weights[4] = float32(math.NaN()) },
		"is reserved":                   func(l *Linear) { l.Properties[onnx.KeyLabels] = "x" },
	} {
		l := someLinear(3, 5)
		change(&l)
		if _, err := l.Model(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestNotAHead(t *testing.T) {
	for want, change := range map[string]func(m *onnx.Model){
		"not a head that graft wrote":        func(m *onnx.Model) { m.Properties = nil },
		"it is a trunk, not a head":          func(m *onnx.Model) { m.SetProperty(onnx.KeyKind, onnx.KindTrunk) },
		`format "9"`:                         func(m *onnx.Model) { m.SetProperty(onnx.KeyFormat, "9") },
		"its input is not features":          func(m *onnx.Model) { m.Graph.Inputs = nil },
		`no output "probabilities"`:          func(m *onnx.Model) { m.Graph.Outputs = nil },
		"operators are [Gemm]":               func(m *onnx.Model) { m.Graph.Nodes = m.Graph.Nodes[:1] },
		"its Gemm takes":                     func(m *onnx.Model) { m.Graph.Nodes[0].Attributes = nil },
		"no class names":                     func(m *onnx.Model) { m.SetProperty(onnx.KeyLabels, "") },
		`constant "weight" is float32 [3 5]`: func(m *onnx.Model) { m.SetLabels(onnx.KindHead, []string{"a", "b"}) },
		`no constant "bias"`:                 func(m *onnx.Model) { m.Graph.Initializers = m.Graph.Initializers[:1] },
	} {
		m, _ := encoded(t, someLinear(3, 5))
		change(m)
		if _, err := ReadHead(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
