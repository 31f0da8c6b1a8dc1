package classify

import (
	"context"
	"errors"
	"math"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"graft/extractor/pixels"
)

// TestClassify also takes batches, as accelerators want them, of which an image
// is the first.
func TestClassify(t *testing.T) {
	for _, batch := range []int{0, 1, 4} {
		f := &fake{batch: batch}
		c := over(f, Options{})
		for _, part := range []float64{0.75, 0, 1, 0.25} { // the buffers are used again
			p, err := c.Classify(t.Context(), painted(t, part))
			want := Prediction{
				Key: pixels.KeyOf(painted(t, part)), Width: 6, Height: 5,
				Label: "red", Probability: part, P: []float64{part, 1 - part},
			}
			if part < 0.5 {
				want.Label, want.Probability = "green", 1-part
			}
			if err != nil || !reflect.DeepEqual(p, want) {
				t.Errorf("batch %d: %+v (%v), want %+v", batch, p, err, want)
			}
		}
		if err := errors.Join(c.Close(), c.Close()); err != nil || f.closed.Load() != 1 {
			t.Errorf("%v; closed %d times", err, f.closed.Load())
		}
	}
}

// TestClassifyReportsImages tells an image's faults from others, and the same
// ones of bytes, of a file and in a dataset.
func TestClassifyReportsImages(t *testing.T) {
	c := over(&fake{}, Options{Limits: pixels.Limits{Pixels: 20}})
	file := paintings(t, 1)
	path := file.Samples[0].Path
	p, err := c.Classify(t.Context(), painted(t, 0))
	var limit pixels.LimitError
	if !errors.As(err, &limit) || p.Err != err || p.Key != pixels.KeyOf(painted(t, 0)) || p.Label != "" || p.P != nil {
		t.Errorf("too large: %+v, %v", p, err)
	}
	f, err := c.ClassifyFile(t.Context(), path)
	if p.Path = path; !reflect.DeepEqual(f, p) || err == nil || !strings.HasPrefix(err.Error(), "classify \""+path) {
		t.Errorf("a file too large: %+v, %v", f, err)
	}
	os.Remove(path)
	f, err = c.ClassifyFile(t.Context(), path)
	if !errors.Is(err, os.ErrNotExist) || f.Err != err || f.Path != path || strings.Count(err.Error(), path) != 1 {
		t.Errorf("no file: %+v, %v", f, err)
	}
	for all, err := range c.ClassifyAll(t.Context(), file, nil) {
		if err != nil || !reflect.DeepEqual(all.Err.Error(), f.Err.Error()) || all.Path != path {
			t.Errorf("no file in a dataset: %+v, %v", all, err)
		}
	}
	c = over(&fake{fail: errors.New("out of memory")}, Options{})
	if p, err := c.Classify(t.Context(), painted(t, 0)); err == nil || p.Err != nil {
		t.Errorf("a session that fails: %+v, %v", p, err)
	}
}

func TestClassifyConcurrently(t *testing.T) {
	for _, batch := range []int{1, 4} {
		f := &fake{batch: batch}
		c := over(f, Options{Workers: 3})
		var calls sync.WaitGroup
		for i := range 16 {
			calls.Go(func() {
				for j := range 20 {
					part := float64((i+j)%20) / 20
					p, err := c.Classify(t.Context(), painted(t, part))
					if err != nil || math.Abs(p.P[0]-part) > 0.004 {
						t.Errorf("%v, %v, want %v, but for a step of a byte", p.P, err, part)
					}
				}
			})
		}
		calls.Wait()
		if f.most.Load() > 3 {
			t.Errorf("%d images under way, want 3 at most", f.most.Load())
		}
	}
}

// TestClose closes while calls go on: those that have begun end well, others are
// refused at once, and everybody who closes waits.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{held: make(chan struct{})}
		c := over(f, Options{Workers: 1})
		ended := make(chan error, 8)
		for range 2 { // one runs, the other waits for its place
			go func() {
				_, err := c.Classify(t.Context(), painted(t, 0))
				ended <- err
			}()
		}
		synctest.Wait()
		closed := make(chan error, 2)
		go func() { closed <- c.Close() }()
		go func() { closed <- c.Close() }()
		synctest.Wait()
		if len(closed) > 0 || f.closed.Load() > 0 {
			t.Error("closed while an image was under way")
		}
		if _, err := c.Classify(t.Context(), painted(t, 0)); err != ErrClosed {
			t.Errorf("after Close: %v", err)
		}
		if _, err := c.Warm(t.Context()); err != ErrClosed {
			t.Errorf("Warm after Close: %v", err)
		}
		close(f.held)
		if err := errors.Join(<-ended, <-ended, <-closed, <-closed); err != nil || f.closed.Load() != 1 {
			t.Errorf("%v; closed %d times", err, f.closed.Load())
		}
	})
}

// TestClassifyGivesUp ends the context of a call that waits for its place.
func TestClassifyGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{held: make(chan struct{})}
		c := over(f, Options{Workers: 1})
		go c.Classify(t.Context(), painted(t, 0))
		synctest.Wait()
		ctx, cancel := context.WithCancelCause(t.Context())
		waits := make(chan error)
		go func() {
			_, err := c.Classify(ctx, painted(t, 0))
			waits <- err
		}()
		synctest.Wait()
		gone := errors.New("the client went away")
		cancel(gone)
		if err := <-waits; err != gone {
			t.Errorf("%v, want %v", err, gone)
		}
		close(f.held)
		for range 20 { // select must not toss a coin
			if _, err := c.Classify(ctx, painted(t, 0)); err != gone {
				t.Errorf("of an ended context: %v", err)
			}
		}
	})
}

// TestClassifyPanics keeps its place free after a panic, which a server survives.
func TestClassifyPanics(t *testing.T) {
	f := &fake{panics: true}
	c := over(f, Options{Workers: 1})
	for range 3 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			c.Classify(t.Context(), painted(t, 0))
		}()
	}
	f.panics = false
	if p, err := c.Classify(t.Context(), painted(t, 1)); err != nil || p.Label != "red" {
		t.Errorf("%+v, %v", p, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestClassifyReusesBuffers counts the decoders and buffers that are made. With
// the race detector a pool forgets one in four, to be no habit.
func TestClassifyReusesBuffers(t *testing.T) {
	c, made := over(&fake{batch: 4}, Options{}), 0
	c.workers.New = func() any { made++; return c.newWorker() }
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties it
	const calls = 400
	for range calls {
		if _, err := c.Classify(t.Context(), painted(t, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if made > calls/2 {
		t.Errorf("%d times, in %d calls one after the other", made, calls)
	}
}

func TestGettersShareNothing(t *testing.T) {
	c := over(&fake{}, Options{})
	c.notes = []string{"untrained"}
	c.Labels()[0], c.Notes()[0] = "changed", "changed"
	if c.Labels()[0] != "red" || c.Notes()[0] != "untrained" {
		t.Error("a caller can change them")
	}
	if d, err := c.Warm(t.Context()); d == 0 || err != nil {
		t.Errorf("%v, %v", d, err)
	}
}
