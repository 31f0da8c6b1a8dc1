package classify

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"graft/extractor"
)

// bubble runs a test whose goroutines must all have ended with it.
func bubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// counted is bubble for sessions that want batches: those are gathered under a
// lock, for which the clock of a bubble does not go on.
func counted(t *testing.T, name string, test func(t *testing.T)) {
	t.Run(name, func(t *testing.T) {
		before := runtime.NumGoroutine()
		test(t)
		for range 1000 { // the last ones have been told to end
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
	})
}

func TestClassifyAllInOrder(t *testing.T) {
	data := paintings(t, 300, 7, 8, 299)
	for name, o := range map[string]Options{"one": {Workers: 1}, "many": {Workers: 16}, "default": {}} {
		for batch, within := range map[int]func(*testing.T, string, func(*testing.T)){1: bubble, 8: counted} {
			within(t, name, func(t *testing.T) {
				c, progress, next := over(&fake{batch: batch}, o), new(extractor.Progress), 0
				for p, err := range c.ClassifyAll(t.Context(), data, progress) {
					broken := next == 7 || next == 8 || next == 299
					switch {
					case err != nil:
						t.Fatal(err)
					case p.Path != data.Samples[next].Path:
						t.Fatalf("%s in the place of %s", p.Path, data.Samples[next].Path)
					case broken != (p.Err != nil), broken != (p.P == nil), broken != (p.Label == ""):
						t.Errorf("%d: %+v", next, p)
					case !broken && math.Abs(p.P[0]-float64(next)/300) > 0.004: // a step of a byte
						t.Errorf("%d: %v", next, p.P)
					}
					next++
				}
				if next != 300 || progress.Done.Load() != 300 || progress.Failed.Load() != 3 {
					t.Errorf("%d predictions, %d counted, %d failed", next, progress.Done.Load(), progress.Failed.Load())
				}
				c.Close()
			})
		}
	}
}

// TestClassifyAllIsLeft leaves the loop in all the ways there are. Goroutines
// that are left would end the test.
func TestClassifyAllIsLeft(t *testing.T) {
	data := paintings(t, 40)
	bubble(t, "break", func(t *testing.T) {
		f := &fake{}
		c := over(f, Options{Workers: 4})
		for range 3 {
			for p, err := range c.ClassifyAll(t.Context(), data, nil) {
				if p.Err != nil || err != nil {
					t.Error(p.Err, err)
				}
				break
			}
			if f.running.Load() > 0 {
				t.Error("it runs on")
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	panics := func(t *testing.T, batch int) {
		c := over(&fake{batch: batch}, Options{})
		defer func() {
			if said := recover(); said != "enough" {
				t.Errorf("recovered %v", said)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}()
		for range c.ClassifyAll(t.Context(), data, nil) {
			panic("enough")
		}
	}
	bubble(t, "panic", func(t *testing.T) { panics(t, 1) })
	counted(t, "panic, batches", func(t *testing.T) { panics(t, 3) })
	bubble(t, "twice", func(t *testing.T) {
		c, n := over(&fake{}, Options{}), 0
		all := c.ClassifyAll(t.Context(), data, nil)
		for range all {
			for range all {
				n++
			}
			break
		}
		if n != 40 {
			t.Errorf("%d predictions", n)
		}
	})
}

// TestClassifyAllEnds is about the errors that end the sequence. There are more photographs than the 256 that
// may be under way: all others could be done before a slow first one is.
func TestClassifyAllEnds(t *testing.T) {
	const all = 300
	data := paintings(t, all)
	// last collects what comes: predictions, and the error at the end.
	last := func(t *testing.T, ctx context.Context, c *Classifier, each func(n int)) (n int, last error) {
		t.Helper()
		for p, err := range c.ClassifyAll(ctx, data, nil) {
			if last != nil {
				t.Error("it goes on after an error")
			}
			if last = err; err != nil {
				continue
			}
			if p.Path != data.Samples[n].Path {
				t.Errorf("%d: %s", n, p.Path)
			}
			n++
			each(n)
		}
		return n, last
	}
	nothing := func(int) {}
	bubble(t, "cancelled before", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		cancel(gone)
		if n, err := last(t, ctx, over(&fake{}, Options{}), nothing); err != gone || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
	})
	bubble(t, "cancelled within", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("gone")
		n, err := last(t, ctx, over(&fake{first: time.Second}, Options{Workers: 2}), func(n int) {
			if n == 5 {
				cancel(gone)
			}
		})
		if err != gone || n < 5 || n > 6 { // one may be on its way
			t.Errorf("%d, %v", n, err)
		}
	})
	fails := func(t *testing.T, batch int) {
		f := &fake{fail: errors.New("out of memory"), batch: batch}
		if n, err := last(t, t.Context(), over(f, Options{}), nothing); !errors.Is(err, f.fail) || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
	}
	bubble(t, "session fails", func(t *testing.T) { fails(t, 1) })
	counted(t, "session fails, batches", func(t *testing.T) { fails(t, 4) })
	bubble(t, "closed within", func(t *testing.T) {
		c := over(&fake{first: time.Second}, Options{Workers: 2})
		n, err := last(t, t.Context(), c, func(n int) {
			if n == 3 {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		})
		if !errors.Is(err, ErrClosed) || n < 3 || n == all {
			t.Errorf("%d, %v", n, err)
		}
	})
	bubble(t, "closed before", func(t *testing.T) {
		c := over(&fake{}, Options{})
		c.Close()
		if n, err := last(t, t.Context(), c, nothing); err != ErrClosed || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// TestClassifyAllNothing has no photographs: nothing runs, nothing is said.
func TestClassifyAllNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		for p, err := range over(f, Options{}).ClassifyAll(t.Context(), paintings(t, 0), nil) {
			t.Errorf("%+v, %v", p, err)
		}
		if f.runs.Load() > 0 {
			t.Error("it ran")
		}
	})
}
