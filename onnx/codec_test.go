package onnx

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

const goldens = "../testdata/golden/onnx" // made by scripts/goldens/clients.py

func golden(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(goldens, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decoded(t testing.TB, b []byte) *Model {
	t.Helper()
	m, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTypedTensors reads every field in which a file may store elements.
func TestTypedTensors(t *testing.T) {
	m := decoded(t, golden(t, "typed.onnx"))
	for name, want := range map[string][]float32{
		"float32": {1.5, -2, 3}, "float64": {1.5, -2, 3}, "float16": {1.5, -2, 65504}, "bfloat16": {1.5, -2, 3},
		"raw": {1.5, -2, 3}, "scalar": {7}, "empty": {},
	} {
		got, err := m.Graph.Initializer(name).Floats()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
	}
	for name, want := range map[string][]int64{
		"int8": {1, -2, 127}, "uint8": {1, 2, 255}, "int16": {1, -2, 300}, "uint16": {1, 2, 65535}, "int32": {1, -2, 70000},
		"bool": {1, 0, 1}, "int64": {1, -2, 1 << 40}, "uint32": {1, 2, 1 << 31}, "uint64": {1, 2, 1 << 40}, "zero": {0},
	} {
		got, err := m.Graph.Initializer(name).Ints()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
	}
	if got := m.Graph.Initializer("string").Strings; !reflect.DeepEqual(got, []string{"a", "", "\xff"}) {
		t.Errorf("string: %q", got)
	}
	if _, err := m.Graph.Initializer("int8").Floats(); err == nil {
		t.Error("int8 read as floating-point numbers")
	}
	if _, err := m.Graph.Initializer("raw").Ints(); err == nil {
		t.Error("float32 read as integers")
	}
}

// TestKeepsUnknown: what this codec has no name for is in the encoded file,
// byte for byte: a function, a sparse initializer, metadata of graph and node,
// a denotation of a type.
func TestKeepsUnknown(t *testing.T) {
	m := decoded(t, golden(t, "typed.onnx"))
	again := m.Encode()
	for _, text := range []string{"Twice", "sparse", "of the graph", "of the node", "NUMBERS", "a graph", "then_branch"} {
		if !bytes.Contains(again, []byte(text)) {
			t.Errorf("%q is lost", text)
		}
	}
	back := decoded(t, again)
	if !reflect.DeepEqual(m, back) {
		t.Error("decoding what was encoded gives another model")
	}
	if !bytes.Equal(back.Encode(), again) {
		t.Error("encoding is not deterministic")
	}
	branch, ok := back.Graph.Nodes[1].Attr("then_branch").(*Graph)
	if !ok || branch.Nodes[0].Op != "Mul" {
		t.Errorf("then_branch: %v", back.Graph.Nodes[1].Attr("then_branch"))
	}
	if back.Opset() != 17 || back.Property("author") != "graft" {
		t.Errorf("opset %d, author %q", back.Opset(), back.Property("author"))
	}
}

// TestUnknownFields puts a field that does not exist into every message.
func TestUnknownFields(t *testing.T) {
	mark := func(m *message, n int) { m.item(protowire.Number(n), strings.Repeat("?", n-90)) }
	value, typ, tensorType, shape, dim := new(message), new(message), new(message), new(message), new(message)
	dim.int(1, 5)
	mark(dim, 91)
	shape.sub(1, dim)
	tensorType.int(1, 1)
	tensorType.sub(2, shape)
	mark(tensorType, 92)
	typ.sub(1, tensorType)
	mark(typ, 93)
	value.str(1, "x")
	value.sub(2, typ)
	mark(value, 94)
	attribute, node, weight, graph, model := new(message), new(message), new(message), new(message), new(message)
	attribute.str(1, "a")
	attribute.int(3, 7)
	attribute.int(20, kindInt)
	mark(attribute, 95)
	node.item(1, "x")
	node.item(2, "y")
	node.str(4, "Op")
	node.sub(5, attribute)
	mark(node, 96)
	weight.int(2, 1)
	weight.blob(9, make([]byte, 4))
	mark(weight, 97)
	graph.sub(1, node)
	graph.sub(5, weight)
	graph.sub(11, value)
	mark(graph, 98)
	model.sub(7, graph)
	mark(model, 99)

	again := decoded(t, model.bytes()).Encode()
	for n := 91; n <= 99; n++ {
		field := new(message)
		mark(field, n)
		if !bytes.Contains(again, field.bytes()) {
			t.Errorf("field %d is lost", n)
		}
	}
}

// TestDecodeErrors: every message says where in the file it stands.
func TestDecodeErrors(t *testing.T) {
	inGraph := func(n protowire.Number, f func(m *message)) []byte {
		part, graph, model := new(message), new(message), new(message)
		f(part)
		graph.sub(n, part)
		model.sub(7, graph)
		return model.bytes()
	}
	tensor := func(f func(m *message)) []byte {
		return inGraph(5, func(m *message) { m.str(8, "w"); f(m) })
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "no graph"},
		{"text", []byte("this is not a model"), "not a readable model"},
		{"cut", golden(t, "typed.onnx")[:800], "field 7 at byte"},
		{"external", tensor(func(m *message) { m.int(14, 1) }), `tensor "w": keeps its values in another file`},
		{"short", tensor(func(m *message) { m.int(1, 3); m.int(2, 1); m.blob(9, make([]byte, 8)) }), `tensor "w": 8 bytes for float32 of shape [3], want 12`},
		{"negative", tensor(func(m *message) { m.int(1, -3); m.int(2, 1) }), "negative dimension"},
		{"large", tensor(func(m *message) { m.int(1, 1<<40); m.int(1, 1<<40); m.int(2, 1) }), "too large"},
		{"twice", tensor(func(m *message) { m.int(2, 1); m.float(4, 1); m.blob(9, make([]byte, 4)) }), "given twice, in fields 4 and 9"},
		{"field", tensor(func(m *message) { m.int(2, 7); m.float(4, 1) }), "field 4 does not hold int64"},
		{"type", tensor(func(m *message) { m.int(2, -1) }), "data type -1 does not exist"},
		{"wire", inGraph(1, func(m *message) { m.int(4, 1) }), "field 4 has wire type 0, want 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Decode(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

// TestMadeOnce: a value that is made twice is refused, whoever makes it.
func TestMadeOnce(t *testing.T) {
	relu := func(to string) *Node {
		return &Node{Op: "Relu", Name: "r", Inputs: []string{"x"}, Outputs: []string{to}}
	}
	for name, g := range map[string]*Graph{
		"by two nodes": {Nodes: []*Node{relu("y"), relu("y")}},
		"an input":     {Inputs: []*Value{{Name: "y", Type: Float32}}, Nodes: []*Node{relu("y")}},
		"a constant":   {Initializers: []*Tensor{NewFloats("y", []int64{1}, []float32{1})}, Nodes: []*Node{relu("y")}},
	} {
		if _, err := Decode((&Model{Graph: g}).Encode()); err == nil || !strings.Contains(err.Error(), `Relu node "r" makes the value "y", which is there already`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestArity: nodes that ONNX Runtime would refuse are refused when they are read, so that no reader trips over them.
func TestArity(t *testing.T) {
	for want, n := range map[string]*Node{
		`Conv node "c": it has 1 inputs, and this operator takes at least 2`: {Op: "Conv", Name: "c", Inputs: []string{"x"}, Outputs: []string{"y"}},
		`Relu node "r": it has 0 inputs, and this operator takes at least 1`: {Op: "Relu", Name: "r", Outputs: []string{"y"}},
		`Conv node "m": it has 0 inputs, and this operator takes at least 2`: {Op: "Conv", Name: "m", Domain: "mine", Outputs: []string{"y"}},
		`Relu node "o": it has no output`:                                    {Op: "Relu", Name: "o", Inputs: []string{"x"}},
	} {
		file := (&Model{Graph: &Graph{Nodes: []*Node{n}}}).Encode()
		if _, err := Decode(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for _, n := range []*Node{{Op: "Constant", Outputs: []string{"y"}}, {Op: "Relu", Inputs: []string{"x"}, Outputs: []string{"y"}}} {
		if _, err := Decode((&Model{Graph: &Graph{Nodes: []*Node{n}}}).Encode()); err != nil {
			t.Error(err)
		}
	}
}

// TestDepth: graphs nested without end are refused before the stack is.
func TestDepth(t *testing.T) {
	g := new(message)
	for range 1000 {
		a, n, outer := new(message), new(message), new(message)
		a.sub(6, g)
		n.sub(5, a)
		outer.sub(1, n)
		g = outer
	}
	m := new(message)
	m.sub(7, g)
	if _, err := Decode(m.bytes()); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("got %v", err)
	}
}

// TestSharesMemory: a decoded weight is a piece of the file, and encoding
// does not change it.
func TestSharesMemory(t *testing.T) {
	b := NewBuilder("g")
	b.Op("Add", "y", b.Input("x", Float32, 2000), b.Const("w", []int64{2000}, make([]float32, 2000)))
	b.Output("y", Float32, 2000)
	built, err := b.Model()
	if err != nil {
		t.Fatal(err)
	}
	file := built.Encode()
	m := decoded(t, file)
	raw := m.Graph.Initializers[0].Raw
	at := bytes.LastIndex(file, raw)
	raw[0] = 42
	if file[at] != 42 {
		t.Error("the weight is a copy")
	}
	if cap(raw) != len(raw) {
		t.Error("appending to a weight would write over the file")
	}
}

func TestFloat16(t *testing.T) {
	for h := range 1 << 16 {
		f := fromFloat16(uint16(h))
		if f != f {
			if toFloat16(f)&0x7c00 != 0x7c00 || toFloat16(f)&0x3ff == 0 {
				t.Fatalf("%#04x: not a number became %#04x", h, toFloat16(f))
			}
			continue
		}
		if back := toFloat16(f); back != uint16(h) {
			t.Fatalf("%#04x is %v is %#04x", h, f, back)
		}
	}
	for f, want := range map[float32]uint16{ // IEEE 754: to nearest, ties to even
		65519.996: 0x7bff, 65520: 0x7c00, float32(math.Inf(-1)): 0xfc00,
		1 + 1.0/2048: 0x3c00, 1 + 3.0/2048: 0x3c02, 1 + 1.0/2048 + 1e-6: 0x3c01,
		1.0 / (1 << 25): 0, 3.0 / (1 << 25): 2, 1e-8: 0, -1.0 / (1 << 24): 0x8001,
	} {
		if got := toFloat16(f); got != want {
			t.Errorf("%v: %#04x, want %#04x", f, got, want)
		}
	}
}

// stable is what must hold of any bytes: an error, or a model that is written
// and read again without change, and that every function here survives.
func stable(t *testing.T, b []byte) (readable bool) {
	m, err := Decode(b)
	if err != nil {
		return false
	}
	once := m.Encode()
	again, err := Decode(once)
	if err != nil {
		t.Fatalf("cannot read what was written: %v", err)
	}
	if !bytes.Equal(again.Encode(), once) {
		t.Fatal("the second encoding differs from the first")
	}
	if s := m.Graph.inferShapes(batchOf(m.Graph, 8, 1)); s.macs < 0 {
		t.Fatal("negative work")
	}
	_, _ = DescribeTrunk(m)
	for _, pool := range []string{"", PoolClass, "mean-patches+max", "mean+grid2"} {
		o := ImportOptions{Mean: []float64{0}, Std: []float64{1}, Pool: pool}
		if candidates := m.Candidates(0); len(candidates) > 0 && pool != "" {
			o.Output = candidates[0].Name
		}
		if trunk, err := Import(m, o); err == nil {
			if _, err := DescribeTrunk(trunk); err != nil {
				t.Fatalf("what was imported is no trunk: %v", err)
			}
		}
	}
	return true
}

func FuzzDecode(f *testing.F) {
	for _, name := range models {
		f.Add(golden(f, name))
	}
	nets, err := filepath.Glob(filepath.Join(goldens, "nets", "*.onnx"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range nets {
		file, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, b []byte) { stable(t, b) })
}

var models = []string{"typed.onnx", "nchw_fixed.onnx", "nhwc_dynamic.onnx", "nchw_two.onnx", "nets/vit_dynamo1.onnx", "nets/conv_map.onnx", "nets/windows_dynamo1.onnx"}

// TestDamaged is the fuzz target on some thousand damaged models, the same
// ones on every run.
func TestDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	readable := 0
	for i := range 4000 {
		b := golden(t, models[i%len(models)])
		for range 1 + r.IntN(4) {
			at := r.IntN(len(b) - 20)
			switch r.IntN(3) {
			case 0:
				b[at] = byte(r.IntN(256))
			case 1:
				b[at] ^= 1 << r.IntN(8)
			case 2:
				b = slices.Delete(b, at, at+r.IntN(20))
			}
		}
		if stable(t, b) {
			readable++
		}
		if i%100 == 0 {
			_, _ = Inspect(b)
		}
	}
	if readable < 500 {
		t.Errorf("only %d of the models could be read: the damage tests little", readable)
	}
}
