package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/head"
	"graft/head/train"
)

// TestFit trains a head and reads it again: it knows what it belongs to and what
// it was trained on, and the record says how.
func TestFit(t *testing.T) {
	dir := extractortest.Synthetic{N: 40, D: 8, Label: extractortest.Turns(4), Split: splits(map[string][2]int{"train": {0, 30}, "val": {30, 40}})}.Folder(t)
	for name, solver := range map[string]head.Solver{"rmsprop": head.RMSprop{Epochs: 4}, "lbfgs": head.LBFGS{C: 1}, "knn": head.KNN{K: 3}} {
		out := filepath.Join(t.TempDir(), "head.onnx")
		epochs := 0
		r, err := train.Fit(t.Context(), train.FitOptions{
			Source: from(dir), Solver: solver, Folds: 3, Seed: 5,
			Versions: map[string]string{"graft": "test"}, Observe: func(head.Epoch) { epochs++ },
		}, out)
		if err != nil {
			t.Fatal(err)
		}
		if (epochs > 0) != (name == "rmsprop") {
			t.Errorf("%s: %d epochs were seen", name, epochs)
		}
		if r.Out != out || r.Images != 30 || r.Data.Total != 40 || r.Data.Failed != 0 || r.Split || r.Calibration != nil || strings.Join(r.Labels, "") != "abcd" {
			t.Errorf("%s: %+v", name, r)
		}
		if v := r.CrossValidation; v == nil || v.Total != 30 || len(v.Folds) != 3 {
			t.Errorf("%s: cross-validation %+v", name, v)
		}
		h := readHead(t, out)
		want := trunk.Identity{Trunk: strings.Repeat("0", 64), Tap: "features", Transform: pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF}}
		if h.Identity != want {
			t.Errorf("%s: identity %+v", name, h.Identity)
		}
		if h.Training.Solver != name || h.Training.Rows != 30 || h.Training.Versions["graft"] != "test" || h.Training.Fingerprints["trunk"] != want.Trunk || h.Training.Seconds != 0 {
			t.Errorf("%s: record %+v", name, h.Training)
		}
		for i := range 40 {
			if seen := h.TrainedOn.Has(pixels.KeyOf(fmt.Append(nil, i))); seen != (i < 30) {
				t.Errorf("%s: image %d, trained on: %v", name, i, seen)
			}
		}
	}
}

// TestFitCalibrates: the head that is written is the calibrated one.
func TestFitCalibrates(t *testing.T) {
	dir := extractortest.Synthetic{N: 40, D: 8, Label: extractortest.Turns(4)}.Folder(t)
	out := filepath.Join(t.TempDir(), "head.onnx")
	r, err := train.Fit(t.Context(), train.FitOptions{Source: from(dir), Solver: head.LBFGS{C: 1}, Calibrate: true}, out)
	if err != nil || r.Calibration == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	h := readHead(t, out)
	if k := h.Training.Calibration; k == nil || k.Temperature != r.Calibration.Temperature {
		t.Errorf("the head's calibration is %+v, want %+v", k, r.Calibration)
	}
	_, err = train.Fit(t.Context(), train.FitOptions{Source: from(dir), Solver: head.KNN{}, Calibrate: true}, out)
	wantError(t, "knn", err, "has no logits")
}

// TestFitDividesDataWithoutSplits, and says so.
func TestFitDividesDataWithoutSplits(t *testing.T) {
	dir := extractortest.Synthetic{N: 40, D: 8, Split: splits(nil)}.Folder(t)
	for val, divided := range map[float64]bool{0.25: true, 0: false} {
		r, err := train.Fit(t.Context(), train.FitOptions{Source: from(dir), Solver: quick, Val: val}, filepath.Join(t.TempDir(), "head.onnx"))
		if err != nil || r.Split != divided || (r.Images < 40) != divided {
			t.Errorf("val %v: %+v, %v", val, r, err)
		}
	}
}

func TestSameHeadOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	dir := extractortest.Synthetic{N: 96, D: 600, Label: extractortest.Turns(8)}.Folder(t)
	for name, o := range map[string]train.FitOptions{
		"rmsprop": {Solver: head.RMSprop{Batch: 64, Epochs: 2}},
		"rmsprop, all of it": {
			Solver: head.RMSprop{Batch: 64, Epochs: 2, RateAuto: true, EarlyStop: 1, FeatureDropout: 0.2}, Calibrate: true,
		},
		"lbfgs": {Solver: head.LBFGS{C: 0.1}},
		"knn":   {Solver: head.KNN{}},
	} {
		var first []byte
		for _, cores := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(cores)
			out := filepath.Join(t.TempDir(), "head.onnx")
			o.Source = from(dir)
			if _, err := train.Fit(t.Context(), o, out); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			b := fileAt(t, out)
			if first == nil {
				first = b
			}
			if !bytes.Equal(b, first) {
				t.Errorf("%s: %d cores give other bytes than one", name, cores)
			}
		}
	}
}

// TestFitPassesOverWhatIsNotFinite: a row that is not finite is not trained on, by
// no solver, and is counted.
func TestFitPassesOverWhatIsNotFinite(t *testing.T) {
	spoilt := extractortest.Synthetic{N: 24, D: 8, Change: func(i int, x []float32) {
		if i == 13 {
			x[5] = float32(math.NaN())
		}
	}}.Folder(t)
	for _, s := range []head.Solver{quick, head.LBFGS{C: 1}, head.KNN{}} {
		r, err := train.Fit(t.Context(), train.FitOptions{Source: train.Source{Path: spoilt}, Solver: s}, filepath.Join(t.TempDir(), "head.onnx"))
		if err != nil || r.Images != 23 || r.Data.NotFinite != 1 {
			t.Errorf("%T: %+v, %v; want 23 images, and one that is not finite", s, r, err)
		}
	}
}

// TestFitRefuses, and the head that was there stays.
func TestFitRefuses(t *testing.T) {
	good := extractortest.Synthetic{N: 24, D: 8}.Folder(t)
	one := extractortest.Synthetic{N: 12, D: 8, Label: extractortest.Turns(1)}.Folder(t)
	lone := extractortest.Synthetic{N: 13, D: 8, Label: func(i int) string { return string(rune('a' + i/12)) }}.Folder(t)
	bear := head.ClassWeights{Given: map[string]float64{"a": 2, "bear": 3}}
	for _, c := range []struct {
		dir  string
		o    train.FitOptions
		want string
	}{
		{one, train.FitOptions{Solver: quick}, `one class only (["a"])`},
		{one, train.FitOptions{Solver: head.LBFGS{}}, `one class only (["a"])`},
		{lone, train.FitOptions{Solver: quick, Folds: 5}, `class "b" has a single row`},
		{lone, train.FitOptions{Solver: head.LBFGS{}}, `class "b" has a single row`},
		{lone, train.FitOptions{Solver: head.RMSprop{RateAuto: true}}, `class "b" has a single row`},
		{lone, train.FitOptions{Solver: quick, Calibrate: true}, `class "b" has a single row`},
		{good, train.FitOptions{Solver: head.RMSprop{ClassWeights: bear}}, `no class "bear"; there are "a", "b"`},
		{good, train.FitOptions{Solver: head.LBFGS{ClassWeights: bear}}, `no class "bear"; there are "a", "b"`},
		{good, train.FitOptions{Solver: quick, Folds: 25}, "25 folds of 24 rows"},
	} {
		out := filepath.Join(t.TempDir(), "head.onnx")
		if err := os.WriteFile(out, []byte("the old head"), 0o644); err != nil {
			t.Fatal(err)
		}
		c.o.Source = from(c.dir)
		_, err := train.Fit(t.Context(), c.o, out)
		wantError(t, c.want, err, c.want)
		if b := fileAt(t, out); string(b) != "the old head" {
			t.Errorf("%s: the old head is gone", c.want)
		}
	}
}

