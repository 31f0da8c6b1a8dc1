package extractor

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// A pipeline is one run of an Extractor.
//
// The number of samples under way is bounded by a window, so that memory does
// not grow with the dataset: a worker holds one file and one crop, a finished
// job its rows. A slow image holds up the others only when the window is full.
type pipeline struct {
	*Extractor
	data     *dataset.Dataset
	progress *Progress

	jobs   chan *job            // from dispatch to the workers
	done   chan *job            // from workers and dispatch to collect, in any order
	window chan struct{}        // a token for every job under way
	decode chan *pixels.Decoder // as many as may decode at once
	runner func(context.Context, []byte, [][]float32) error
	dims   []int
}

// window is how many samples may be under way: their rows, some 8 kB each, are
// what waits for a slow image.
const window = 256

// A job is one sample on its way.
type job struct {
	index    int
	outcome  Outcome
	computed []Features
}

func newPipeline(e *Extractor, d *dataset.Dataset) *pipeline {
	p := &pipeline{Extractor: e, data: d, progress: e.Progress}
	if p.progress == nil {
		p.progress = new(Progress)
	}
	return p
}

// run starts dispatch, and collects until every sample is done.
func (p *pipeline) run(ctx context.Context, sink Sink) error {
	g, ctx := errgroup.WithContext(ctx)
	p.jobs = make(chan *job)
	p.done = make(chan *job)
	p.window = make(chan struct{}, window)
	g.Go(func() error { return p.dispatch(ctx, g) })
	g.Go(func() error { return p.collect(ctx, sink) })
	return g.Wait()
}

// dispatch hands out the samples in order: those that are known go straight to
// collect, the first other one starts the workers.
func (p *pipeline) dispatch(ctx context.Context, g *errgroup.Group) error {
	defer close(p.jobs)
	started := false
	for i, s := range p.data.Samples {
		if err := acquire(ctx, p.window); err != nil {
			return err
		}
		j := &job{index: i}
		next := p.jobs
		if p.known(s, j) {
			next = p.done
		} else if !started {
			if err := p.start(ctx, g); err != nil {
				return err
			}
			started = true
		}
		select {
		case next <- j:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// known fills j if nothing has to be read for s.
func (p *pipeline) known(s dataset.Sample, j *job) bool {
	if p.Known == nil || p.Have == nil {
		return false
	}
	o, ok := p.Known(s)
	if !ok || o.Err != nil {
		return false
	}
	for view := range p.Views + 1 {
		if !p.Have(o.Key, view) {
			return false
		}
	}
	o.Cached = true
	j.outcome = o
	return true
}

// start opens the trunk and starts the workers. A trunk that wants batches
// needs enough workers to fill them; they share the decoders.
func (p *pipeline) start(ctx context.Context, g *errgroup.Group) error {
	begin := time.Now()
	trunk, err := p.Open(ctx)
	since(&p.progress.opening, begin)
	if err != nil {
		return err
	}
	p.dims = trunk.Dims()
	runners, size := max(trunk.Workers(), 1), p.Transform.Crop
	if batch := trunk.Batch(); batch > 1 {
		b := newBatcher(trunk, batch, size)
		for range runners {
			g.Go(func() error { return b.serve(ctx) })
		}
		p.runner = b.run
		return p.startWorkers(ctx, g, (runners+1)*batch, p.decoders(), b.close)
	}
	p.runner = func(ctx context.Context, crop []byte, rows [][]float32) error {
		return trunk.Run(ctx, crop, 1, size, size, rows)
	}
	if p.Workers > 0 {
		runners = p.Workers
	}
	return p.startWorkers(ctx, g, runners, runners, func() {})
}

// startWorkers starts workers that share some decoders; finished is called
// when the last of them has ended.
func (p *pipeline) startWorkers(ctx context.Context, g *errgroup.Group, workers, decoders int, finished func()) error {
	p.decode = make(chan *pixels.Decoder, decoders)
	for range decoders {
		d, err := p.newDecoder()
		if err != nil {
			return err
		}
		p.decode <- d
	}
	var working sync.WaitGroup
	for range workers {
		working.Add(1)
		g.Go(func() error {
			defer working.Done()
			return p.work(ctx)
		})
	}
	g.Go(func() error {
		working.Wait()
		finished()
		return nil
	})
	return nil
}

// work is one worker: it takes jobs until there are no more.
func (p *pipeline) work(ctx context.Context) error {
	w := &worker{pipeline: p, crop: make([]byte, 3*p.Transform.Crop*p.Transform.Crop)}
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

// A worker has the buffers of one goroutine.
type worker struct {
	*pipeline
	file []byte // content of the file last read
	crop []byte // size×size×3
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
		if w.Have != nil && w.Have(j.outcome.Key, view) {
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

// inspect reads the size of an image that need not be decoded: it was moved,
// is there twice, or was computed by a run that did not live to write it down.
func (w *worker) inspect(ctx context.Context, j *job, data []byte) error {
	select {
	case d := <-w.decode:
		info, _ := d.Inspect(data) // it has features, so it could be read
		w.decode <- d
		j.outcome.Width, j.outcome.Height = info.Width, info.Height
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
	j.outcome.Width, j.outcome.Height = info.Width, info.Height
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
	w.progress.Computed.Add(1)
	j.computed = append(j.computed, Features{View: view, Rows: rows})
	return nil
}

// collect puts the jobs back into order and hands them to the sink.
func (p *pipeline) collect(ctx context.Context, sink Sink) error {
	early := map[int]*job{} // at most as many as the window holds
	for next := 0; next < len(p.data.Samples); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case j := <-p.done:
			early[j.index] = j
		}
		for j := early[next]; j != nil; j = early[next] {
			delete(early, next)
			if err := p.deliver(j, sink); err != nil {
				return err
			}
			<-p.window
			next++
		}
	}
	return nil
}

func (p *pipeline) deliver(j *job, sink Sink) error {
	begin := time.Now()
	err := sink(j.index, j.outcome, j.computed)
	since(&p.progress.writing, begin)
	p.progress.Done.Add(1)
	switch {
	case j.outcome.Err != nil:
		p.progress.Failed.Add(1)
	case j.outcome.Cached:
		p.progress.Cached.Add(1)
	}
	return err
}

func acquire(ctx context.Context, tokens chan<- struct{}) error {
	select {
	case tokens <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
