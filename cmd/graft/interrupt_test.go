package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx/ort/orttest"
)

// interrupted runs a command with a context and a standard input, and wants it
// interrupted; it returns what was said last.
func interrupted(t *testing.T, ctx context.Context, stdin io.Reader, args ...string) string {
	t.Helper()
	var said bytes.Buffer
	if code := run(ctx, append([]string{"graft"}, args...), stdin, io.Discard, &said); code != exitInterrupted {
		t.Fatalf("exit code %d, want %d; it said:\n%s", code, exitInterrupted, &said)
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	return lines[len(lines)-1]
}

// TestInterruptedExtract says that what was finished is kept; that it is, the
// tests of package ingest show.
func TestInterruptedExtract(t *testing.T) {
	orttest.Library(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data, folder := extractortest.Photographs(t, 6), filepath.Join(t.TempDir(), "features")
	last := interrupted(t, ctx, nil, "extract", data, "--trunk", extractortest.Trunk(t, 1), "--features", folder)
	if last != "graft: interrupted; what was finished is kept" {
		t.Errorf("it said %q", last)
	}
}

// interrupting is a standard input that interrupts when it is read.
type interrupting struct{ cancel func() }

func (r interrupting) Read([]byte) (int, error) {
	r.cancel()
	return 0, io.EOF
}

// TestInterruptedPredict leaves no file, and says so.
func TestInterruptedPredict(t *testing.T) {
	orttest.Library(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	trunk := extractortest.Trunk(t, 1)
	out := filepath.Join(t.TempDir(), "labels.csv")
	stdin := io.MultiReader(strings.NewReader("one.jpg\n"), interrupting{cancel})
	last := interrupted(t, ctx, stdin, "predict", headFor(t, trunk), "-", "--trunk", trunk, "--out", out)
	if last != "graft: interrupted; "+out+" is not written" {
		t.Errorf("it said %q", last)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("it was written")
	}
}

// headFor is a head that was trained on synthetic features of a trunk.
func headFor(t *testing.T, path string) string {
	t.Helper()
	f, err := trunk.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := extractortest.Synthetic{N: 24, D: extractortest.Dim, Meta: features.Meta{
		Trunk:     features.Trunk{Name: f.Name, SHA256: f.SHA256},
		Transform: pixels.Transform{Resize: extractortest.Resize, Crop: extractortest.Crop, EXIF: pixels.ApplyEXIF},
	}}.Folder(t)
	out := filepath.Join(t.TempDir(), "head.onnx")
	if code, _, said := graft(t, "fit", dir, "--out", out, "--epochs", "1"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, said)
	}
	return out
}

func TestExitCodes(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want int
	}{
		{t.Context(), nil, exitOK},
		{t.Context(), fmt.Errorf("broken"), exitFailure},
		{t.Context(), withHint(usagef("no such flag"), "look"), exitUsage},
		{t.Context(), &trunk.TapError{Reason: "no such tap"}, exitUsage},
		{t.Context(), partialError{[]string{"1 of 2 images could not be read"}}, exitPartial},
		{t.Context(), barError{fmt.Errorf("low")}, exitBar},
		{cancelled, fmt.Errorf("run: %w", context.Canceled), exitInterrupted},
	} {
		if got := exitCode(c.ctx, c.err); got != c.want {
			t.Errorf("%v: exit code %d, want %d", c.err, got, c.want)
		}
	}
}
