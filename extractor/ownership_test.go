package extractor

import (
	"context"
	"errors"
	"testing"
)

// TestEveryOpenedTrunkIsClosed ends runs in all ways there are and counts: what
// a run opened it closes, once, after the last call of Run.
func TestEveryOpenedTrunkIsClosed(t *testing.T) {
	broken := errors.New("broken")
	ignore := func(int, Outcome, []Features) error { return nil }
	for name, c := range map[string]struct {
		images int
		change func(*Extractor, *meanTrunk)
		sink   Sink
		opens  int64
		want   error
	}{
		"done":        {images: 9, sink: ignore, opens: 1},
		"no samples":  {images: 0, sink: ignore, opens: 0},
		"all known":   {images: 9, change: func(e *Extractor, _ *meanTrunk) { e.Store = fakeStore{true, everyView} }, sink: ignore, opens: 0},
		"trunk fails": {images: 9, change: func(_ *Extractor, t *meanTrunk) { t.fail = broken }, sink: ignore, opens: 1, want: broken},
		"sink fails":  {images: 9, sink: func(int, Outcome, []Features) error { return broken }, opens: 1, want: broken},
		"close fails": {images: 9, change: func(_ *Extractor, t *meanTrunk) { t.failClose = broken }, sink: ignore, opens: 1, want: broken},
		"no decoder":  {images: 9, change: func(e *Extractor, _ *meanTrunk) { e.JPEG = "none" }, sink: ignore, opens: 1, want: errAny},
	} {
		for _, batch := range []int{1, 4} {
			trunk := &meanTrunk{workers: 2, batch: batch}
			e := newExtractor(trunk)
			if c.change != nil {
				c.change(e, trunk)
			}
			d := folder(t, max(c.images, 1))
			d.Samples = d.Samples[:c.images]
			err := e.Each(t.Context(), d, c.sink)
			if c.want == nil && err != nil || c.want == errAny && err == nil || c.want == broken && !errors.Is(err, broken) {
				t.Errorf("%s, batch %d: error %v", name, batch, err)
			}
			wantClosed(t, name, trunk, c.opens)
		}
	}
}

// errAny stands for any error.
var errAny = errors.New("any")

func wantClosed(t *testing.T, name string, trunk *meanTrunk, opens int64) {
	t.Helper()
	if opened, closed := trunk.opened.Load(), trunk.closed.Load(); opened != opens || closed != opens {
		t.Errorf("%s, batch %d: opened %d times and closed %d times, want %d", name, trunk.batch, opened, closed, opens)
	}
}

func TestCancelledRunClosesItsTrunk(t *testing.T) {
	for _, batch := range []int{1, 4} {
		ctx, cancel := context.WithCancel(t.Context())
		trunk := &meanTrunk{workers: 2, batch: batch, hold: 2, held: cancel}
		err := newExtractor(trunk).Each(ctx, folder(t, 40), func(int, Outcome, []Features) error { return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("batch %d: error %v, want cancelled", batch, err)
		}
		wantClosed(t, "cancelled", trunk, 1)
	}
}

func TestSharedTrunkStaysOpen(t *testing.T) {
	trunk := &meanTrunk{workers: 2, batch: 1}
	e := newExtractor(trunk)
	e.Open = func(context.Context) (Trunk, error) { return Shared(trunk), nil }
	for range 3 {
		if err := e.Each(t.Context(), folder(t, 2), func(int, Outcome, []Features) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n := trunk.closed.Load(); n != 0 {
		t.Errorf("a shared trunk was closed %d times", n)
	}
	if calls := trunk.calls.Load(); calls != 6 {
		t.Errorf("%d calls of Run, want 6", calls)
	}
}

func TestOpenThatFailsIsNotClosed(t *testing.T) {
	broken := errors.New("broken")
	trunk := &meanTrunk{workers: 1, batch: 1}
	e := newExtractor(trunk)
	e.Open = func(context.Context) (Trunk, error) { return trunk, broken }
	if _, err := e.Recomputer(t.Context()); !errors.Is(err, broken) {
		t.Errorf("recomputer: error %v", err)
	}
	if err := e.Each(t.Context(), folder(t, 2), func(int, Outcome, []Features) error { return nil }); !errors.Is(err, broken) {
		t.Errorf("run: error %v", err)
	}
	wantClosed(t, "failed", trunk, 0)
}

var _ Store = fakeStore{}
