package trunk

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

const nets = "../../testdata/golden/onnx/nets" // made by scripts/reference.py trunks small

// A netCase is one net of cases.json: what PyTorch computes of pattern(3, size,
// size).
type netCase struct {
	Name      string
	Size, Dim int
	Tolerance float64
	Flags     struct{ Pool, Output string }
	Want      [][]float32
}

func netCases(t *testing.T) (list []netCase) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(nets, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// pattern is the pixels of scripts/goldens/trunk.py.
func pattern(n, h, w int) []byte {
	pixels := make([]byte, 0, n*h*w*3)
	for i := range n {
		for y := range h {
			for x := range w {
				for c := range 3 {
					pixels = append(pixels, byte(3*x+2*y+50*c+x*y/64+31*i+h))
				}
			}
		}
	}
	return pixels
}

// settings are those that a case is imported with.
func (c netCase) settings(t *testing.T) ImportSettings {
	s := ImportSettings{ImportOptions: onnx.ImportOptions{Mean: []float64{.5}, Std: []float64{.5}, Pool: c.Flags.Pool}}
	if c.Flags.Output != "" { // class scores: refused, with the value before them as the first candidate
		_, err := Import(context.Background(), filepath.Join(nets, c.Name+".onnx"), s, filepath.Join(t.TempDir(), "x.onnx"))
		var unclear *onnx.OutputError
		if !errors.As(err, &unclear) || len(unclear.Candidates) < 2 {
			t.Fatalf("%s: scores were not refused: %v", c.Name, err)
		}
		s.Output = unclear.Candidates[0].Name
	}
	return s
}

// TestImportNets imports nets of every kind of backbone and exporter and
// compares their features with PyTorch's.
func TestImportNets(t *testing.T) {
	library := orttest.Library(t)
	for _, c := range netCases(t) {
		t.Run(strings.ReplaceAll(c.Name, "/", "_"), func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "t.onnx")
			s := c.settings(t)
			s.Library = library
			b, err := Import(t.Context(), filepath.Join(nets, c.Name+".onnx"), s, out)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(b.Trial, "ran on synthetic images of 32×32") || !strings.Contains(b.Trial, "alone and 3 at once") {
				t.Errorf("trial: %s", b.Trial)
			}
			compareNet(t, c, out, library)
		})
	}
	if n := ort.OpenSessions(); n != 0 {
		t.Errorf("%d sessions are still open", n)
	}
}

// compareNet runs a trunk on all images of a case at once.
func compareNet(t *testing.T, c netCase, path, library string) {
	t.Helper()
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if f.Dim("") != c.Dim {
		t.Fatalf("%d features, want %d", f.Dim(""), c.Dim)
	}
	session, err := f.Open(t.Context(), ort.Options{Library: library})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	got := make([]float32, len(c.Want)*c.Dim)
	if err := session.Run(t.Context(), pattern(len(c.Want), c.Size, c.Size), len(c.Want), c.Size, c.Size, [][]float32{got}); err != nil {
		t.Fatal(err)
	}
	want, off, largest := slices.Concat(c.Want...), 0., 0.
	for i := range want {
		off, largest = max(off, math.Abs(float64(got[i]-want[i]))), max(largest, math.Abs(float64(want[i])))
	}
	if !(off <= c.Tolerance*largest) {
		t.Errorf("features are off by %.2g of the largest", off/largest)
	}
}

// TestImportWithoutRun: shape inference alone comes to the same trunks.
func TestImportWithoutRun(t *testing.T) {
	for _, c := range netCases(t) {
		s := c.settings(t)
		s.NoTrial = true
		b, err := Import(t.Context(), filepath.Join(nets, c.Name+".onnx"), s, filepath.Join(t.TempDir(), "t.onnx"))
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if b.Trunk.Dim("") != c.Dim || len(b.Trunk.Notes) != 0 || b.Trial != "" {
			t.Errorf("%s: %+v", c.Name, b)
		}
	}
	s := ImportSettings{ImportOptions: onnx.ImportOptions{Mean: []float64{.5}, Std: []float64{.5}}, Library: filepath.Join(t.TempDir(), "none.so")}
	b, err := Import(t.Context(), filepath.Join(nets, "vit_old.onnx"), s, filepath.Join(t.TempDir(), "t.onnx"))
	if err != nil || !strings.HasPrefix(b.Trial, "the trunk was not run, since ONNX Runtime is not there") {
		t.Errorf("without the library: %+v, %v", b, err)
	}
}

