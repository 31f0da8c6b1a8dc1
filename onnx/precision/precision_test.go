package precision

import (
	"math"
	"slices"
	"strings"
	"testing"

	"graft/onnx"
)

// side is the height and width of the test network's images.
const side = 11

// A trial network has a convolution that takes the pixels, pools, a
// concatenation of three branches, one of which has an operator without an
// integer form, and an addition.
type networkOptions struct {
	normalise func(b *onnx.Builder, x string) string // in front; nil: none
	pad       int64                                  // of the first convolution
	opset     int64                                  // 0: 13
	halfStore bool                                   // weights are stored in float16 and cast
}

func network(t *testing.T, o networkOptions) *onnx.Model {
	t.Helper()
	b := onnx.NewBuilder("trial")
	if o.opset != 0 {
		b.Opset(o.opset)
	}
	conv := func(x, name string, in, out, k, pad int64) string {
		dims := []int64{out, in, k, k}
		w := weights(int(out*in*k*k), 0.5)
		weight := name + ".w"
		if o.halfStore {
			b.Op("Cast", weight, b.Tensor(onnx.NewFloat16s(name+".w16", dims, w)))
			b.Attr("to", int64(onnx.Float32))
		} else {
			b.Const(weight, dims, w)
		}
		bias := b.Const(name+".b", []int64{out}, weights(int(out), 0.1))
		b.Op("Conv", name, x, weight, bias)
		b.Attr("pads", []int64{pad, pad, pad, pad})
		return name
	}
	relu := func(x string) string { return b.Op("Relu", x+".relu", x) }
	window := func(op, x, name string, pad int64) string {
		b.Op(op, name, x)
		b.Attr("kernel_shape", []int64{3, 3})
		b.Attr("pads", []int64{pad, pad, pad, pad})
		return name
	}
	x := b.Op("Transpose", "planes", b.Input(onnx.Pixels, onnx.Uint8, "n", "h", "w", 3))
	b.Attr("perm", []int64{0, 3, 1, 2})
	x = b.Op("Cast", "input", x)
	b.Attr("to", int64(onnx.Float32))
	if o.normalise != nil {
		x = o.normalise(b, x)
	} else {
		x = b.Op("Mul", "scaled", x, b.Const("by", nil, []float32{1.0 / 64}))
	}
	x = relu(conv(x, "first", 3, 6, 3, o.pad))
	x = window("MaxPool", x, "max", 0)
	branch1 := relu(conv(x, "one", 6, 4, 1, 0))
	branch2 := conv(window("AveragePool", x, "around", 1), "two", 6, 3, 3, 1) // may be negative
	branch3 := relu(conv(b.Op("Sigmoid", "sigmoid", conv(x, "three", 6, 4, 1, 0)), "four", 4, 4, 3, 1))
	x = b.Op("Concat", "join", branch1, branch2, branch3)
	b.Attr("axis", 1)
	x = b.Op("Add", "sum", conv(x, "left", 11, 5, 3, 1), conv(x, "right", 11, 5, 1, 0))
	x = relu(x)
	b.Op("GlobalAveragePool", "pooled", x)
	b.Op("Flatten", onnx.Features, "pooled")
	b.Output(onnx.Features, onnx.Float32, "n", 5)
	m, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	onnx.Trunk{Name: "trial", Trained: true, Resize: side, Crop: side, Taps: []onnx.Tap{{Name: onnx.Features, Dim: 5}}}.Describe(m)
	return m
}

// measured analyses a model and calibrates it on some images.
func measured(t *testing.T, m *onnx.Model) (*Network, *Calibration) {
	t.Helper()
	n, err := Analyse(m)
	if err != nil {
		t.Fatal(err)
	}
	c := n.Calibrate()
	for k := range 6 {
		values := run(t, n.Model(), noise(k, side), side)
		var rows [][]float32
		for _, name := range n.Activations() {
			rows = append(rows, narrow(values[name].data))
		}
		if err := c.Add(rows); err != nil {
			t.Fatal(err)
		}
	}
	return n, c
}

// normalised subtracts and scales by channel, after the planes.
func normalised(mean, scale []float32) func(*onnx.Builder, string) string {
	return func(b *onnx.Builder, x string) string {
		dims := func(v []float32) []int64 { return []int64{int64(len(v)), 1, 1} }
		x = b.Op("Sub", "centred", x, b.Const("mean", dims(mean), mean))
		return b.Op("Mul", "scaled", x, b.Const("scale", dims(scale), scale))
	}
}

