package chunks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"graft/extractor"
	"graft/extractor/bucket"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/plan"
)

// States of an Answer.
const (
	Done    = "done"    // by this worker
	Already = "already" // by another one, or before
	Stopped = "stopped" // in the middle; what was done is kept
	Failed  = "failed"  // for the reason that is given; nothing is acknowledged
)

// An Answer is what became of a chunk. It marshals to JSON; the names of the fields are kept stable.
type Answer struct {
	Chunk   string  `json:"chunk"` // as it was asked for
	State   string  `json:"state"`
	Images  int     `json:"images"`
	Failed  int     `json:"failed"`            // images without features
	Rows    int     `json:"rows"`              // that were computed
	Changed int     `json:"changed,omitempty"` // images whose size or time is not what was planned; they are recorded as read
	Seconds float64 `json:"seconds"`
	Record  string  `json:"record,omitempty"`
	Error   string  `json:"error,omitempty"`

	Problems []features.Record `json:"-"` // the images without features
}

// Do does the chunk whose file lies at path: its features and its record are on the disk when it
// returns without an error. The answer is never nil.
func (w *Worker) Do(ctx context.Context, path string) (*Answer, error) {
	a := &Answer{Chunk: path, State: Failed}
	begin := time.Now()
	err := w.do(ctx, path, a)
	a.Seconds = time.Since(begin).Seconds()
	if err != nil {
		a.Error = err.Error()
	}
	return a, err
}

func (w *Worker) do(ctx context.Context, path string, a *Answer) error {
	path, gone, err := w.fetch(ctx, path)
	if err != nil {
		return err
	}
	defer gone()
	p, err := w.planOf(path)
	if err != nil {
		return err
	}
	c, err := p.ReadChunk(path)
	if err != nil {
		return err
	}
	if err := w.admit(ctx, p, path); err != nil {
		return err
	}
	d := &doing{Worker: w, plan: p, chunk: c, answer: a, started: time.Now(), root: p.Root}
	if data := bucket.Local(w.options.Data); bucket.IsURL(data) {
		d.root = data
	} else if data != "" {
		if d.root, err = filepath.Abs(data); err != nil {
			return err
		}
	}
	if w.options.Sinks != nil {
		if d.also, err = w.options.Sinks(c); err != nil {
			return err
		}
		if d.also != nil {
			defer d.also.Abort()
		}
	}
	if d.also == nil { // else it needs all rows
		if done, err := d.before(ctx); done || err != nil {
			return err
		}
	}
	if err := d.careful(ctx); err != nil {
		return err
	}
	if w.sink != nil {
		w.sink.Begin()
		d.begin()
		defer func() { d.end(ctx, d.here) }()
	}
	return d.run(ctx)
}

// doing is a chunk in hand.
type doing struct {
	*Worker
	plan    *plan.Plan
	chunk   *plan.Chunk
	root    string
	answer  *Answer
	started time.Time
	also    Sink // nil: none

	skip    int // samples that a worker before has done
	records []features.Record
	rows    int
	bytes   int64
	parts   []string
	broken  atomic.Pointer[error] // what a bucket failed at
	read    sync.Map              // path of a sample that came from a bucket → os.FileInfo of what came
	gone    atomic.Int64          // samples that are not in the bucket
	changed []string              // samples that are not what was planned

	died []Attempt // at this chunk, before
	here Attempt
	care care
}

// before looks for records of the chunk: it may have been done, or a part of it.
func (d *doing) before(ctx context.Context) (done bool, err error) {
	if d.sink == nil {
		d.answer.State = Already
		return true, nil
	}
	if d.options.Again {
		return false, nil
	}
	list, err := d.recorded(ctx)
	if err != nil || d.already(list, math.MaxInt) {
		return err == nil, err
	}
	for _, f := range list {
		if t, about, err := d.usable(f); err == nil && f.partial && len(t.Records) > d.skip {
			d.skip, d.records, d.rows, d.bytes, d.parts = len(t.Records), t.Records, about.Rows, about.Bytes, about.Parts
		}
	}
	return false, nil
}

// recorded lists the records of the chunk.
func (d *doing) recorded(ctx context.Context) ([]found, error) {
	if err := d.look(ctx); err != nil {
		return nil, err
	}
	return findRecords(d.options.Ingest.Folder, d.chunk.Digest)
}

// already reports whether one of the records is whole, with at most so many failures, and answers
// with it.
func (d *doing) already(list []found, failures int) bool {
	for _, f := range whole(list) {
		if t, about, err := d.usable(f); err == nil && about.Failed <= failures {
			d.answer.State, d.answer.Record = Already, d.remote.url(f.path)
			d.answer.Images, d.answer.Failed, d.answer.Problems = about.Images, about.Failed, failedOf(t.Records)
			return true
		}
	}
	return false
}