// changedNet writes a net with a change, and returns its path.
func changedNet(t *testing.T, name string, change func(g *onnx.Graph)) string {
	t.Helper()
	m, _, err := onnx.Open(filepath.Join(nets, name))
	if err != nil {
		t.Fatal(err)
	}
	change(m.Graph)
	path := filepath.Join(t.TempDir(), "model.onnx")
	if _, err := WriteModel(path, m); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestImportTrial: what shapes do not tell, a run does.
func TestImportTrial(t *testing.T) {
	library := orttest.Library(t)
	base := onnx.ImportOptions{Mean: []float64{.5}, Std: []float64{.5}}
	open := func(g *onnx.Graph) { // as optimum exports: every dimension with a symbol
		for i, symbol := range []string{"batch", "channels", "height", "width"} {
			g.Inputs[0].Dims[i] = onnx.Dim{Size: -1, Name: symbol}
		}
	}
	for _, c := range []struct {
		name, net, want string
		change          func(g *onnx.Graph)
		o               onnx.ImportOptions
		check           func(b *Imported) bool
	}{
		{name: "only one size fits", net: "vit_old.onnx", change: open, o: base,
			check: func(b *Imported) bool { return b.Trunk.Fixed && b.Trunk.Crop == 32 && len(b.Notes) == 1 }},
		{name: "another was asked for", net: "vit_old.onnx", change: open, o: withCrop(base, 299),
			want: "crop 299; images of this size do not fit the model's graph; 32 works"},
		{name: "any size", net: "conv_old1.onnx", change: open, o: withCrop(base, 64),
			check: func(b *Imported) bool { return !b.Trunk.Fixed && strings.Contains(b.Trial, "64×64 and ") }},
		{name: "an operator nobody knows", net: "conv_old1.onnx", o: base, want: "ONNX Runtime cannot open the trunk",
			change: func(g *onnx.Graph) { g.Nodes[0].Op = "Strange" }},
		{name: "not finite", net: "conv_old1.onnx", o: base, want: "values that are not finite",
			change: func(g *onnx.Graph) {
				last := g.Nodes[len(g.Nodes)-1]
				out := last.Outputs[0]
				last.Outputs[0] = "negative"
				g.Nodes = append(g.Nodes, &onnx.Node{Op: "Neg", Inputs: []string{"negative"}, Outputs: []string{"n"}},
					&onnx.Node{Op: "Sqrt", Inputs: []string{"n"}, Outputs: []string{out}})
			}},
		{name: "images that depend on each other", net: "conv_old1.onnx", o: base,
			change: func(g *onnx.Graph) {
				open(g)
				last := g.Nodes[len(g.Nodes)-1]
				out := last.Outputs[0]
				last.Outputs[0] = "alone"
				g.Nodes = append(g.Nodes, &onnx.Node{Op: "CumSum", Inputs: []string{"alone", "zero"}, Outputs: []string{"sum"}},
					&onnx.Node{Op: "ReduceMax", Inputs: []string{"sum"}, Outputs: []string{"max"}, Attributes: []*onnx.Attribute{{Name: "axes", Value: []int64{0}}}},
					&onnx.Node{Op: "Add", Inputs: []string{"alone", "max"}, Outputs: []string{out}})
				g.Initializers = append(g.Initializers, onnx.NewInt64s("zero", nil, []int64{0}))
			},
			check: func(b *Imported) bool { return slices.Contains(b.Trunk.Notes, "takes one image at a time") }},
		{name: "a shape that only a run tells", net: "conv_old1.onnx", o: base,
			change: func(g *onnx.Graph) { // NonZero-like: the shape depends on values
				g.Outputs[0].Dims = nil
				last := g.Nodes[len(g.Nodes)-1]
				out := last.Outputs[0]
				last.Outputs[0] = "whole"
				g.Nodes = append(g.Nodes, &onnx.Node{Op: "Shape", Inputs: []string{"whole"}, Outputs: []string{"shape"}},
					&onnx.Node{Op: "Unique", Inputs: []string{"shape"}, Outputs: []string{"unique"}},
					&onnx.Node{Op: "Slice", Inputs: []string{"unique", "from", "to"}, Outputs: []string{"last"}},
					&onnx.Node{Op: "Concat", Inputs: []string{"minus", "last"}, Outputs: []string{"to-shape"}, Attributes: []*onnx.Attribute{{Name: "axis", Value: int64(0)}}},
					&onnx.Node{Op: "Reshape", Inputs: []string{"whole", "to-shape"}, Outputs: []string{out}})
				g.Initializers = append(g.Initializers, onnx.NewInt64s("from", []int64{1}, []int64{-1}), onnx.NewInt64s("to", []int64{1}, []int64{1 << 40}), onnx.NewInt64s("minus", []int64{1}, []int64{-1}))
			},
			check: func(b *Imported) bool { return b.Trunk.Dim("") == 16 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := changedNet(t, c.net, c.change)
			out := filepath.Join(t.TempDir(), "out.onnx")
			b, err := Import(t.Context(), path, ImportSettings{ImportOptions: c.o, Library: library}, out)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v, want %q in it", err, c.want)
				}
				if _, err := os.Stat(out); err == nil {
					t.Error("a trunk was written all the same")
				}
				return
			}
			if err != nil || !c.check(b) {
				t.Errorf("%+v, %v", b, err)
			}
		})
	}
}

func withCrop(o onnx.ImportOptions, crop int) onnx.ImportOptions {
	o.Crop = crop
	return o
}
