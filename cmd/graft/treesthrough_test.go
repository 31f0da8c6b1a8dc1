//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"graft/extractor/dataset"
	"graft/head/classify"
	"graft/onnx/ort/orttest"
)

// graft runs a command, which must end with a code, and returns what it writes.
func (w *tree) graft(code int, args ...string) string {
	w.t.Helper()
	var out, said bytes.Buffer
	got := run(w.t.Context(), append([]string{"graft"}, args...), strings.NewReader(""), &out, &said)
	if got != code {
		w.t.Fatalf("graft %q: exit code %d, want %d: %s", args, got, code, &said)
	}
	if strings.Contains(said.String(), "panic") {
		w.t.Errorf("graft %q: %s", args, &said)
	}
	return out.String()
}

// opens looks for a path of an output, below dir, among the photographs; it returns
// its path below the root.
func (w *tree) opens(path, dir string) string {
	w.t.Helper()
	if !utf8.ValidString(path) {
		w.t.Errorf("the path %+q is not UTF-8", path)
	}
	at := dataset.Resolve(filepath.Join(dir, path))
	if _, err := os.ReadFile(at); err != nil {
		w.t.Errorf("%+q does not open: %v", path, err)
	}
	rel, err := filepath.Rel(w.root, at)
	if err != nil {
		w.t.Error(err)
	}
	return rel
}

// all checks that paths of an output are those of all photographs that can be read.
func (w *tree) all(what string, paths []string, dir string, want []string) {
	w.t.Helper()
	var got []string
	for _, p := range paths {
		got = append(got, w.opens(p, dir))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: %+q, want %+q", what, got, want)
	}
}

// TestWildTrees takes trees through the whole of graft.
func TestWildTrees(t *testing.T) {
	library := orttest.Library(t)
	if runtime.GOOS == "darwin" {
		t.Skip("names of files are not bytes here")
	}
	t.Setenv("GRAFT_ORT_LIB", library)
	t.Setenv("GRAFT_TRUNK", quickTrunk(t))
	n, only := trees, -1
	if testing.Short() {
		n = fewTrees
	}
	if text := os.Getenv("GRAFT_TEST_TREES"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	if text := os.Getenv("GRAFT_TEST_TREE"); text != "" {
		only, _ = strconv.Atoi(text)
	}
	for i := range n {
		if only < 0 || i == only {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Setenv("XDG_CACHE_HOME", t.TempDir())
				wild(t, uint64(i)).through()
			})
		}
	}
}

// through takes a tree through all commands.
func (w *tree) through() {
	out := w.t.TempDir()
	in := func(name string) string { return filepath.Join(out, name) }
	head := in("h\xe9ad.onnx")
	if w.twins {
		w.graft(exitFailure, "fit", w.root, "--allow-empty", "--out", head)
		return
	}
	d, err := dataset.Scan(w.t.Context(), w.root, dataset.Options{AllowEmpty: true})
	if err != nil {
		w.t.Fatal(err)
	}
	if !slices.Equal(d.Classes, w.labels) {
		w.t.Fatalf("classes %+q, want %+q", d.Classes, w.labels)
	}
	labelled, code := w.expected(d)
	w.graft(code, "fit", w.root, "--allow-empty", "--out", head, "--features", in("features"), "--epochs", "2")
	h, err := classify.ReadHead(head)
	if err != nil {
		w.t.Fatal(err)
	}
	if !slices.Equal(h.Classes(), w.labels) {
		w.t.Errorf("the head has %+q, want %+q", h.Classes(), w.labels)
	}
	w.graft(code, "eval", dataset.Escape(head), dataset.Escape(w.root), "--features", in("features"))
	w.evaluated(w.graft(code, "eval", head, in("features"), "--json"))
	w.checked(w.graft(code, "check", w.root, "--json", "--features", in("features")))
	if w.odds(4) {
		w.graft(code, "check", w.root, "--html", in("check.html"))
		w.graft(code, "report", head, w.root, "--out", in("report.html"))
	}
	w.predicted(head, in)
	for _, format := range []string{"csv", "npy", "parquet"} {
		w.graft(code, "features", "export", in("features"), "--out", in("f."+format))
	}
	w.all("features in csv", column(w.t, readTable(w.t, in("f.csv"), ','), "path"), w.root, labelled)
	w.all("features in parquet", parquetPaths(w.t, in("f.parquet")), w.root, labelled)
}

