package main

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"graft/onnx/ort/orttest"
)

// TestReaderThatGoesAway closes the pipe after a line: nobody is told of it.
func TestReaderThatGoesAway(t *testing.T) {
	orttest.Library(t)
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no pipes that end a program")
	}
	dir := t.TempDir()
	trunk, head := filepath.Join(dir, "trunk.onnx"), filepath.Join(dir, "head.onnx")
	seeded(t, trunk)
	t.Setenv("GRAFT_TRUNK", trunk)
	var said bytes.Buffer
	if code := run(t.Context(), []string{"graft", "fit", "../../testdata/demo", "--out", head, "--features", filepath.Join(dir, "features")}, nil, io.Discard, &said); code != exitOK {
		t.Fatalf("fit: exit code %d: %s", code, &said)
	}
	// The shell waits for all of the pipe; && would only tell of head's end.
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `graft predict "$0" ../../testdata/demo/val | head -n 1`, head)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || string(out) != "path,label,probability\n" {
		t.Errorf("it wrote %q (%v)", out, err)
	}
	for line := range strings.Lines(stderr.String()) {
		if !strings.Contains(line, "is untrained") && !strings.HasPrefix(line, "graft: predict ") {
			t.Errorf("it said: %s", line)
		}
	}
}

func TestBest(t *testing.T) {
	got := best([]string{"a", "b", "c", "d"}, []float64{0.2, 0.3, 0.3, 0.2}, 3)
	if want := []guess{{"b", 0.3}, {"c", 0.3}, {"a", 0.2}}; !slices.Equal(got, want) {
		t.Errorf("best %v, want %v", got, want)
	}
}

// TestParquet writes more rows than a row group holds and reads them back.
func TestParquet(t *testing.T) {
	var file bytes.Buffer
	w := newPredictionWriter("parquet", &file, predictionColumns{k: 2, guess: true})
	const n = rowGroup + 3
	for i := range n {
		p := float64(i) / n
		v := &verdict{Path: fmt.Sprintf("\xff%d.jpg", i), Label: "unsure", Probability: p, Guess: "ants", Top: []guess{{"ants", p}, {"bees", 1 - p}}}
		if err := w.write(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	table, err := pqarrow.ReadTable(t.Context(), bytes.NewReader(file.Bytes()), nil, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	const want = "path utf8, label utf8, probability float64, guess utf8, label2 utf8, probability2 float64, "
	got := ""
	for _, f := range table.Schema().Fields() {
		got += fmt.Sprintf("%s %s, ", f.Name, f.Type)
	}
	if got != want || table.NumRows() != n {
		t.Fatalf("%d rows of %s; want %d of %s", table.NumRows(), got, n, want)
	}
	last := table.Column(0).Data().Chunks()[len(table.Column(0).Data().Chunks())-1].(*array.String)
	if got, want := last.Value(last.Len()-1), fmt.Sprintf("\uefff%d.jpg", n-1); got != want {
		t.Errorf("the last path is %q, want %q", got, want)
	}
}

func TestVerdict(t *testing.T) {
	p := &prediction{predictor: &predictor{labels: []string{"ants", "bees"}}, k: 1, judging: true, least: 0.6, unsure: "unsure"}
	for _, c := range []struct {
		probabilities []float64
		label, guess  string
	}{
		{[]float64{0.4, 0.6}, "bees", "bees"}, // at the bar is not below it
		{[]float64{0.59, 0.41}, "unsure", "ants"},
	} {
		if v := p.verdict("a.jpg", c.probabilities); v.Label != c.label || v.Guess != c.guess || v.Top != nil {
			t.Errorf("%v: verdict %+v", c.probabilities, v)
		}
	}
}
