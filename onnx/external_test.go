package onnx

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// external is a model with one float32 weight of n values that lies in another
// file.
func externalModel(n int64, entries ...[2]string) []byte {
	tensor, graph, model := new(message), new(message), new(message)
	tensor.int(1, n)
	tensor.int(2, int64(Float32))
	tensor.str(8, "w")
	for _, e := range entries {
		entry := new(message)
		entry.item(1, e[0])
		entry.item(2, e[1])
		tensor.sub(13, entry)
	}
	tensor.int(14, 1)
	graph.sub(5, tensor)
	model.sub(7, graph)
	return model.bytes()
}

// TestOpenExternal reads weights beside a model, and writes them as one file.
func TestOpenExternal(t *testing.T) {
	dir := filepath.Join(goldens, "nets")
	m, files, err := Open(filepath.Join(dir, "external", "model.onnx"))
	if err != nil || len(files) != 1 || files[0].Location != "model.onnx.data" {
		t.Fatal(files, err)
	}
	whole, _, err := Open(filepath.Join(dir, "vit_old.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); err != nil || n != int64(b.Len()) || !bytes.Equal(b.Bytes(), m.Encode()) {
		t.Error("WriteTo writes something else than Encode", err)
	}
	again := decoded(t, b.Bytes())
	for i, w := range whole.Graph.Initializers {
		if got := again.Graph.Initializers[i]; got.Name != w.Name || !bytes.Equal(got.Raw, w.Raw) {
			t.Errorf("weight %q differs", w.Name)
		}
	}
	file, err := os.ReadFile(filepath.Join(dir, "external", "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := Inspect(file)
	if err != nil || len(x.External) != 1 || x.Parameters == 0 || x.Cost.MultiplyAdds == nil {
		t.Errorf("inspection %+v, %v", x, err)
	}
}

// TestOpenExternalErrors: files outside the model's folder are not read, and
// nothing is believed that the file does not bear out.
func TestOpenExternalErrors(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "model")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(path string, n int) {
		if err := os.WriteFile(path, make([]byte, n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "w"), 16)
	write(filepath.Join(outside, "secret"), 16)
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		want    string
		n       int64
		entries [][2]string
	}{
		{"", 4, [][2]string{{"location", "w"}}},
		{"", 2, [][2]string{{"location", "w"}, {"offset", "8"}, {"length", "8"}}},
		{"leaves the model's folder", 4, [][2]string{{"location", "../secret"}}},
		{"leaves the model's folder", 4, [][2]string{{"location", filepath.Join(outside, "secret")}}},
		{"leaves the model's folder", 4, [][2]string{{"location", ""}}},
		{"a link that leaves the model's folder", 4, [][2]string{{"location", "link"}}},
		{"no regular file", 4, [][2]string{{"location", "."}}},
		{"there is no such file", 4, [][2]string{{"location", "gone"}}},
		{"it has 16 bytes, and 16 from byte 8 on are wanted", 4, [][2]string{{"location", "w"}, {"offset", "8"}}},
		{"it has 16 bytes", 4, [][2]string{{"location", "w"}, {"offset", "9223372036854775807"}}},
		{`its offset in another file is "-8"`, 4, [][2]string{{"location", "w"}, {"offset", "-8"}}},
		{`its length in another file is "all"`, 4, [][2]string{{"location", "w"}, {"length", "all"}}},
		{"8 bytes in \"w\" for float32 of shape [4], want 16", 4, [][2]string{{"location", "w"}, {"length", "8"}}},
		{"ends at 2.15 GB", 1 << 30, [][2]string{{"location", "w"}}},
		{"negative dimension", -1, [][2]string{{"location", "w"}}},
	} {
		path := filepath.Join(dir, "model.onnx")
		if err := os.WriteFile(path, externalModel(c.n, c.entries...), 0o644); err != nil {
			t.Fatal(err)
		}
		m, _, err := Open(path)
		if c.want == "" {
			if err != nil || len(m.Graph.Initializers[0].Raw) != int(4*c.n) {
				t.Errorf("%v: %v", c.entries, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q in it", c.entries, err, c.want)
		}
	}
	// A hub's cache: the model is a link, and so are its weights.
	blobs, snapshot := filepath.Join(outside, "blobs"), filepath.Join(outside, "snapshot")
	for _, d := range []string{blobs, snapshot} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(blobs, "2"), 16)
	if err := errors.Join(os.WriteFile(filepath.Join(blobs, "1"), externalModel(4, [2]string{"location", "model.onnx_data"}), 0o644),
		os.Symlink("../blobs/1", filepath.Join(snapshot, "model.onnx")), os.Symlink("../blobs/2", filepath.Join(snapshot, "model.onnx_data"))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(filepath.Join(snapshot, "model.onnx")); err != nil {
		t.Error(err)
	}
}

// TestTooLarge: a model over protobuf's limit is not begun.
func TestTooLarge(t *testing.T) {
	piece := make([]byte, 1<<24)
	m := &Model{Graph: &Graph{}}
	for i := range 129 {
		m.Graph.Initializers = append(m.Graph.Initializers, &Tensor{Name: strconv.Itoa(i), Type: Uint8, Dims: []int64{1 << 24}, Raw: piece})
	}
	var large *TooLargeError
	if n, err := m.WriteTo(io.Discard); n != 0 || !errors.As(err, &large) {
		t.Error(n, err)
	}
}

// TestHostile: models that are large only in what they claim are refused or read
// with memory in proportion to the file.
func TestHostile(t *testing.T) {
	image := func() *Value {
		return &Value{Name: "image", Type: Float32, Dims: []Dim{{Size: -1}, {Size: 3}, {Size: 32}, {Size: 32}}}
	}
	for name, build := range map[string]func(g *Graph){
		"too many nodes": func(g *Graph) {
			last := "image"
			for i := range 300_000 {
				next := strconv.Itoa(i)
				g.Nodes = append(g.Nodes, &Node{Op: "Relu", Inputs: []string{last}, Outputs: []string{next}})
				last = next
			}
			g.Outputs = []*Value{{Name: last, Type: Float32}}
		},
		"10⁹ elements": func(g *Graph) {
			g.Initializers = append(g.Initializers, NewInt64s("n", []int64{1}, []int64{1e9}))
			g.Nodes = []*Node{{Op: "ConstantOfShape", Inputs: []string{"n"}, Outputs: []string{"z"}},
				{Op: "Add", Inputs: []string{"image", "z"}, Outputs: []string{"y"}}}
			g.Outputs = []*Value{{Name: "y", Type: Float32}}
		},
		"shapes that grow": func(g *Graph) {
			last := "a0"
			g.Nodes = append(g.Nodes, &Node{Op: "Shape", Inputs: []string{"image"}, Outputs: []string{last}})
			for i := range 60 { // doubles
				next := "a" + strconv.Itoa(i+1)
				g.Nodes = append(g.Nodes, &Node{Op: "Concat", Inputs: []string{last, last}, Outputs: []string{next}, Attributes: []*Attribute{{Name: "axis", Value: int64(0)}}})
				last = next
			}
			g.Outputs = []*Value{{Name: last, Type: Float32}}
		},
		"a circle": func(g *Graph) {
			g.Nodes = []*Node{{Op: "Add", Inputs: []string{"image", "b"}, Outputs: []string{"a"}}, {Op: "Relu", Inputs: []string{"a"}, Outputs: []string{"b"}}}
			g.Outputs = []*Value{{Name: "b", Type: Float32}}
		},
		"a circle of dropout": func(g *Graph) {
			g.Initializers = append(g.Initializers, NewFloats("w", []int64{4, 2}, make([]float32, 8)))
			g.Nodes = []*Node{{Op: "Dropout", Inputs: []string{"d"}, Outputs: []string{"d"}}, {Op: "Gemm", Inputs: []string{"d", "w"}, Outputs: []string{"logits"}}}
			g.Outputs = []*Value{{Name: "logits", Type: Float32}}
		},
		"negative dimensions": func(g *Graph) {
			g.Initializers = append(g.Initializers, NewInt64s("n", []int64{2}, []int64{-5, -7}))
			g.Nodes = []*Node{{Op: "Expand", Inputs: []string{"image", "n"}, Outputs: []string{"y"}}}
			g.Outputs = []*Value{{Name: "y", Type: Float32}}
		},
		"a wrong type": func(g *Graph) {
			g.Nodes = []*Node{{Op: "Cast", Inputs: []string{"image"}, Outputs: []string{"y"}, Attributes: []*Attribute{{Name: "to", Value: int64(String)}}}}
			g.Outputs = []*Value{{Name: "y", Type: String}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &Model{IRVersion: 8, Opsets: []Opset{{Version: 17}}, Graph: &Graph{Inputs: []*Value{image()}}}
			build(m.Graph)
			file := m.Encode()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			m, err := Decode(file)
			if err != nil {
				t.Fatal(err)
			}
			m.Candidates(0)
			_, err = Import(m, ImportOptions{Mean: []float64{.5}, Std: []float64{.5}})
			_, _ = Inspect(file)
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20+uint64(len(file))*400 {
				t.Errorf("%d MB for a file of %d MB", grown>>20, len(file)>>20)
			}
			if err == nil {
				t.Error("it was imported")
			}
		})
	}
}