var networks = map[string]networkOptions{
	"plain":           {},
	"normalised":      {normalise: normalised([]float32{120, 110, 100.5}, []float32{1. / 58, 1. / 60, 1. / 57})},
	"padded, whole":   {normalise: normalised([]float32{128}, []float32{1. / 128}), pad: 1},
	"padded, by hand": {normalise: normalised([]float32{120, 110, 100.5}, []float32{1. / 58}), pad: 1},
	"old opset":       {opset: 11},
	"stored in half":  {halfStore: true},
}

// TestQuantized runs the quantised network in exact arithmetic. Each of its
// layers rounds to 8 bits, so its features differ by about a percent.
func TestQuantized(t *testing.T) {
	for name, o := range networks {
		trunk := network(t, o)
		n, c := measured(t, trunk)
		for _, method := range Methods {
			m, err := n.Quantize(c, Options{Method: method})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if m.Opset() != 13 || m.Graph.Arithmetic() != onnx.Int8 {
				t.Errorf("%s: opset %d, computes in %s", name, m.Opset(), m.Graph.Arithmetic())
			}
			again, err := onnx.Decode(m.Encode())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			want, got := run(t, trunk, noise(9, side), side), run(t, again, noise(9, side), side)
			if d := distance(got[onnx.Features].data, want[onnx.Features].data); !(d < 0.03) {
				t.Errorf("%s, %s: features differ by %.3f of their length", name, method, d)
			}
		}
	}
}

// distance is |a−b| as a part of |b|.
func distance(a, b []float64) float64 {
	var d, l float64
	for i := range b {
		d += (a[i] - b[i]) * (a[i] - b[i])
		l += b[i] * b[i]
	}
	return math.Sqrt(d / l)
}

// TestQuantizedForm checks what runtimes need in order to compute in integers.
func TestQuantizedForm(t *testing.T) {
	n, c := measured(t, network(t, networks["plain"]))
	m, err := n.Quantize(c, Options{Method: MinMax})
	if err != nil {
		t.Fatal(err)
	}
	makes, takes := map[string]*onnx.Node{}, users(m.Graph)
	for _, node := range m.Graph.Nodes {
		makes[node.Outputs[0]] = node
	}
	for _, node := range m.Graph.Nodes {
		switch node.Op {
		case "Conv", "MaxPool", "Concat", "Add", "AveragePool":
			for _, in := range node.Inputs {
				if makes[in] == nil || makes[in].Op != "DequantizeLinear" {
					t.Errorf("%s %q takes %q, which is not dequantised", node.Op, node.Name, in)
				}
			}
			if next := takes[node.Outputs[0]]; len(next) != 1 || next[0].Op != "QuantizeLinear" && next[0].Op != "Relu" {
				t.Errorf("%s %q is not quantised", node.Op, node.Name)
			}
		}
		if node.Op == "Conv" && m.Graph.Initializer(makes[node.Inputs[1]].Inputs[0]).Type != onnx.Int8 {
			t.Errorf("%q has no int8 weights", node.Name)
		}
		if node.Op == "Concat" || node.Op == "MaxPool" {
			out := takes[node.Outputs[0]][0].Inputs[1]
			for _, in := range node.Inputs {
				if scale := makes[in].Inputs[1]; scale != out {
					t.Errorf("%s %q takes in units of %q and gives in units of %q", node.Op, node.Name, scale, out)
				}
			}
		}
	}
	if list := n.Float(); len(list) != 1 || list[0] != `Sigmoid "sigmoid"` {
		t.Errorf("stays float: %v", list)
	}
	pixels := noise(3, side)
	values := run(t, m, pixels, side)
	if want := planes(array{[]int{1, side, side, 3}, values[onnx.Pixels].data}); !slices.Equal(values["scaled"].data, want.data) {
		t.Error("the first convolution does not get the pixels as they are")
	}
}

// TestKept: a convolution kept has its own weights, and one that takes the
// pixels those with the normalisation folded in.
func TestKept(t *testing.T) {
	for name, o := range networks {
		trunk := network(t, o)
		n, c := measured(t, trunk)
		m, err := n.Quantize(c, Options{Method: MinMax, Keep: n.Convolutions()})
		if err != nil {
			t.Fatal(err)
		}
		for _, node := range m.Graph.Nodes {
			if node.Op == "Conv" && m.Graph.Initializer(node.Inputs[1]) == nil {
				t.Errorf("%s: %q is quantised", name, node.Name)
			}
		}
		want, got := run(t, trunk, noise(9, side), side), run(t, m, noise(9, side), side)
		if d := distance(got["first.relu"].data, want["first.relu"].data); !(d < 0.008) {
			t.Errorf("%s: the first layer differs by %.4f", name, d)
		}
	}
}

