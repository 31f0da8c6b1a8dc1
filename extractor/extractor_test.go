package extractor

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

const crop = 8

// meanTrunk gives the mean of each channel (output 0) and the first pixel
// (output 1), so that every image has features of its own.
type meanTrunk struct {
	workers, batch int
	calls          atomic.Int64
	hold           int64  // calls after so many last a second or until the run is cancelled; 0 = none
	held           func() // called once, before the first call that lasts; nil = nothing
	fail           error

	opened, closed atomic.Int64
	running        atomic.Int64 // calls of Run under way
	failClose      error
}

// open counts, and is for Extractor.Open.
func (t *meanTrunk) open(context.Context) (Trunk, error) {
	t.opened.Add(1)
	return t, nil
}

func (t *meanTrunk) Close() error {
	t.closed.Add(1)
	if t.running.Load() > 0 {
		return errors.New("closed while it runs")
	}
	return t.failClose
}

func (t *meanTrunk) Dims() []int  { return []int{3, 1} }
func (t *meanTrunk) Workers() int { return t.workers }
func (t *meanTrunk) Batch() int   { return t.batch }

func (t *meanTrunk) Run(ctx context.Context, pixels []byte, n, h, w int, out [][]float32) error {
	t.running.Add(1)
	defer t.running.Add(-1)
	if calls := t.calls.Add(1); t.hold > 0 && calls > t.hold {
		if calls == t.hold+1 && t.held != nil {
			t.held()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	if t.fail != nil {
		return t.fail
	}
	if len(pixels) != n*h*w*3 || len(out[0]) != 3*n || len(out[1]) != n {
		return fmt.Errorf("%d pixels, %d and %d features for %d×%d×%d", len(pixels), len(out[0]), len(out[1]), n, h, w)
	}
	for i := range n {
		image := pixels[i*h*w*3 : (i+1)*h*w*3]
		clear(out[0][3*i : 3*i+3])
		for j, v := range image {
			out[0][3*i+j%3] += float32(v)
		}
		out[1][i] = float32(image[0])
	}
	return nil
}

// folder makes n small pictures, each of its own colour; those in broken are
// text files.
func folder(t *testing.T, n int, broken ...int) *dataset.Dataset {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("class/%04d.png", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(broken, i) {
			if err := os.WriteFile(path, []byte("a shopping list"), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		m := image.NewNRGBA(image.Rect(0, 0, crop, crop))
		for p := range crop * crop {
			m.Set(p%crop, p/crop, color.NRGBA{uint8(i), uint8(i >> 8), uint8(p), 255})
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, m), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	d, err := dataset.Scan(t.Context(), dir, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func newExtractor(trunk *meanTrunk) *Extractor {
	return &Extractor{
		Open:      trunk.open,
		Transform: pixels.Transform{Resize: crop, Crop: crop, EXIF: pixels.ApplyEXIF},
		Progress:  new(Progress),
	}
}

// fakeStore knows all samples or none.
type fakeStore struct {
	known bool
	has   func(view int) bool
}

func (s fakeStore) Lookup(dataset.Sample) (Outcome, bool) {
	return Outcome{Key: pixels.Key{1}}, s.known
}
func (s fakeStore) Has(_ pixels.Key, view int) bool { return s.has(view) }

func everyView(int) bool { return true }

// collected runs e and returns one line a sample.
func collected(t *testing.T, e *Extractor, d *dataset.Dataset) []string {
	t.Helper()
	var lines []string
	err := e.Each(t.Context(), d, func(i int, o Outcome, computed []Features) error {
		line := fmt.Sprintf("%d %x %dx%d cached=%v err=%v", i, o.Key[:4], o.Info.Width, o.Info.Height, o.Cached, o.Err)
		for _, f := range computed {
			line += fmt.Sprintf(" view %d %v", f.View, f.Rows)
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestResultsDoNotDependOnWorkersOrBatches(t *testing.T) {
	d := folder(t, 70, 3, 40)
	want := collected(t, newExtractor(&meanTrunk{workers: 1, batch: 1}), d)
	if len(want) != 70 {
		t.Fatalf("%d outcomes of 70 samples", len(want))
	}
	for _, c := range []*meanTrunk{{workers: 2, batch: 1}, {workers: 8, batch: 1}, {workers: 1, batch: 16}, {workers: 3, batch: 7}} {
		e := newExtractor(c)
		if got := collected(t, e, d); !slices.Equal(got, want) {
			t.Errorf("%d workers, batches of %d: other outcomes than one worker", c.workers, c.batch)
		}
		if done, failed := e.Progress.Done.Load(), e.Progress.Failed.Load(); done != 70 || failed != 2 {
			t.Errorf("progress says %d done, %d failed; want 70 and 2", done, failed)
		}
	}
}

func TestViewsAreComputedOnceEach(t *testing.T) {
	d := folder(t, 5)
	e := newExtractor(&meanTrunk{workers: 2, batch: 1})
	e.Views = 2
	e.Store = fakeStore{has: func(view int) bool { return view == 0 }}
	err := e.Each(t.Context(), d, func(i int, o Outcome, computed []Features) error {
		if len(computed) != 2 || computed[0].View != 1 || computed[1].View != 2 {
			return fmt.Errorf("sample %d: computed %v, want views 1 and 2", i, computed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A photograph that was moved, or is there twice, has its features already; its
// header is not known and is read.
func TestHeaderOfWhatIsNotDecoded(t *testing.T) {
	e := newExtractor(&meanTrunk{workers: 2, batch: 1})
	e.Store = fakeStore{has: everyView}
	want := pixels.Info{Width: crop, Height: crop, Format: "PNG", Orientation: 1, BitDepth: 8}
	err := e.Each(t.Context(), folder(t, 3), func(_ int, o Outcome, computed []Features) error {
		if !o.Cached || computed != nil || o.Info != want {
			return fmt.Errorf("%d rows, outcome %+v", len(computed), o)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKnownSamplesCostNothing(t *testing.T) {
	d := folder(t, 20)
	e := newExtractor(nil)
	e.Open = func(context.Context) (Trunk, error) { return nil, errors.New("opened") }
	e.Store = fakeStore{known: true, has: everyView}
	n := 0
	err := e.Each(t.Context(), d, func(_ int, o Outcome, computed []Features) error {
		if !o.Cached || computed != nil {
			return errors.New("computed")
		}
		n++
		return nil
	})
	if err != nil || n != 20 {
		t.Errorf("%d samples, error %v", n, err)
	}
}

func TestErrorsEndTheRun(t *testing.T) {
	broken := errors.New("broken")
	for name, run := range map[string]func(*Extractor, *dataset.Dataset) error{
		"open": func(e *Extractor, d *dataset.Dataset) error {
			e.Open = func(context.Context) (Trunk, error) { return nil, broken }
			return e.Each(t.Context(), d, func(int, Outcome, []Features) error { return nil })
		},
		"trunk": func(e *Extractor, d *dataset.Dataset) error {
			e.Open = func(context.Context) (Trunk, error) { return &meanTrunk{workers: 2, batch: 1, fail: broken}, nil }
			return e.Each(t.Context(), d, func(int, Outcome, []Features) error { return nil })
		},
		"batch": func(e *Extractor, d *dataset.Dataset) error {
			e.Open = func(context.Context) (Trunk, error) { return &meanTrunk{workers: 2, batch: 4, fail: broken}, nil }
			return e.Each(t.Context(), d, func(int, Outcome, []Features) error { return nil })
		},
		"sink": func(e *Extractor, d *dataset.Dataset) error {
			return e.Each(t.Context(), d, func(i int, _ Outcome, _ []Features) error {
				if i == 7 {
					return broken
				}
				return nil
			})
		},
	} {
		if err := run(newExtractor(&meanTrunk{workers: 2, batch: 1}), folder(t, 30)); !errors.Is(err, broken) {
			t.Errorf("%s: error %v, want the one that was caused", name, err)
		}
	}
}

func TestCancelKeepsWhatIsDone(t *testing.T) {
	for _, batch := range []int{1, 4} {
		d := folder(t, 100)
		ctx, cancel := context.WithCancel(t.Context())
		var seen []int
		trunk := &meanTrunk{workers: 2, batch: batch, hold: int64(40 / batch)}
		err := newExtractor(trunk).Each(ctx, d, func(i int, _ Outcome, _ []Features) error {
			seen = append(seen, i)
			if i == 10 {
				cancel()
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("batch %d: error %v, want cancelled", batch, err)
		}
		if len(seen) < 11 || len(seen) == 100 || !slices.IsSorted(seen) {
			t.Errorf("batch %d: %d samples were handed out before the end", batch, len(seen))
		}
	}
}

// TestCancelStopsWithinOneImage cancels while workers have an image under way:
// each is finished, and no other is begun.
func TestCancelStopsWithinOneImage(t *testing.T) {
	d := folder(t, 60)
	const begun, workers = 20, 3
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		trunk := &meanTrunk{workers: workers, batch: 1, hold: begun, held: cancel}
		err := newExtractor(trunk).Each(ctx, d, func(int, Outcome, []Features) error { return nil })
		if n := trunk.calls.Load(); !errors.Is(err, context.Canceled) || n > begun+workers {
			t.Fatalf("%d images were begun, at most %d had to be (%v)", n, begun+workers, err)
		}
	}
}

// TestSamplesUnderWayAreBounded holds up the sink and counts how far the
// workers run ahead: that bound is what keeps memory from growing.
func TestSamplesUnderWayAreBounded(t *testing.T) {
	trunk := &meanTrunk{workers: 2, batch: 1}
	e := newExtractor(trunk)
	ahead := int64(0)
	err := e.Each(t.Context(), folder(t, 2*window), func(i int, _ Outcome, _ []Features) error {
		if i == 0 {
			time.Sleep(300 * time.Millisecond)
			ahead = trunk.calls.Load()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if ahead > window {
		t.Errorf("%d samples were under way, the bound is %d", ahead, window)
	}
}

func TestRefusesBadSettings(t *testing.T) {
	d := folder(t, 1)
	for name, change := range map[string]func(*Extractor){
		"transform": func(e *Extractor) { e.Transform.Crop = 0 },
		"views":     func(e *Extractor) { e.Views = -1 },
	} {
		e := newExtractor(&meanTrunk{workers: 1, batch: 1})
		change(e)
		if err := e.Each(t.Context(), d, func(int, Outcome, []Features) error { return nil }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
