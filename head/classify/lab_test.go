package classify

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/headmodel"
)

// A lab is a cache with a trunk, and heads for it.
type lab struct {
	cache trunk.Cache
	trunk *trunk.File
	dir   string // of the heads
}

// crop is what the trunk of a lab sees, as small as Inception v3 can.
const crop = 75

// newLab builds an untrained Inception v3 with few channels. Nothing of it needs
// ONNX Runtime.
func newLab(t testing.TB) *lab { return newLabIn(t, trunk.Cache{Dir: t.TempDir()}) }

func newLabIn(t testing.TB, cache trunk.Cache) *lab {
	t.Helper()
	l := &lab{cache: cache, dir: t.TempDir()}
	path, err := l.cache.Make("trunks", "small.onnx")
	if err == nil {
		_, err = trunk.Build(trunk.BuildSettings{Seeded: true, Width: 0.1, Resize: 86, Crop: crop}, path)
	}
	if err == nil {
		l.trunk, err = trunk.Read(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// properties are those of a head of the lab's trunk.
func (l *lab) properties(tap string) map[string]string {
	return map[string]string{
		onnx.KeyFingerprint: l.trunk.SHA256,
		onnx.KeyTap:         tap,
		onnx.KeyTransform:   pixels.Transform{Resize: 86, Crop: crop, EXIF: pixels.ApplyEXIF}.JSON(),
		onnx.KeyTraining:    `{"solver":"made up"}`,
		onnx.KeyTrainedOn:   NewTrainingSet([]pixels.Key{{1}, {2}}).Encode(),
	}
}

var labLabels = []string{"butterflies", "dragonflies", "ladybirds"}

// linear is a head of weights that were made up.
func (l *lab) linear(tap string) headmodel.Linear {
	d := l.trunk.Dim(tap)
	return headmodel.Linear{Labels: labLabels, Dim: d, Weights: made(3 * d), Bias: []float32{0.1, 0, -0.1}, Properties: l.properties(tap)}
}

// knn is a head of six neighbours that were made up.
func (l *lab) knn() headmodel.KNN {
	d := l.trunk.Dim(onnx.Features)
	k := headmodel.KNN{Labels: labLabels, Dim: d, Rows: made(6 * d), Classes: []int{0, 1, 2, 0, 1, 2}, K: 4, Temperature: 0.07, Properties: l.properties(onnx.Features)}
	for i := range k.Classes {
		row, length := k.Rows[i*d:(i+1)*d], 0.0
		for _, v := range row {
			length += float64(v) * float64(v)
		}
		for j := range row {
			row[j] /= float32(math.Sqrt(length))
		}
	}
	return k
}

// made is n numbers of a modest size, always the same.
func made(n int) []float32 {
	list := make([]float32, n)
	for i := range list {
		list[i] = float32(math.Sin(float64(i*i + 1)))
	}
	return list
}

// write writes a head to a file and returns its path.
func (l *lab) write(t testing.TB, name string, h headmodel.Head) string {
	t.Helper()
	m, err := h.Model()
	if err != nil {
		t.Fatal(err)
	}
	return l.writeModel(t, name, m)
}

func (l *lab) writeModel(t testing.TB, name string, m *onnx.Model) string {
	t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.WriteFile(path, m.Encode(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// options find the lab's trunk, and ONNX Runtime at library.
func (l *lab) options(library string) Options {
	o := Options{Cache: l.cache}
	o.Device.Library = library
	return o
}
