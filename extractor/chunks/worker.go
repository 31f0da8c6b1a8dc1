package chunks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"graft/extractor"
	"graft/extractor/bucket"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/plan"
)

// Options say what a Worker computes and where it keeps it.
type Options struct {
	Ingest ingest.Options // trunk, tap, transform, device, limits; its folder is the store: "" keeps no features
	Data   string         // root of the data here; "" = where the plan found it
	Again  bool           // also do chunks that have been done

	// Sinks, if not nil, opens one more for each chunk, for what is made of its rows; nil if it has
	// been made before.
	Sinks func(c *plan.Chunk) (Sink, error)

	open func(context.Context) (extractor.Trunk, error) // tests have other trunks
	wait time.Duration                                  // and less patience; 0: see patience
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
	remote  *remote // of a store in a bucket

	buckets map[string]*bucket.Bucket // of plans and data
	scratch *scratch                  // of chunks and shards that come from buckets; nil: none yet
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
	o.Ingest.Folder = bucket.Local(o.Ingest.Folder)
	w := &Worker{recipe: r, meta: metas[0], options: o, plans: map[string]*plan.Plan{}, buckets: map[string]*bucket.Bucket{}}
	if w.remote, err = openRemote(o.Ingest.Folder); err != nil {
		return nil, err
	}
	if w.remote != nil {
		w.options.Ingest.Folder = w.remote.dir
	}
	return w, nil
}

// Close closes the trunk, and what speaks with buckets.
func (w *Worker) Close() error {
	errs := []error{w.remote.Close()}
	for _, b := range w.buckets {
		errs = append(errs, b.Close())
	}
	errs = append(errs, w.scratch.Close())
	if w.trunk != nil {
		errs = append(errs, w.trunk.Close())
	}
	return errors.Join(errs...)
}

// bucketOf opens a bucket, once.
func (w *Worker) bucketOf(url string) (*bucket.Bucket, error) {
	if b := w.buckets[url]; b != nil {
		return b, nil
	}
	b, err := bucket.Open(url)
	if err == nil {
		w.buckets[url] = b
	}
	return b, err
}

// fetch brings a chunk that lies in a bucket to the disk, with its plan; gone removes it.
func (w *Worker) fetch(ctx context.Context, chunk string) (file string, gone func(), err error) {
	chunk = bucket.Local(chunk)
	if !bucket.IsURL(chunk) {
		return chunk, func() {}, nil
	}
	at := strings.LastIndex(chunk, "/")
	b, err := w.bucketOf(chunk[:at])
	if err != nil {
		return "", nil, err
	}
	dir, err := w.folder()
	if err != nil {
		return "", nil, err
	}
	dir = filepath.Join(dir, url.QueryEscape(chunk[:at]))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", nil, err
	}
	if w.plans[dir] == nil {
		if err := b.Get(ctx, plan.File, filepath.Join(dir, plan.File)); err != nil {
			return "", nil, err
		}
	}
	file = filepath.Join(dir, chunk[at+1:])
	return file, func() { os.Remove(file) }, b.Get(ctx, chunk[at+1:], file)
}

// folder is that of what comes from buckets.
func (w *Worker) folder() (string, error) {
	if w.scratch == nil {
		s, err := newScratch()
		if err != nil {
			return "", err
		}
		w.scratch = s
	}
	return w.scratch.dir, nil
}

// Meta is what the features are made with.
func (w *Worker) Meta() features.Meta { return w.meta }

// planOf reads the plan that a chunk's file lies in, once.
func (w *Worker) planOf(chunk string) (*plan.Plan, error) {
	dir := filepath.Dir(chunk)
	if p := w.plans[dir]; p != nil {
		return p, nil
	}
	if _, err := os.Stat(chunk); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, plan.File)); err != nil {
			return nil, fmt.Errorf("chunk %q: there is no such file, nor a plan in its folder", chunk)
		}
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
func (w *Worker) admit(ctx context.Context, p *plan.Plan, chunk string) error {
	if p.Made != nil {
		if diff := w.meta.Difference(*p.Made); diff != "" {
			return &WrongError{chunk, diff}
		}
	}
	layout := features.Layout{Partitions: p.Partitions}
	if w.options.Ingest.Folder == "" || w.sink != nil && layout == w.layout {
		return nil
	}
	if err := w.remote.describe(ctx, layout); err != nil {
		return err
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