// meanwhile reports whether another worker has done the chunk since this one began: as a scheduler
// has it that starts a copy of a slow task, and finishes when the first of both is done. The rows
// that are pending are then there, and are dropped: a finisher may be at work already.
func (d *doing) meanwhile(ctx context.Context) (bool, error) {
	if d.options.Again {
		return false, nil
	}
	list, err := d.recorded(ctx)
	if err != nil || !d.already(list, len(failedOf(d.records))) {
		return false, err
	}
	d.sink.Begin()
	return true, nil
}

// usable reads a record that this worker could have written.
func (d *doing) usable(f found) (*features.Table, About, error) {
	t, about, err := readRecord(f.path)
	if err != nil {
		return nil, about, err
	}
	if diff := d.meta.Difference(about.Made); diff != "" {
		return nil, about, &WrongError{f.path, diff}
	}
	return t, about, nil
}

// run computes the chunk.
func (d *doing) run(ctx context.Context) (err error) {
	progress := d.options.Ingest.Progress
	progress.Begin(d.chunk.Name, len(d.chunk.Samples))
	if d.chunk.Shard != "" {
		err = d.shard(ctx)
	} else {
		err = d.samples(ctx)
	}
	switch {
	case err == nil:
		return d.commit(ctx)
	case ctx.Err() != nil:
		return d.stop(context.WithoutCancel(ctx), context.Cause(ctx))
	}
	return err
}

// samples computes those that a chunk names.
func (d *doing) samples(ctx context.Context) error {
	data, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer data.Close()
	for from, n := d.skip, len(data.Samples); from < n; {
		to := d.care.end(from, n)
		if err := d.step(ctx, data.Part(data.Samples[from:to]), from); err != nil {
			return err
		}
		from = to
	}
	if d.gone.Load() < int64(len(data.Samples)) {
		return nil
	}
	return d.someObject(ctx)
}

// A NoDataError says that there is nothing at all where the photographs should be.
type NoDataError struct{ Root string }

// Error names the place.
func (e *NoDataError) Error() string { return fmt.Sprintf("there are no photographs at %q", e.Root) }

// someObject fails if a bucket has no object where the photographs should be.
func (d *doing) someObject(ctx context.Context) error {
	b, err := d.bucketOf(d.root)
	if err != nil {
		return err
	}
	for o, err := range b.List(ctx, "") {
		if err != nil || o.Name != "" {
			return err
		}
	}
	return &NoDataError{d.root}
}

// step computes some samples, of which the first is number from of the chunk.
func (d *doing) step(ctx context.Context, data *dataset.Dataset, from int) error {
	if why, ok := d.care.leave[from]; ok {
		data.Splits = d.plan.Splits
		r := ingest.Records(data)[0]
		r.Error = why
		return d.take(r, nil)
	}
	if err := d.mark(ctx, from, from+len(data.Samples), data.Samples[0].Path); err != nil {
		return err
	}
	err := d.each(ctx, data)
	if broken := d.broken.Load(); broken != nil && err == nil {
		return *broken // it is the bucket's error, not the image's
	}
	return err
}

// open opens the data of a chunk.
func (d *doing) open(ctx context.Context) (*dataset.Dataset, error) {
	if !bucket.IsURL(d.root) {
		if _, err := os.Stat(d.root); err != nil { // else no photograph would be there, one by one
			return nil, &NoDataError{d.root}
		}
		return dataset.FromSamples(ctx, d.root, d.chunk.Samples, d.options.Ingest.Data)
	}
	b, err := d.bucketOf(d.root)
	if err != nil {
		return nil, err
	}
	fetch := fetcher(ctx, b)
	return dataset.Fetched(d.chunk.Samples, func(name, file string) error {
		err := fetch(name, file)
		if errors.Is(err, fs.ErrNotExist) {
			d.gone.Add(1)
		} else if err != nil {
			d.broken.CompareAndSwap(nil, &err)
		}
		if info, failed := os.Stat(file); err == nil && failed == nil {
			d.read.Store(name, info)
		}
		return err
	}, d.options.Ingest.Data), nil
}

// fetcher fetches photographs from a bucket.
func fetcher(ctx context.Context, b *bucket.Bucket) func(name, file string) error {
	return func(name, file string) error { return b.Get(ctx, name, file) }
}

// each computes some samples more.
func (d *doing) each(ctx context.Context, data *dataset.Dataset) error {
	data.Splits = d.plan.Splits
	records := ingest.Records(data)
	return d.extractor().Each(ctx, data, func(i int, o extractor.Outcome, computed []extractor.Features) error {
		ingest.Outcome(&records[i], o)
		return d.take(records[i], computed)
	})
}
