package chunks

import (
	"context"
	"fmt"
	"path/filepath"

	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/plan"
)

// Options say what a Worker computes and where it keeps it.
type Options struct {
	Ingest ingest.Options // trunk, tap, transform, device, limits; its folder is the store: "" keeps no features
	Data   string         // root of the data here; "" = where the plan found it
	Again  bool           // also do chunks that have been done

	// Sinks, if not nil, opens one more for each chunk, for what is made of its rows.
	Sinks func(c *plan.Chunk) (Sink, error)

	open func(context.Context) (extractor.Trunk, error) // tests have other trunks
}

// A Sink takes what a chunk gives, beside the store or instead of it.
type Sink interface {
	// Take takes a sample with its features of view 0, nil if it has none, in the order of the
	// chunk. They are valid until it returns.
	Take(r features.Record, x []float32) error
	// Commit puts what was taken where it belongs, whole.
	Commit() error
	// Abort drops it. After Commit it does nothing.
	Abort()
}

// A Worker does chunks of plans, one after the other. It is for one goroutine.
type Worker struct {
	recipe  *ingest.Recipe
	meta    features.Meta
	options Options
	trunk   extractor.Trunk // once a chunk needed it
	sink    *features.Sink  // nil: none, or not yet
	layout  features.Layout // of sink
	plans   map[string]*plan.Plan
}

// Open finds the trunk; Close closes what was opened. The store and the trunk's session are opened
// when a chunk needs them.
func Open(o Options) (*Worker, error) {
	if o.Ingest.Progress == nil {
		o.Ingest.Progress = new(extractor.Progress)
	}
	r, err := o.Ingest.Recipe()
	if err != nil {
		return nil, err
	}
	metas, err := r.Metas()
	if err != nil {
		return nil, err
	}
	if len(metas) != 1 {
		return nil, fmt.Errorf("work: %d taps; a store has one", len(metas))
	}
	if o.open == nil {
		o.open = r.OpenTrunk
	}
	return &Worker{recipe: r, meta: metas[0], options: o, plans: map[string]*plan.Plan{}}, nil
}

// Close closes the trunk.
func (w *Worker) Close() error {
	if w.trunk == nil {
		return nil
	}
	return w.trunk.Close()
}

// Meta is what the features are made with.
func (w *Worker) Meta() features.Meta { return w.meta }

// planOf reads the plan that a chunk's file lies in, once.
func (w *Worker) planOf(chunk string) (*plan.Plan, error) {
	dir := filepath.Dir(chunk)
	if p := w.plans[dir]; p != nil {
		return p, nil
	}
	p, err := plan.Read(dir)
	if err == nil {
		w.plans[dir] = p
	}
	return p, err
}

// A WrongError says that a chunk's plan wants features that are made otherwise than this worker
// makes them.
type WrongError struct{ Chunk, Difference string }

// Error names the chunk and both sides.
func (e *WrongError) Error() string {
	return fmt.Sprintf("chunk %q is planned for other features: %s", e.Chunk, e.Difference)
}

// admit says why the chunk must not be done here, and opens the store.
func (w *Worker) admit(p *plan.Plan, chunk string) error {
	if p.Made != nil {
		if diff := w.meta.Difference(*p.Made); diff != "" {
			return &WrongError{chunk, diff}
		}
	}
	layout := features.Layout{Partitions: p.Partitions}
	if w.options.Ingest.Folder == "" || w.sink != nil && layout == w.layout {
		return nil
	}
	sink, err := features.NewSink(w.options.Ingest.Folder, w.meta, layout)
	if err != nil {
		return err
	}
	w.sink, w.layout = sink, layout
	return nil
}

// extractor computes features with the trunk that stays open.
func (w *Worker) extractor() *extractor.Extractor {
	e := w.recipe.Extractor()
	e.Open = func(ctx context.Context) (extractor.Trunk, error) {
		if w.trunk == nil {
			t, err := w.options.open(ctx)
			if err != nil {
				return nil, err
			}
			w.trunk = t
		}
		return extractor.Shared(w.trunk), nil
	}
	return e
}
