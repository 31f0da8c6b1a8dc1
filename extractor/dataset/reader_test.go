package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
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
	const bound = 3 * PartSize // a part that is under way, and one that is coming
	for data, err := range FromReader(t.Context(), source, '\n', Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(data.Samples) == 0 || len(data.Samples) > PartSize {
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
		sep   byte
		want  []string
	}{
		{"a\nb\r\n\nc", '\n', []string{"a", "b", "c"}},
		{"a\nb\x00\x00c", 0, []string{"a\nb", "c"}},
		{"", '\n', nil},
		{"\xff/ü \n", '\n', []string{"\xff/ü "}},
	} {
		var got []string
		for data, err := range FromReader(t.Context(), strings.NewReader(c.input), c.sep, Options{}) {
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
	for data, err := range FromReader(t.Context(), broken, '\n', Options{}) {
		n, failed = n+len(data.Samples), err != nil
	}
	if n != 2 || !failed {
		t.Errorf("%d paths, failed: %v; want 2 and an error", n, failed)
	}
}

type failing struct{}

func (*failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestLongLineIsNoPath(t *testing.T) {
	long := strings.NewReader(strings.Repeat("a", 1<<16+1))
	var err error
	for _, err = range FromReader(t.Context(), long, 0, Options{}) {
	}
	if !errors.Is(err, ErrLongPath) {
		t.Errorf("error %v, want ErrLongPath", err)
	}
}

func TestPathsAreCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, w := io.Pipe()
	defer w.Close()
	var err error
	for _, err = range FromReader(ctx, silent, 0, Options{}) {
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
}
