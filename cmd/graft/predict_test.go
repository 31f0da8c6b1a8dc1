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
