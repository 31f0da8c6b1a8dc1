package train

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/pixels"
	"graft/head"
)

// folderOf is a folder of features that is made up: n photographs of four
// features, of classes that take turns, one in three of the split val. change may
// alter records, and rows of features before they are written.
func folderOf(t *testing.T, n int, classes string, change func(i int, r *features.Record, x []float32)) string {
	t.Helper()
	dir := t.TempDir()
	store, err := features.Open(dir, features.Meta{
		Trunk:     features.Trunk{Name: "made up", SHA256: strings.Repeat("0", 64), Tap: "features", Dim: 4, Trained: true},
		Transform: pixels.Transform{Resize: 32, Crop: 32, EXIF: pixels.ApplyEXIF},
	}, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table := &features.Table{Root: dir, Scanned: time.Now()}
	for i := range n {
		label := string(classes[i%len(classes)])
		r := features.Record{Label: label, Split: "train", Key: pixels.KeyOf(fmt.Append(nil, i))}
		if i/len(classes)%3 == 2 {
			r.Split = "val"
		}
		x := []float32{float32(i%len(classes)) + float32(i)/100, float32(i) / 50, 1, 0}
		if change != nil {
			change(i, &r, x)
		}
		r.Path = fmt.Sprintf("%s/%s/%d.jpg", r.Split, r.Label, i)
		if r.Promised() && x != nil {
			if err := store.Append(features.Row{ID: features.ID{Key: r.Key}, Features: x}); err != nil {
				t.Fatal(err)
			}
		}
		table.Records = append(table.Records, r)
	}
	if err := store.WriteTable(features.SamplesTable, table); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// flipByte changes a byte of the features of a folder's one part: of one row.
func flipByte(t *testing.T, dir string) {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(dir, "part-*.arrow"))
	if err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	b, err := os.ReadFile(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	// Some float of the third column is 1.
	at := strings.Index(string(b), "\x00\x00\x80\x3f\x00\x00\x00\x00")
	b[at] ^= 1
	if err := os.WriteFile(parts[0], b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// fromFolder is a folder of features, and where what is to be said of it goes.
func fromFolder(dir string) Source {
	return Source{Path: dir, Ingest: ingest.Options{Progress: new(extractor.Progress)}}
}

// fittedOn is a head that was fitted on a folder.
func fittedOn(t *testing.T, s Source) (path string, f *Fitted) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "head.onnx")
	f, err := Fit(t.Context(), FitOptions{Source: s, Solver: head.RMSprop{Epochs: 2}}, path)
	if err != nil {
		t.Fatal(err)
	}
	return path, f
}

// wantSaid fails unless what was said is that; what is said of training images and
// of pictures does not count.
func wantSaid(t *testing.T, name string, s Source, want ...string) {
	t.Helper()
	notes := slices.DeleteFunc(s.Ingest.Progress.Notes(), func(n string) bool { return strings.Contains(n, "trained on") || strings.HasPrefix(n, "no pictures") })
	if !slices.Equal(notes, want) {
		t.Errorf("%s: said %q, want %q", name, notes, want)
	}
}

// everyReader is what may be done with a folder of features: each returns what
// it says of the images.
func everyReader(t *testing.T, headPath string) map[string]func(Source) (Images, error) {
	t.Helper()
	dir := t.TempDir()
	judge := func(s Source) EvaluateOptions { return EvaluateOptions{Source: s, Head: headPath, Split: "train"} }
	return map[string]func(Source) (Images, error){
		"fit": func(s Source) (Images, error) {
			f, err := Fit(t.Context(), FitOptions{Source: s, Solver: head.KNN{}}, filepath.Join(dir, "k.onnx"))
			if err != nil {
				return Images{}, err
			}
			return f.Data, nil
		},
		"evaluate": func(s Source) (Images, error) {
			e, err := Evaluate(t.Context(), judge(s))
			if err != nil {
				return Images{}, err
			}
			return e.Data, nil
		},
		"report": func(s Source) (Images, error) {
			r, err := Report(t.Context(), ReportOptions{EvaluateOptions: judge(s), Thumbnails: -1}, filepath.Join(dir, "r.html"))
			if err != nil {
				return Images{}, err
			}
			return r.Data, nil
		},
		"compare": func(s Source) (Images, error) {
			c, err := Compare(t.Context(), CompareOptions{Source: s, Heads: [2]string{headPath, headPath}, Split: "train"})
			if err != nil {
				return Images{}, err
			}
			return c.Data, nil
		},
		"open": func(s Source) (Images, error) {
			f, err := OpenFolder(s, nil)
			if err != nil {
				return Images{}, err
			}
			return f.Images(), f.Close()
		},
	}
}

// TestEveryReaderSaysWhatIsLost: a flipped byte, a row that is not finite, and
// photographs that were not extracted yet.
func TestEveryReaderSaysWhatIsLost(t *testing.T) {
	sound := folderOf(t, 24, "ab", nil)
	headPath, f := fittedOn(t, fromFolder(sound))
	if f.Images != 16 || f.Data.Total != 24 || f.Data.Lost != 0 {
		t.Fatalf("%+v", f)
	}
	flipped := folderOf(t, 24, "ab", nil)
	flipByte(t, flipped)
	hot := folderOf(t, 24, "ab", func(i int, r *features.Record, x []float32) {
		if i == 3 {
			x[2] = float32(math.Inf(1))
		}
	})
	waiting := folderOf(t, 24, "ab", func(i int, r *features.Record, x []float32) {
		if i == 2 || i == 3 {
			r.Key = pixels.Key{}
		}
	})
	for name, read := range everyReader(t, headPath) {
		for _, c := range []struct {
			dir  string
			want Images
			said []string
		}{
			{sound, Images{Total: 24}, nil},
			{flipped, Images{Total: 24, Lost: 1}, []string{"train/a/0.jpg: its features are not used: its checksum does not match its features"}},
			{hot, Images{Total: 24, NotFinite: 1}, []string{"train/b/3.jpg: its features are not used: its features are not finite"}},
			{waiting, Images{Total: 24, Waiting: 2}, []string{"train/a/2.jpg: it was not extracted yet", "train/b/3.jpg: it was not extracted yet"}},
		} {
			s := fromFolder(c.dir)
			got, err := read(s)
			if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%s: %+v (%v), want %+v", name, got, err, c.want)
			}
			wantSaid(t, name, s, c.said...)
		}
	}
}

// TestManyLostAreCounted: the first twenty are named.
func TestManyLostAreCounted(t *testing.T) {
	s := fromFolder(folderOf(t, 60, "ab", func(i int, r *features.Record, _ []float32) {
		if i < 25 {
			r.Key = pixels.Key{}
		}
	}))
	if _, err := OpenFolder(s, nil); err != nil {
		t.Fatal(err)
	}
	if notes := s.Ingest.Progress.Notes(); len(notes) != 21 || notes[20] != "and 5 more like train/a/0.jpg" {
		t.Errorf("said %q", notes)
	}
}

// TestDamagedPartIsNamed: its rows are gone, and why.
func TestDamagedPartIsNamed(t *testing.T) {
	dir := folderOf(t, 4, "ab", nil)
	parts, _ := filepath.Glob(filepath.Join(dir, "part-*.arrow"))
	if err := os.Truncate(parts[0], 100); err != nil {
		t.Fatal(err)
	}
	s := fromFolder(dir)
	f, err := OpenFolder(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	notes := s.Ingest.Progress.Notes()
	if f.Images().Lost != 4 || len(notes) != 5 || !strings.HasPrefix(notes[0], "damaged: "+parts[0]) || notes[1] != "train/a/0.jpg: its features are gone" {
		t.Errorf("%+v, said %q", f.Images(), notes)
	}
}

// TestShortViews: a view that some images lack is nobody's, and that is said.
func TestShortViews(t *testing.T) {
	dir := folderOf(t, 4, "ab", nil)
	existing, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	existing.Close()
	store, err := features.Open(dir, existing.Meta(), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := store.Append(features.Row{ID: features.ID{Key: pixels.KeyOf(fmt.Append(nil, i)), View: 1}, Features: make([]float32, 4)}); err != nil {
			t.Fatal(err)
		}
	}
	store.Close()
	s := fromFolder(dir)
	f, err := OpenFolder(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set, err := f.Set()
	if err != nil {
		t.Fatal(err)
	}
	f.NoteShort(set)
	wantSaid(t, "views", s, "train/b/3.jpg: it has no view 1, which others have")
	if f.Images().Short != 1 {
		t.Errorf("%+v", f.Images())
	}
}
