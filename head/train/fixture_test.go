package train_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor"
	"graft/extractor/extractortest"
	"graft/extractor/ingest"
	"graft/head"
	"graft/head/classify"
	"graft/head/train"
)

// quick trains in milliseconds.
var quick = head.RMSprop{Epochs: 3}

// from is a source with a progress of its own, whose notes tests read.
func from(path string) train.Source {
	return train.Source{Path: path, Ingest: ingest.Options{Progress: new(extractor.Progress)}}
}

// fitted trains a head on a folder of features and returns its path.
func fitted(t *testing.T, dir string, s head.Solver) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "head.onnx")
	if _, err := train.Fit(t.Context(), train.FitOptions{Source: from(dir), Solver: s}, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// readHead reads one that was written.
func readHead(t *testing.T, path string) *classify.Head {
	t.Helper()
	h, err := classify.ReadHead(path)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// opened are the features of a folder, closed at the end of the test.
func opened(t *testing.T, s train.Source, h *classify.Head) *train.Features {
	t.Helper()
	f, err := train.Open(t.Context(), s, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// paths names the images of some rows.
func paths(r *train.Rows) string {
	var list []string
	for _, r := range r.Records {
		list = append(list, r.Path)
	}
	return strings.Join(list, " ")
}

// splits gives the first images train, the next val, and so on.
func splits(sizes map[string][2]int) func(int) string {
	return func(i int) string {
		for name, span := range sizes {
			if span[0] <= i && i < span[1] {
				return name
			}
		}
		return ""
	}
}

func wantError(t *testing.T, what string, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("%s: error %v, want %q in it", what, err, part)
	}
}

func wantNotes(t *testing.T, what string, p *extractor.Progress, want ...string) {
	t.Helper()
	notes := p.Notes()
	if len(notes) != len(want) {
		t.Errorf("%s: notes %q, want %q", what, notes, want)
		return
	}
	for i := range want {
		if !strings.Contains(notes[i], want[i]) {
			t.Errorf("%s: note %q, want %q", what, notes[i], want[i])
		}
	}
}

func fileAt(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// small is a folder of twelve images of two classes, without splits.
func small(t *testing.T) string {
	t.Helper()
	return extractortest.Synthetic{N: 12, D: 4, Split: splits(nil)}.Folder(t)
}
