package serve

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/head/classify"
	"graft/onnx"
	"graft/onnx/headmodel"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// A realModel is an untrained trunk, as small as it gets, with a head.
type realModel struct {
	options classify.Options
	head    string
	trunk   *trunk.Built
}

func newRealModel(t testing.TB) *realModel {
	t.Helper()
	library, dir := orttest.Library(t), t.TempDir()
	built, err := trunk.Build(trunk.BuildSettings{Seeded: true, Seed: 1, Width: 0.05, Resize: 90, Crop: 80}, filepath.Join(dir, "trunk.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	m := &realModel{
		options: classify.Options{Trunk: built.Path, Device: ort.Options{Library: library}, Workers: 2},
		head:    filepath.Join(dir, "head.onnx"), trunk: built,
	}
	m.write(t, 1)
	return m
}

// write writes a head for the trunk, another one for every seed.
func (m *realModel) write(t testing.TB, seed uint64) {
	t.Helper()
	d, r := m.trunk.Trunk.Dim("features"), rand.New(rand.NewPCG(seed, 2))
	transform := pixels.Transform{Resize: 90, Crop: 80, EXIF: pixels.ApplyEXIF}
	l := headmodel.Linear{Labels: []string{"a", "b", "c", "d"}, Dim: d, Bias: make([]float32, 4), Properties: map[string]string{
		onnx.KeyFingerprint: m.trunk.SHA256, onnx.KeyTap: "features", onnx.KeyTransform: transform.JSON(),
	}}
	for range 4 * d {
		l.Weights = append(l.Weights, float32(r.NormFloat64()))
	}
	model, err := l.Model()
	if err == nil {
		_, err = trunk.WriteModel(m.head, model)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// demoPhotos are some of the pictures that the project has drawn, by path.
func demoPhotos(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("../../../../testdata/demo/val/*/*.jpg")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d pictures, %v", len(paths), err)
	}
	return paths[:8]
}

// TestSameBitsAsPredict compares the service with what predict uses, over both
// protocols, with a head, with a classifier and with one that gives features.
func TestSameBitsAsPredict(t *testing.T) {
	m := newRealModel(t)
	merged, plain := filepath.Join(t.TempDir(), "classifier.onnx"), filepath.Join(t.TempDir(), "plain.onnx")
	h, err := classify.ReadHead(m.head)
	if err != nil {
		t.Fatal(err)
	}
	for path, features := range map[string]bool{merged: true, plain: false} {
		if _, err := classify.Export(t.Context(), h, classify.ExportOptions{Options: m.options, Features: features}, path); err != nil {
			t.Fatal(err)
		}
	}
	before := ort.OpenSessions()
	s, err := New(Options{Models: []Source{{"head", m.head}, {"merged", merged}, {"plain", plain}}, Classify: m.options})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := &fixture{Server: s}
	photos := demoPhotos(t)
	var files [][]byte
	for _, p := range photos {
		file, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for name, path := range map[string]string{"head": m.head, "merged": merged, "plain": plain} {
		want := predicted(t, path, m.options, photos)
		body, kind := form(photos, files...)
		a := f.answer(t, 200, "POST", "/models/"+name+"/classify?top=4", body, "Content-Type", kind)
		got := make([][]float64, len(photos))
		for i, r := range a.Results {
			got[i] = make([]float64, 4)
			for _, score := range r.Top {
				got[i][slices.Index(h.Classes(), score.Label)] = score.Probability
			}
		}
		sameBits(t, name+" by /classify", got, want)
		text := `{"inputs":[{"name":"image","shape":[8],"datatype":"BYTES","parameters":{"binary_data_size":` + strconv.Itoa(len(lengths(files...))) + `}}],"outputs":[{"name":"probabilities"}]}`
		r, _ := f.tensors(t, 200, "/v2/models/"+name+"/infer", text, lengths(files...))
		var flat []float64
		if err := json.Unmarshal(r.Outputs[0].Data, &flat); err != nil {
			t.Fatal(err)
		}
		sameBits(t, name+" by infer", slices.Collect(slices.Chunk(flat, 4)), want)
		status := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[name != "plain"]
		if w := f.ask("POST", "/models/"+name+"/features", files[0]); w.Code != status {
			t.Errorf("%s gives features with status %d, want %d", name, w.Code, status)
		}
	}
	s.Close()
	if n := ort.OpenSessions() - before; n != 0 {
		t.Errorf("%d sessions are still open", n)
	}
}

// predicted are the probabilities that predict gives.
func predicted(t testing.TB, path string, o classify.Options, photos []string) [][]float64 {
	t.Helper()
	c, err := classify.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var list [][]float64
	for p, err := range c.ClassifyAll(t.Context(), dataset.Files(photos, dataset.Options{}), nil) {
		if err == nil {
			err = p.Err
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p.P)
	}
	return list
}

func sameBits(t testing.TB, what string, got, want [][]float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d images, want %d", what, len(got), len(want))
	}
	for i := range want {
		for k, p := range want[i] {
			if math.Float64bits(got[i][k]) != math.Float64bits(p) {
				t.Errorf("%s: image %d, class %d: %v, want the bits of %v", what, i, k, got[i][k], p)
			}
		}
	}
}
