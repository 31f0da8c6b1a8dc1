package train_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/trunk"
	"graft/head"
	"graft/head/classify"
	"graft/head/train"
	"graft/onnx/ort/orttest"
)

// photographs is a source of some, with the trunk that takes milliseconds.
func photographs(t *testing.T, path string) train.Source {
	t.Helper()
	s := from(path)
	s.Ingest.Trunk, s.Ingest.Cache = extractortest.Trunk(t, 1), trunk.Cache{Dir: t.TempDir()}
	return s
}

// TestPhotographsAreTrainedAndJudgedOn goes the whole way, from photographs to a
// head and what is said of it, and leaves no session.
func TestPhotographsAreTrainedAndJudgedOn(t *testing.T) {
	orttest.Library(t)
	extractortest.NoSessions(t)
	data := extractortest.Photographs(t, 36)
	extractortest.Write(t, filepath.Join(data, "val/ladybirds/letter.jpg"), []byte("a letter"))
	s, out := photographs(t, data), filepath.Join(t.TempDir(), "head.onnx")
	r, err := train.Fit(t.Context(), train.FitOptions{Source: s, Solver: head.LBFGS{C: 1}}, out)
	if err != nil || r.Images != 18 || r.Data.Total != 37 || r.Data.Failed != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	evaluate := train.EvaluateOptions{Source: s}
	evaluate.Head = out
	e, err := train.Evaluate(t.Context(), evaluate)
	if err != nil || e.Split != "val" || e.Report.Total != 18 || e.Data.Failed != 1 || s.Ingest.Progress.Computed.Load() != 0 {
		t.Errorf("%+v, %v; %d rows computed", e, err, s.Ingest.Progress.Computed.Load())
	}
	if c, err := train.Compare(t.Context(), train.CompareOptions{Source: s, Heads: [2]string{out, out}}); err != nil || c.Comparison.Total != 18 {
		t.Errorf("%+v, %v", c, err)
	}
	var page train.ReportOptions
	page.Source, page.Head = s, out
	file := filepath.Join(t.TempDir(), "page.html")
	if _, err := train.Report(t.Context(), page, file); err != nil || !strings.Contains(string(fileAt(t, file)), "data:image/jpeg;base64,") {
		t.Errorf("the page has no pictures; %v", err)
	}
	s.Ingest.Trunk = extractortest.Trunk(t, 1)
	taps, err := train.Taps(t.Context(), train.TapsOptions{Source: s, Solver: head.LBFGS{C: 1}, Folds: 3})
	if err != nil || len(taps.Taps) != 2 || taps.Taps[0].Name != extractortest.Early || taps.Images != 18 {
		t.Errorf("%+v, %v", taps, err)
	}
}

// TestHeadWantsItsOwnTrunk: photographs are extracted with the head's trunk, its
// tap and its transform, whatever the options say, or not at all.
func TestHeadWantsItsOwnTrunk(t *testing.T) {
	orttest.Library(t)
	extractortest.NoSessions(t)
	data := extractortest.Photographs(t, 12)
	s := photographs(t, data)
	s.Ingest.Taps, s.Ingest.Adjust.Resize = []string{extractortest.Early}, trunk.Size{Width: 48}
	out := filepath.Join(t.TempDir(), "head.onnx")
	if _, err := train.Fit(t.Context(), train.FitOptions{Source: s, Solver: quick}, out); err != nil {
		t.Fatal(err)
	}
	h := readHead(t, out)
	if h.Identity.Tap != extractortest.Early || h.Identity.Transform.Resize != 48 {
		t.Fatalf("identity %+v", h.Identity)
	}
	other := s
	other.Ingest.Taps, other.Ingest.Adjust = nil, trunk.Adjust{}
	f := opened(t, other, h)
	if f.Identity() != h.Identity || s.Ingest.Progress.Computed.Load() != 0 {
		t.Errorf("features of %+v; %d rows computed", f.Identity(), s.Ingest.Progress.Computed.Load())
	}
	other.Ingest.Trunk = extractortest.Trunk(t, 2)
	_, err := train.Open(t.Context(), other, h)
	var wrong *classify.TrunkError
	if !errors.As(err, &wrong) || wrong.Head != out || wrong.Missing.Path != other.Ingest.Trunk {
		t.Errorf("another trunk: error %v", err)
	}
	other.Ingest.Trunk = ""
	if _, err = train.Open(t.Context(), other, h); !errors.As(err, &wrong) || wrong.Missing.Path != "" {
		t.Errorf("no trunk in the cache: error %v", err)
	}
}

// TestDataThatNoHeadCanBeTrainedOn is refused before anything is computed; no
// library is needed to say so.
func TestDataThatNoHeadCanBeTrainedOn(t *testing.T) {
	photo := fileAt(t, filepath.Join(extractortest.Demo(t), "train/ladybirds/00.jpg"))
	for _, c := range []struct {
		name       string
		files      []string
		folders    []string
		want, hint string
	}{
		{"an empty class", []string{"a/0.jpg", "b/0.jpg"}, []string{"c"}, "no images for the class c", "remove the folder"},
		{"no classes", []string{"0.jpg", "1.jpg"}, nil, "has no folder for each class", "a folder of its own"},
		{"the folder around", []string{"data/train/a/0.jpg", "data/train/b/0.jpg"}, nil, "which would be the only class", "data"},
		{"one class", []string{"a/0.jpg", "a/1.jpg"}, nil, `has one class only, "a"`, "a folder for each class"},
	} {
		dir := t.TempDir()
		for _, name := range c.files {
			extractortest.Write(t, filepath.Join(dir, name), photo)
		}
		for _, name := range c.folders {
			if err := os.Mkdir(filepath.Join(dir, name), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		s := photographs(t, dir)
		s.Ingest.Device.Library = filepath.Join(dir, "nowhere.so")
		out := filepath.Join(t.TempDir(), "head.onnx")
		_, err := train.Fit(t.Context(), train.FitOptions{Source: s, Solver: quick}, out)
		var data *train.DataError
		if !errors.As(err, &data) || !strings.Contains(data.Hint(), c.hint) {
			t.Errorf("%s: error %v, want a DataError with the hint %q", c.name, err, c.hint)
		}
		wantError(t, c.name, err, c.want)
		_, err = train.Taps(t.Context(), train.TapsOptions{Source: s, Solver: quick, Folds: 2})
		wantError(t, c.name+", taps", err, c.want)
	}
}