// TestReducedRange: 7 bits leave products of a byte and two weights in 16.
func TestReducedRange(t *testing.T) {
	n, c := measured(t, network(t, networks["plain"]))
	m, err := n.Quantize(c, Options{Method: MinMax, ReducedRange: true})
	if err != nil {
		t.Fatal(err)
	}
	most := int64(0)
	for _, tensor := range m.Graph.Initializers {
		if tensor.Type == onnx.Int8 {
			values, _ := tensor.Ints()
			most = max(most, slices.Max(values), -slices.Min(values))
		}
	}
	if most != 63 {
		t.Errorf("the largest weight is %d", most)
	}
}

func TestRefused(t *testing.T) {
	plain := network(t, networks["plain"])
	n, c := measured(t, plain)
	quantized, err := n.Quantize(c, Options{Method: MinMax})
	if err != nil {
		t.Fatal(err)
	}
	half, err := Half(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*onnx.Model{"int8": quantized, "float16": half} {
		if _, err := Analyse(m); err == nil || !strings.Contains(err.Error(), name+" already") {
			t.Errorf("%s: Analyse says %v", name, err)
		}
		if _, err := Half(m); err == nil || !strings.Contains(err.Error(), name+" already") {
			t.Errorf("%s: Half says %v", name, err)
		}
	}
	if _, err := n.Quantize(n.Calibrate(), Options{Method: MinMax}); err == nil {
		t.Error("quantised without an image")
	}
	bare := plain.Clone()
	for _, node := range bare.Graph.Nodes {
		if node.Op == "Conv" {
			node.Op = "ConvTranspose"
		}
	}
	if _, err := Analyse(bare); err == nil || !strings.Contains(err.Error(), `ConvTranspose "first"`) {
		t.Errorf("without convolutions: %v", err)
	}
}

func TestRecord(t *testing.T) {
	m := network(t, networkOptions{})
	if err := (Record{Dtype: Int8, From: "abc", Method: MSE, Images: 3}).Write(m); err != nil {
		t.Fatal(err)
	}
	d, err := onnx.DescribeTrunk(m)
	if err != nil || d.Name != "trial int8" || d.Precision != Int8 {
		t.Errorf("described as %+v, %v", d, err)
	}
	if got, want := m.Property(onnx.KeyPrecision), `{"dtype":"int8","from":"abc","method":"mse","images":3}`; got != want {
		t.Errorf("%s is %s, want %s", onnx.KeyPrecision, got, want)
	}
}

func TestHalf(t *testing.T) {
	for name, o := range networks {
		trunk := network(t, o)
		m, err := Half(trunk)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := onnx.DescribeTrunk(m); err != nil || m.Graph.Arithmetic() != onnx.Float16 {
			t.Errorf("%s: computes in %s, %v", name, m.Graph.Arithmetic(), err)
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

func TestHalfRefuses(t *testing.T) {
	large := network(t, networks["plain"])
	for i, tensor := range large.Graph.Initializers {
		if tensor.Name == "first.b" {
			large.Graph.Initializers[i] = onnx.NewFloats("first.b", []int64{6}, []float32{0, 0, 7e4, 0, 0, 0})
		}
	}
	odd := network(t, networks["plain"])
	odd.Graph.Nodes[len(odd.Graph.Nodes)-1].Op = "Einsum"
	for want, m := range map[string]*onnx.Model{`"first.b" holds 70000`: large, "operator Einsum": odd} {
		if _, err := Half(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
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
	half, err := Half(m)
	if err != nil {
		t.Fatal(err)
	}
	want, got := run(t, m, noise(2, side), side), run(t, half, noise(2, side), side)
	if d := distance(got["first"].data, want["first"].data); !(d < 5e-4) {
		t.Errorf("the first layer differs by %g", d)
	}
}

func TestObserved(t *testing.T) {
	n, err := Analyse(network(t, networks["plain"]))
	if err != nil {
		t.Fatal(err)
	}
	m, err := n.Observed(n.Model(), side)
	if err != nil {
		t.Fatal(err)
	}
	values := run(t, m, noise(0, side), side)
	if len(m.Graph.Outputs) != len(n.Activations())+1 || m.Graph.Outputs[0].Name != onnx.Features {
		t.Fatalf("%d outputs for %d activations", len(m.Graph.Outputs), len(n.Activations()))
	}
	for i, v := range m.Graph.Outputs[1:] {
		if got := len(values[v.Name].data); int64(got) != v.Dims[1].Size {
			t.Errorf("%s has %d values, declared are %d", n.Activations()[i], got, v.Dims[1].Size)
		}
	}
}
