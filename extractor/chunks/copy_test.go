package chunks

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/plan"
)

// overtaken is a worker whose chunk is done by another one while it is in hand.
func (c *cluster) overtaken(t *testing.T, chunk int, then func(), change ...func(*Options)) *Worker {
	ran := 0
	return c.worker(t, append(change, func(o *Options) {
		o.Ingest.Workers = 1
		o.open = func(context.Context) (extractor.Trunk, error) {
			return &stripes{ran: func() {
				if ran++; ran == 3 {
					do(t, c.worker(t), c.Plan, chunk)
					then()
				}
			}}, nil
		}
	})...)
}

// parts counts the parts of the store.
func (c *cluster) parts(t *testing.T) (n int) {
	t.Helper()
	err := filepath.WalkDir(c.Store, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && features.IsPart(e.Name()) {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestOvertaken has a chunk done by another worker while a slow one has it in hand, as a scheduler
// does that starts copies of slow tasks: the slow one adds nothing.
func TestOvertaken(t *testing.T) {
	c := newCluster(t, 1)
	a := do(t, c.overtaken(t, 0, func() {}), c.Plan, 0)[0]
	if n := c.parts(t); n != 1 || a.State != Already || a.Images == 0 || a.Record == "" {
		t.Errorf("%d parts, want that of the fast worker; answer %+v", n, a)
	}
	ctx, cancel := context.WithCancel(t.Context())
	a, err := c.overtaken(t, 1, cancel).Do(ctx, plan.ChunkFile(c.Plan, 1))
	if n := c.parts(t); n != 2 || a.State != Already || err != nil {
		t.Errorf("stopped: %d parts, want 2; answer %+v, error %v", n, a, err)
	}
	again := func(o *Options) { o.Again = true }
	if a := do(t, c.overtaken(t, 2, func() {}, again), c.Plan, 2)[0]; c.parts(t) != 4 || a.State != Done {
		t.Errorf("again: %d parts, want 4; answer %+v", c.parts(t), a)
	}
	taken := &counting{}
	labels := func(o *Options) { o.Sinks = func(*plan.Chunk) (Sink, error) { return taken, nil } }
	if a := do(t, c.overtaken(t, 3, func() {}, labels), c.Plan, 3)[0]; c.parts(t) != 5 || a.State != Done || taken.committed != a.Images {
		t.Errorf("with labels: %d parts, want 5; answer %+v, %d labels", c.parts(t), a, taken.committed)
	}
	do(t, c.worker(t), c.Plan, c.Chunks...)
	c.finished(t)
	c.wantStore(t)
}

// TestOvertakenByAFailure has the other worker fail at a photograph that is sound: the slow one's
// rows are kept.
func TestOvertakenByAFailure(t *testing.T) {
	c := newCluster(t, 1)
	blind := func(o *Options) { o.Ingest.Limits.Pixels = 1 }
	w := c.worker(t, func(o *Options) {
		ran := 0
		o.Ingest.Workers = 1
		o.open = func(context.Context) (extractor.Trunk, error) {
			return &stripes{ran: func() {
				if ran++; ran == 3 {
					if a, _ := c.worker(t, blind).Do(t.Context(), plan.ChunkFile(c.Plan, 0)); a.Failed == 0 {
						t.Error(errors.New("the other worker did not fail"))
					}
				}
			}}, nil
		}
	})
	if a := do(t, w, c.Plan, 0)[0]; a.State != Done || a.Failed > 0 {
		t.Errorf("answer %+v", a)
	}
	do(t, w, c.Plan, c.Chunks...)
	if f := c.finished(t); f.Without > 0 {
		t.Errorf("finished %+v", f)
	}
	c.wantStore(t)
}

// counting is a sink that counts.
type counting struct{ taken, committed int }

func (s *counting) Take(features.Record, []float32) error { s.taken++; return nil }
func (s *counting) Commit() error                         { s.committed = s.taken; return nil }
func (*counting) Abort()                                  {}
