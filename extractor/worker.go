package extractor

import (
	"context"
	"time"

	"graft/extractor/pixels"
)

// A worker has the buffers of one goroutine.
type worker struct {
	*pipeline
	file []byte // content of the file last read
	crop []byte // height×width×3
}

// work is one worker: it takes jobs until there are no more.
func (p *pipeline) work(ctx context.Context) error {
	w := &worker{pipeline: p, crop: make([]byte, p.Transform.Bytes())}
	for {
		idle := time.Now()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case j, ok := <-p.jobs:
			since(&p.progress.waiting, idle)
			if !ok {
				return nil
			}
			if ctx.Err() != nil { // select chooses at random if both are ready
				return ctx.Err()
			}
			if err := w.process(ctx, j); err != nil {
				return err
			}
			select {
			case p.done <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// process does everything for one sample but the writing. What is wrong with
// the image goes into the outcome; an error is a reason to stop.
func (w *worker) process(ctx context.Context, j *job) error {
	begin := time.Now()
	data, err := w.data.Read(w.data.Samples[j.index], w.file)
	if err != nil {
		since(&w.progress.decoding, begin)
		j.outcome.Err = err
		return nil
	}
	w.file = data
	j.outcome.Key = pixels.KeyOf(data)
	since(&w.progress.decoding, begin)

	j.outcome.Cached = true
	for view := range w.Views + 1 {
		if w.Store != nil && w.Store.Has(j.outcome.Key, view) {
			continue
		}
		j.outcome.Cached = false
		if err := w.view(ctx, j, data, view); err != nil {
			return err
		}
		if j.outcome.Err != nil {
			j.computed = nil
			return nil
		}
	}
	if j.outcome.Cached {
		return w.inspect(ctx, j, data)
	}
	return nil
}

// inspect reads the header of an image that need not be decoded: it was moved,
// is there twice, or was computed by a run that did not live to write it down.
func (w *worker) inspect(ctx context.Context, j *job, data []byte) error {
	select {
	case d := <-w.decode:
		j.outcome.Info, _ = d.Inspect(data) // it has features, so it could be read
		w.decode <- d
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// view computes the features of one view of the image in data.
func (w *worker) view(ctx context.Context, j *job, data []byte, view int) error {
	var d *pixels.Decoder
	idle := time.Now()
	select {
	case d = <-w.decode:
	case <-ctx.Done():
		return ctx.Err()
	}
	begin := since(&w.progress.waiting, idle)
	info, err := w.render(d, w.crop, data, j.outcome.Key, view)
	w.decode <- d
	j.outcome.Info = info
	if err != nil {
		since(&w.progress.decoding, begin)
		j.outcome.Err = err
		return nil
	}
	begin = since(&w.progress.decoding, begin)
	rows := make([][]float32, len(w.dims))
	for i, d := range w.dims {
		rows[i] = make([]float32, d)
	}
	if err := w.runner(ctx, w.crop, rows); err != nil {
		return err
	}
	since(&w.progress.running, begin)
	if j.outcome.Err = checkRows(rows, view); j.outcome.Err != nil {
		return nil
	}
	w.progress.Computed.Add(1)
	j.computed = append(j.computed, Features{View: view, Rows: rows})
	return nil
}
