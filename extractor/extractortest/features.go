package extractortest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"graft/extractor/features"
	"graft/extractor/pixels"
)

// Synthetic are features of photographs that there are not: random ones, of which
// one is lifted for the label, so that heads can be trained on them. No library is
// needed for that.
type Synthetic struct {
	N, D   int
	Views  int                // augmented views of each photograph
	Label  func(i int) string // nil: a, b, a, b, …
	Split  func(i int) string // nil: train
	Change func(i int, x []float32)
	Meta   features.Meta // without a SHA-256: of a trained trunk that is called synthetic; without a transform: 342 to 299 pixels
}

// Turns gives the labels a, b, c, … by turns.
func Turns(classes int) func(int) string {
	return func(i int) string { return string(rune('a' + i%classes)) }
}

// Folder writes the features into a folder, with a table in which photograph i is
// called LABEL/i.jpg.
func (s Synthetic) Folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if s.Label == nil {
		s.Label = Turns(2)
	}
	if s.Split == nil {
		s.Split = func(int) string { return "train" }
	}
	if s.Meta.Trunk.SHA256 == "" {
		s.Meta.Trunk.Name, s.Meta.Trunk.SHA256, s.Meta.Trunk.Trained = "synthetic", strings.Repeat("0", 64), true
	}
	if s.Meta.Trunk.Tap == "" {
		s.Meta.Trunk.Tap = "features"
	}
	if s.Meta.Transform == (pixels.Transform{}) {
		s.Meta.Transform = pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF}
	}
	s.Meta.Trunk.Dim = s.D
	store, err := features.Open(dir, s.Meta, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table := features.Table{Root: dir, Scanned: time.Now()}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range s.N {
		key := pixels.KeyOf(fmt.Append(nil, i))
		name := s.Label(i)
		for view := range s.Views + 1 {
			if err := store.Append(features.Row{ID: features.ID{Key: key, View: int32(view)}, Features: s.row(random, i, name)}); err != nil {
				t.Fatal(err)
			}
		}
		table.Records = append(table.Records, features.Record{Path: fmt.Sprintf("%s/%d.jpg", name, i), Label: name, Split: s.Split(i), Key: key})
	}
	if err := store.WriteTable(features.SamplesTable, &table); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// row draws the features of a view of photograph i.
func (s Synthetic) row(random *rand.Rand, i int, label string) []float32 {
	x := make([]float32, s.D)
	for j := range x {
		x[j] = random.Float32()
	}
	if label != "" {
		x[int(label[0])%s.D]++
	}
	if s.Change != nil {
		s.Change(i, x)
	}
	return x
}

// Resplit puts the photographs of a folder of features into other splits.
func Resplit(t testing.TB, dir string, split func(i int) string) {
	t.Helper()
	reading, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reading.Close()
	store, err := features.Open(dir, reading.Meta(), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	name := features.SamplesTable
	table, err := store.ReadTable(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.Records {
		table.Records[i].Split = split(i)
	}
	if err := store.WriteTable(name, table); err != nil {
		t.Fatal(err)
	}
}
