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
	"sync/atomic"
	"testing"

	"graft/extractor/dataset"
	"graft/onnx/ort/orttest"
)

// endless gives lines for ever and counts them.
type endless struct{ lines atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	return copy(p, fmt.Sprintf("%08d.jpg\n", e.lines.Add(1))), nil
}

// TestPathsAreNotReadAhead takes a million paths in parts and looks how many
// are in memory at once.
func TestPathsAreNotReadAhead(t *testing.T) {
	source, seen := new(endless), 0
	const bound = 3 * partSize // a part that is under way, and one that is coming
	for data, err := range listedParts(t.Context(), source, false, dataset.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(data.Samples) == 0 || len(data.Samples) > partSize {
			t.Fatalf("a part of %d paths", len(data.Samples))
		}
		for _, s := range data.Samples {
			if seen++; s.Path != fmt.Sprintf("%08d.jpg", seen) {
				t.Fatalf("path %d is %q", seen, s.Path)
			}
		}
		if ahead := int(source.lines.Load()) - seen; ahead > bound {
			t.Fatalf("%d paths have been read that nobody asked for", ahead)
		}
		if seen >= 1e6 {
			break
		}
	}
}

func TestListedPaths(t *testing.T) {
	for _, c := range []struct {
		input string
		null  bool
		want  []string
	}{
		{"a\nb\r\n\nc", false, []string{"a", "b", "c"}},
		{"a\nb\x00\x00c", true, []string{"a\nb", "c"}},
		{"", false, nil},
		{"\xff/ü \n", false, []string{"\xff/ü "}},
	} {
		var got []string
		for data, err := range listedParts(t.Context(), strings.NewReader(c.input), c.null, dataset.Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range data.Samples {
				got = append(got, s.Path)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: paths %q, want %q", c.input, got, c.want)
		}
	}
}

// TestListThatBreaksOff gives the paths before the error, and the error.
func TestListThatBreaksOff(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("a\nb\n"), &failing{})
	n, failed := 0, false
	for data, err := range listedParts(t.Context(), broken, false, dataset.Options{}) {
		n, failed = n+len(data.Samples), err != nil
	}
	if n != 2 || !failed {
		t.Errorf("%d paths, failed: %v; want 2 and an error", n, failed)
	}
}

type failing struct{}

func (*failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

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