// expected are the photographs with labels that can be read, and the exit code of
// those who read all that have some.
func (w *tree) expected(d *dataset.Dataset) (labelled []string, code int) {
	for _, s := range d.Samples {
		good, known := w.images[s.Path]
		if !known && !strings.Contains(s.Path, "loop") {
			w.t.Errorf("%+q is taken for a photograph", s.Path)
		}
		if good {
			labelled = append(labelled, s.Path)
		} else {
			code = exitPartial
		}
	}
	if w.locked {
		code = exitPartial
	}
	slices.Sort(labelled)
	return labelled, code
}

// predicted labels everything in every format.
func (w *tree) predicted(head string, in func(string) string) {
	var want []string
	code := exitOK
	for path, good := range w.images {
		if good {
			want = append(want, path)
		} else {
			code = exitPartial
		}
	}
	if w.locked {
		code = exitPartial
	}
	slices.Sort(want)
	formats := []string{"csv", "tsv", "json", "jsonl", "parquet"}
	for _, format := range formats {
		file := in("p." + format)
		w.graft(code, "predict", head, w.root, "--out", file)
		var paths []string
		switch format {
		case "csv":
			paths = column(w.t, readTable(w.t, file, ','), "path")
		case "tsv":
			paths = column(w.t, readTable(w.t, file, '\t'), "path")
		case "parquet":
			paths = parquetPaths(w.t, file)
		default:
			paths = jsonPaths(w.t, file)
		}
		w.all("predictions in "+format, paths, "", want)
		if w.odds(len(formats)) {
			w.graft(exitOK, "predict", head, paths[w.random.IntN(len(paths))], "--format", format, "--out", in("again"))
		}
	}
	w.graft(exitOK, "predict", head, "--list", in("p.csv"), "--out", in("again.csv"))
	first, err := os.ReadFile(in("p.csv"))
	again, err2 := os.ReadFile(in("again.csv"))
	if err := errors.Join(err, err2); err != nil || !bytes.Equal(first, again) {
		w.t.Errorf("predictions of the list of predictions differ (%v)", err)
	}
}

// evaluated looks at the paths of eval --json.
func (w *tree) evaluated(text string) {
	var e struct{ Worst []struct{ Path, True string } }
	if err := json.Unmarshal([]byte(text), &e); err != nil || len(e.Worst) == 0 {
		w.t.Errorf("eval: %v, %q", err, text)
	}
	for _, i := range e.Worst {
		w.opens(i.Path, w.root)
		if !slices.Contains(w.labels, i.True) {
			w.t.Errorf("eval has a class %+q", i.True)
		}
	}
}

// checked looks at the paths of check --json.
func (w *tree) checked(text string) {
	type image struct{ Path, Label string }
	var c struct {
		Unreadable, Pictures []image
		Duplicates           []struct{ Images []image }
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		w.t.Errorf("check: %v, %q", err, text)
	}
	images := c.Pictures
	for _, g := range c.Duplicates {
		images = append(images, g.Images...)
	}
	for _, i := range images {
		w.opens(i.Path, w.root)
		if i.Label != "" && !slices.Contains(w.labels, i.Label) {
			w.t.Errorf("check has a class %+q", i.Label)
		}
	}
	for _, i := range c.Unreadable {
		if _, err := os.Lstat(dataset.Resolve(filepath.Join(w.root, i.Path))); err != nil {
			w.t.Errorf("unreadable %+q: %v", i.Path, err)
		}
	}
}