// TestFitIsCancelled, and writes nothing.
func TestFitIsCancelled(t *testing.T) {
	dir := extractortest.Synthetic{N: 24, D: 8}.Folder(t)
	out := filepath.Join(t.TempDir(), "head.onnx")
	ctx, cancel := context.WithCancel(t.Context())
	o := train.FitOptions{Source: from(dir), Solver: quick, Observe: func(head.Epoch) { cancel() }}
	if _, err := train.Fit(ctx, o, out); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a head was written")
	}
}

// TestFullDiskKeepsTheOldHead saves a head of 70 kB on a disk of 64 kB.
// An interrupted training leaves the head of the last whole epoch, if that is wanted.
func TestInterruptKeepsTheLastEpoch(t *testing.T) {
	dir, out := small(t), filepath.Join(t.TempDir(), "head.onnx")
	ctx, cancel := context.WithCancel(t.Context())
	o := train.FitOptions{Source: from(dir), Solver: head.RMSprop{Epochs: 1000, KeepOnInterrupt: true}, Observe: func(e head.Epoch) {
		if e.Epoch == 2 {
			cancel()
		}
	}}
	r, err := train.Fit(ctx, o, out)
	if err != nil || !r.Record.Interrupted || len(r.Record.Epochs) != 2 {
		t.Fatalf("error %v, result %+v", err, r)
	}
	two := train.FitOptions{Source: from(dir), Solver: head.RMSprop{Epochs: 2}}
	if _, err := train.Fit(t.Context(), two, out+"2"); err != nil {
		t.Fatal(err)
	}
	x, got, want := matrixIn(t, dir, 12, 4), make([]float64, 12*2), make([]float64, 12*2)
	readHead(t, out).Predict(x, got)
	readHead(t, out+"2").Predict(x, want)
	if !slices.Equal(got, want) {
		t.Error("the head is not that of two epochs")
	}
}

func TestFullDiskKeepsTheOldHead(t *testing.T) {
	disk := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk).Run(); err != nil {
		t.Skipf("a small disk cannot be mounted here (that takes root): %v", err)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", disk).Run() })
	out := filepath.Join(disk, "head.onnx")
	fit := func(d int) error {
		dir := extractortest.Synthetic{N: 24, D: d}.Folder(t)
		_, err := train.Fit(t.Context(), train.FitOptions{Source: from(dir), Solver: head.RMSprop{Epochs: 1}}, out)
		return err
	}
	if err := fit(8); err != nil {
		t.Fatal(err)
	}
	old := fileAt(t, out)
	wantError(t, "a large head", fit(8500), "the disk is full")
	if !bytes.Equal(fileAt(t, out), old) {
		t.Error("the old head is gone")
	}
	if entries, err := os.ReadDir(disk); err != nil || len(entries) != 1 {
		t.Errorf("left are %v, %v", entries, err)
	}
}

// TestViewsAreTrainedOn: with augmented views another head comes out.
func TestViewsAreTrainedOn(t *testing.T) {
	dir := extractortest.Synthetic{N: 24, D: 8, Views: 2}.Folder(t)
	var heads [][]byte
	for views := range 3 {
		s, out := from(dir), filepath.Join(t.TempDir(), "head.onnx")
		s.Ingest.Views = views
		if _, err := train.Fit(t.Context(), train.FitOptions{Source: s, Solver: quick}, out); err != nil {
			t.Fatal(err)
		}
		heads = append(heads, fileAt(t, out))
	}
	if bytes.Equal(heads[0], heads[1]) || bytes.Equal(heads[1], heads[2]) {
		t.Error("the number of views makes no difference")
	}
}

// matrixIn reads the features of a folder, n×d.
func matrixIn(t *testing.T, dir string, n, d int) []float32 {
	t.Helper()
	store, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	table, err := store.ReadTable(features.SamplesTable)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, n*d)
	for i, r := range table.Records {
		if err := store.Row(r.Key, 0, x[i*d:(i+1)*d]); err != nil {
			t.Fatal(err)
		}
	}
	return x
}
