package train_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/head"
	"graft/head/train"
)

// valAfter30 trains on thirty images of forty and judges on the rest.
var valAfter30 = splits(map[string][2]int{"train": {0, 30}, "val": {30, 40}})

func TestEvaluate(t *testing.T) {
	dir := extractortest.Synthetic{N: 40, D: 8, Split: valAfter30}.Folder(t)
	h := fitted(t, dir, head.LBFGS{C: 1})
	o := train.EvaluateOptions{Source: from(dir)}
	o.Head = h
	e, err := train.Evaluate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if e.Split != "val" || e.Report.Total != 10 || e.Data.Total != 40 || e.Data.Failed != 0 || len(e.Worst) == 0 {
		t.Errorf("split %q, %d judged of %d, %d failed, worst %+v", e.Split, e.Report.Total, e.Data.Total, e.Data.Failed, e.Worst)
	}
	for _, w := range e.Worst {
		if want := fmt.Sprintf("%s/%d.jpg", w.True, 30+w.Row); w.Path != want {
			t.Errorf("row %d is %q, want %q", w.Row, w.Path, want)
		}
	}
	b, err := json.Marshal(e)
	if err != nil || !strings.Contains(string(b), `"split":"val"`) || !strings.Contains(string(b), `"accuracy":`) || strings.Contains(string(b), "Failed") {
		t.Errorf("as JSON %s, %v", b, err)
	}

	strange := extractortest.Synthetic{N: 4, D: 8, Label: func(int) string { return "moth" }}.Folder(t)
	o.Source = from(strange)
	_, err = train.Evaluate(t.Context(), o)
	wantError(t, "a class that the head does not know", err, `the head does not know "moth"`)
	o.Head = filepath.Join(t.TempDir(), "nowhere.onnx")
	_, err = train.Evaluate(t.Context(), o)
	wantError(t, "no head", err, "read the head: ")
}

