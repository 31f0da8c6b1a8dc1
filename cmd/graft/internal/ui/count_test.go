package ui

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// A slow trunk takes some time for an image.
type slow struct{ each time.Duration }

func (slow) Dims() []int  { return []int{1} }
func (slow) Workers() int { return 1 }
func (slow) Batch() int   { return 1 }
func (slow) Close() error { return nil }
func (s slow) Run(context.Context, []byte, int, int, int, [][]float32) error {
	time.Sleep(s.each)
	return nil
}

// notes runs a trunk that takes a minute to start on n pictures, and looks at the
// progress in the middle of every second until the end.
func notes(t *testing.T, n int, each time.Duration) (list []string) {
	t.Helper()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for i := range n {
		paths = append(paths, filepath.Join(t.TempDir(), strconv.Itoa(i)+".png"))
		if err := os.WriteFile(paths[i], picture.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		e := &extractor.Extractor{
			Open: func(context.Context) (extractor.Trunk, error) {
				time.Sleep(time.Minute)
				return slow{each}, nil
			},
			Transform: pixels.Transform{Resize: 4, Crop: 4, EXIF: pixels.ApplyEXIF}, Workers: 1, Progress: new(extractor.Progress),
		}
		ended := make(chan error)
		go func() {
			ended <- e.Each(t.Context(), dataset.Files(paths, dataset.Options{}), func(int, extractor.Outcome, []extractor.Features) error { return nil })
		}()
		for time.Sleep(time.Second / 2); ; time.Sleep(time.Second) {
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
				return
			default:
				_, c := Extraction{e.Progress}.Now()
				list = append(list, c.Note)
			}
		}
	})
	return list
}

// TestSlowDevices: the time left runs down with the clock, whatever an image takes.
func TestSlowDevices(t *testing.T) {
	list := notes(t, 5, 20*time.Second)
	if len(list) != 160 {
		t.Fatalf("looked %d times", len(list))
	}
	for i, note := range list {
		done := (i - 60) / 20
		switch {
		case done < 1:
			if note != "" {
				t.Errorf("second %d: %q", i, note)
			}
			continue
		case !strings.HasPrefix(note, "20.0 s/image, "):
			t.Errorf("second %d: %q", i, note)
		}
		if want := clock(time.Duration(160-i)*time.Second-time.Second/2) + " left"; !strings.HasSuffix(note, want) {
			t.Errorf("second %d: %q, want %s", i, note, want)
		}
	}
	list = notes(t, 40, 100*time.Millisecond)
	if note := list[len(list)-1]; !strings.HasPrefix(note, "10.0/s, 0:0") {
		t.Errorf("a fast device: %q", note)
	}
}

func TestTimeLeft(t *testing.T) {
	for _, c := range []struct{ each, images, underWay, want float64 }{
		{20, 3, 0, 60}, {20, 3, 5, 55}, {20, 3, 20, 40},
		{20, 3, 90, 40}, // overdue
		{20, 1, 90, 0},
	} {
		if got := timeLeft(c.each, c.images, c.underWay); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
}
