package precision

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"graft/onnx"
)

// TestQuantized runs the quantised network in exact arithmetic. Each of its
// layers rounds to 8 bits, so its features differ by about a percent.
func TestQuantized(t *testing.T) {
	for name, o := range networks {
		trunk := network(t, o)
		n, c := measured(t, trunk)
		for _, method := range methods {
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

// TestQuantizedForm checks what runtimes need in order to compute in integers.
func TestQuantizedForm(t *testing.T) {
	n, c := measured(t, network(t, networks["plain"]))
	m, err := n.Quantize(c, Options{Method: MinMax})
	if err != nil {
		t.Fatal(err)
	}
	makes, takes := map[string]*onnx.Node{}, consumers(m.Graph)
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

// TestSameBytes: the order in which images are measured, which depends on the
// number of cores, leaves no trace.
func TestSameBytes(t *testing.T) {
	var first []byte
	for _, order := range [][]int{{0, 1, 2, 3, 4, 5}, {5, 2, 0, 1, 4, 3}, {3, 4, 5, 2, 1, 0}} {
		n, c := measuredIn(t, network(t, networks["normalised"]), order)
		m, err := n.Quantize(c, Options{Method: MSE})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = m.Encode()
		} else if !bytes.Equal(m.Encode(), first) {
			t.Errorf("measured in the order %v: another trunk", order)
		}
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
	half, _, err := Half(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*onnx.Model{"int8": quantized, "float16": half} {
		if _, err := Analyse(m); err == nil || !strings.Contains(err.Error(), name+" already") {
			t.Errorf("%s: Analyse says %v", name, err)
		}
		if _, _, err := Half(m); err == nil || !strings.Contains(err.Error(), name+" already") {
			t.Errorf("%s: Half says %v", name, err)
		}
	}
	if _, err := n.Quantize(n.Calibrate(side), Options{Method: MinMax}); err == nil {
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

// TestOldRecord reads a record that was written before cosine_p1 had its name.
func TestOldRecord(t *testing.T) {
	for text, want := range map[string]float64{
		`{"dtype":"int8","from":"abc","cosine":0.99,"cosine_percent":0.98}`: 0.98,
		`{"dtype":"int8","from":"abc","cosine":0.99,"cosine_p1":0.97}`:      0.97,
		`{"dtype":"fp16","from":"abc"}`:                                     0,
	} {
		var r Record
		if err := json.Unmarshal([]byte(text), &r); err != nil || r.CosineP1 != want || r.From != "abc" {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
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