// TestEvaluateCountsFailedImages: those that the table says could not be read are
// counted, and not judged.
func TestEvaluateCountsFailedImages(t *testing.T) {
	dir := extractortest.Synthetic{N: 40, D: 8, Split: valAfter30}.Folder(t)
	h := fitted(t, dir, quick)
	existing, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	name := features.SamplesTable
	table, err := existing.ReadTable(name)
	if err != nil {
		t.Fatal(err)
	}
	existing.Close()
	store, err := features.Open(dir, existing.Meta(), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table.Records = append(table.Records, features.Record{Path: "a/letter.jpg", Label: "a", Split: "val", Error: "not an image"})
	if err := errors.Join(store.WriteTable(name, table), store.Close()); err != nil {
		t.Fatal(err)
	}
	o := train.EvaluateOptions{Source: from(dir)}
	o.Head = h
	e, err := train.Evaluate(t.Context(), o)
	if err != nil || e.Data.Failed != 1 || e.Data.Total != 41 || e.Report.Total != 10 {
		t.Errorf("%d failed of %d, %d judged, %v", e.Data.Failed, e.Data.Total, e.Report.Total, err)
	}
}

// TestCompareLeavesOutTrainingImages: heads that were trained on different images
// are compared on those that neither knows.
func TestCompareLeavesOutTrainingImages(t *testing.T) {
	dir := extractortest.Synthetic{N: 60, D: 8}.Folder(t)
	var heads [2]string
	for i, begin := range []int{0, 30} {
		extractortest.Resplit(t, dir, splits(map[string][2]int{"train": {begin, begin + 20}}))
		heads[i] = fitted(t, dir, quick)
	}
	extractortest.Resplit(t, dir, splits(nil))
	s := from(dir)
	c, err := train.Compare(t.Context(), train.CompareOptions{Source: s, Heads: heads})
	if err != nil {
		t.Fatal(err)
	}
	if c.Comparison.Total != 20 || c.Data.Total != 60 || c.Data.Failed != 0 {
		t.Errorf("%d images compared of %d, %d failed", c.Comparison.Total, c.Data.Total, c.Data.Failed)
	}
	const note = "the head was trained on 20 of these 60 images; the other 40 are judged"
	wantNotes(t, "compare", s.Ingest.Progress, note, note, "20 images that one of the heads was trained on are left out")

	extractortest.Resplit(t, dir, splits(map[string][2]int{"train": {20, 60}}))
	heads[1] = fitted(t, dir, quick)
	extractortest.Resplit(t, dir, splits(nil))
	if _, err := train.Compare(t.Context(), train.CompareOptions{Source: from(dir), Heads: heads}); !errors.Is(err, train.ErrAllTrainedOn) {
		t.Errorf("between them they know all: error %v", err)
	}
	if c, err = train.Compare(t.Context(), train.CompareOptions{Source: from(dir), Heads: [2]string{heads[0], heads[0]}}); err != nil || c.OnlyA+c.OnlyB != 0 || c.P != 1 {
		t.Errorf("a head and itself: %+v, %v", c, err)
	}
}

// tapFolders are folders of two taps of the same images; change is done to the
// early one.
func tapFolders(t *testing.T, early extractortest.Synthetic) string {
	t.Helper()
	dir := t.TempDir()
	late := extractortest.Synthetic{N: 40, D: 8}
	early.Meta.Trunk.Tap = "early"
	for name, s := range map[string]extractortest.Synthetic{"features": late, "early": early} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(s.Folder(t))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTaps(t *testing.T) {
	blind := func(_ int, x []float32) { clear(x) }
	dir := tapFolders(t, extractortest.Synthetic{N: 40, D: 4, Change: blind})
	r, err := train.Taps(t.Context(), train.TapsOptions{Source: from(dir), Solver: head.LBFGS{C: 1}, Folds: 4})
	if err != nil {
		t.Fatal(err)
	}
	if r.Recommended != "features" || len(r.Taps) != 2 || r.Taps[0].Name != "early" || r.Taps[0].Dim != 4 || r.Taps[1].Dim != 8 {
		t.Errorf("%+v", r.TapAdvice)
	}
	if r.Images != 40 || r.Classes != 2 || r.Data.Total != 40 || r.Data.Failed != 0 {
		t.Errorf("%+v", r)
	}
	if b, err := json.Marshal(r); err != nil || strings.Contains(string(b), "Images") || !strings.Contains(string(b), `"recommended":"features"`) {
		t.Errorf("as JSON %s, %v", b, err)
	}
}

func TestTapsRefuses(t *testing.T) {
	judge := func(dir string) error {
		_, err := train.Taps(t.Context(), train.TapsOptions{Source: from(dir), Solver: head.LBFGS{C: 1}, Folds: 4})
		return err
	}
	var few *train.FewTapsError
	if err := judge(small(t)); !errors.As(err, &few) || !few.Folder {
		t.Errorf("one tap: error %v", err)
	}
	var unlike *train.TapsUnlikeError
	other := extractortest.Synthetic{N: 40, D: 4}
	other.Meta.Trunk = features.Trunk{Name: "other", SHA256: strings.Repeat("f", 64), Trained: true}
	for name, early := range map[string]extractortest.Synthetic{"more images": {N: 41, D: 4}, "another trunk": other} {
		if err := judge(tapFolders(t, early)); !errors.As(err, &unlike) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestReport writes a page without pictures, since there are none.
func TestReport(t *testing.T) {
	dir := extractortest.Synthetic{N: 40, D: 8, Split: valAfter30}.Folder(t)
	var o train.ReportOptions
	o.Source, o.Head, o.Title = from(dir), fitted(t, dir, quick), "Garden & field"
	out := filepath.Join(t.TempDir(), "page.html")
	r, err := train.Report(t.Context(), o, out)
	if err != nil || r.Images != 10 || r.Data.Total != 40 || r.Data.Failed != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	page := string(fileAt(t, out))
	for _, want := range []string{"Garden &amp; field", "of 10 images right", "a/30.jpg", "resize 342, crop 299, exif apply"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	o.Split, o.Title = "train", ""
	if r, err = train.Report(t.Context(), o, out); err != nil || r.Images != 30 {
		t.Errorf("%+v, %v", r, err)
	}
	page = string(fileAt(t, out))
	for _, want := range []string{"was trained on all of these images", "head.onnx on " + filepath.Base(dir) + ", train"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on the page of training images", want)
		}
	}
}
