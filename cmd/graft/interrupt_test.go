package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"graft/onnx/ort/orttest"
)

// cancelling calls cancel as soon as something with a word in it is written.
type cancelling struct {
	bytes.Buffer
	word   string
	cancel func()
}

func (w *cancelling) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.word) {
		w.cancel()
	}
	return w.Buffer.Write(p)
}

// TestInterruptedExtractKeepsWhatIsFinished interrupts at the first line of
// progress and runs again: exit code 130, and what was computed is not computed
// a second time.
func TestInterruptedExtractKeepsWhatIsFinished(t *testing.T) {
	orttest.Library(t)
	dir := t.TempDir()
	trunk := filepath.Join(dir, "trunk.onnx")
	seeded(t, trunk)
	args := []string{"graft", "extract", "../../testdata/demo", "--trunk", trunk, "--features", filepath.Join(dir, "features"), "--views", "5"}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	interrupted := &cancelling{word: " %) ", cancel: cancel}
	if code := run(ctx, args, nil, io.Discard, interrupted); code != exitInterrupted {
		t.Fatalf("exit code %d, want %d; it said:\n%s", code, exitInterrupted, interrupted)
	}
	if want := "graft: interrupted; what was finished is kept\n"; !strings.HasSuffix(interrupted.String(), want) {
		t.Errorf("it said:\n%swant at the end: %s", interrupted, want)
	}

	var again bytes.Buffer
	if code := run(t.Context(), args, nil, io.Discard, &again); code != exitOK {
		t.Fatalf("exit code %d; it said:\n%s", code, &again)
	}
	const all = 144 * 6
	match := regexp.MustCompile(`(\d+) rows computed`).FindStringSubmatch(again.String())
	if match == nil {
		t.Fatalf("it said:\n%s", &again)
	}
	if n, _ := strconv.Atoi(match[1]); n == 0 || n >= all {
		t.Errorf("%d of %d rows were computed again; some should have been kept", n, all)
	}
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
		{t.Context(), partialError{1, 2}, exitPartial},
		{t.Context(), barError{fmt.Errorf("low")}, exitBar},
		{cancelled, fmt.Errorf("run: %w", context.Canceled), exitInterrupted},
	} {
		if got := exitCode(c.ctx, c.err); got != c.want {
			t.Errorf("%v: exit code %d, want %d", c.err, got, c.want)
		}
	}
}
