package predictions_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/head"
	"graft/head/classify"
	"graft/head/predictions"
	"graft/head/train"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// classifier is a head on the small trunk that travels with graft, trained on
// drawings.
func classifier(t *testing.T) *classify.Classifier {
	t.Helper()
	device := ort.Options{Library: orttest.Library(t)}
	dir := t.TempDir()
	at, out := filepath.Join(dir, "trunk.onnx"), filepath.Join(dir, "head.onnx")
	_, err := trunk.Build(trunk.BuildSettings{Seedling: true, Resize: 128, Crop: 112}, at)
	if err == nil {
		o := train.FitOptions{Solver: head.RMSprop{Epochs: 5}}
		o.Path, o.Ingest = "../../testdata/demo", ingest.Options{Trunk: at, Folder: filepath.Join(dir, "features"), Device: device}
		_, err = train.Fit(t.Context(), o, out)
	}
	var c *classify.Classifier
	if err == nil {
		c, err = classify.Open(out, classify.Options{Trunk: at, Device: device})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// drawings are some of the demo's, a file that is no image, and more.
func drawings(t *testing.T) (paths []string) {
	t.Helper()
	broken := filepath.Join(t.TempDir(), "broken.jpg")
	if err := os.WriteFile(broken, []byte("no image"), 0o666); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("../../testdata/demo/val/*/0[0-3].jpg")
	if err != nil || len(paths) != 12 {
		t.Fatalf("%d drawings (%v)", len(paths), err)
	}
	paths = append(append(paths[:6:6], broken), paths[6:]...)
	for i, p := range paths {
		paths[i] = filepath.ToSlash(p) // as samples have them
	}
	return paths
}

// TestRun writes what Classify and ClassifyFile say, image by image.
func TestRun(t *testing.T) {
	c, paths := classifier(t), drawings(t)
	found, err := dataset.FromPaths(t.Context(), paths, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := predictions.NewWriter("csv", &out, predictions.Columns{})
	if err != nil {
		t.Fatal(err)
	}
	progress, sorted := new(extractor.Progress), &predictions.Folders{Dir: t.TempDir()}
	r := predictions.Run{Classifier: c, Parts: found.Parts(t.Context(), 5), Writer: w, Folders: sorted, Progress: progress}
	done, err := r.Do(t.Context())
	if err != nil || done.Images != 13 || done.Failed != 1 || done.Placed[predictions.PlacedNew]+done.Placed[predictions.PlacedNumbered] != 12 {
		t.Errorf("%+v, %v", done, err)
	}
	if notes := progress.Notes(); len(notes) != 1 || !strings.HasPrefix(notes[0], paths[6]+": ") || strings.Count(notes[0], paths[6]) != 1 {
		t.Errorf("notes %q", notes)
	}
	want := "path,label,probability\n"
	for i, path := range paths {
		if i != 6 {
			want += line(t, c, path)
		}
	}
	if out.String() != want {
		t.Errorf("got:\n%swant:\n%s", &out, want)
	}
}

// line is what two other ways of asking give.
func line(t *testing.T, c *classify.Classifier, path string) string {
	t.Helper()
	p, err := c.ClassifyFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Classify(t.Context(), file)
	if err != nil || again.Label != p.Label || again.Probability != p.Probability || again.Key != p.Key {
		t.Errorf("%+v (%v), of the file %+v", again, err, p)
	}
	return fmt.Sprintf("%s,%s,%.6f\n", path, p.Label, p.Probability)
}

// TestRunEnds is about what ends a run before its end: what was written stays.
func TestRunEnds(t *testing.T) {
	c, paths := classifier(t), drawings(t)
	gone := errors.New("gone")
	for name, r := range map[string]predictions.Run{
		"parts": {Writer: &writer{}, Parts: func(yield func(*dataset.Dataset, error) bool) {
			_ = yield(dataset.Files(paths[:2], dataset.Options{}), nil) && yield(nil, gone)
		}},
		"writer": {Writer: &writer{fails: gone}, Parts: func(yield func(*dataset.Dataset, error) bool) {
			yield(dataset.Files(paths, dataset.Options{}), nil)
		}},
	} {
		r.Classifier = c
		if done, err := r.Do(t.Context()); err != gone || done.Images != 2 || r.Writer.(*writer).closed {
			t.Errorf("%s: %+v, %v", name, done, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	r := predictions.Run{Classifier: c, Writer: &writer{}, Parts: func(yield func(*dataset.Dataset, error) bool) {
		yield(dataset.Files(paths, dataset.Options{}), nil)
	}}
	if done, err := r.Do(ctx); err != gone || done.Images != 0 {
		t.Errorf("cancelled: %+v, %v", done, err)
	}
}

// A writer fails at the second line, if it does.
type writer struct {
	fails  error
	lines  int
	closed bool
}

func (w *writer) Write(*predictions.Prediction) error {
	if w.lines++; w.lines == 2 {
		return w.fails
	}
	return nil
}

func (w *writer) Close() error { w.closed = true; return nil }
