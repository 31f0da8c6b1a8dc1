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
	trunk  Trunk                // once it was opened
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
	if p.Store == nil {
		return false
	}
	o, ok := p.Store.Lookup(s)
	if !ok || o.Err != nil {
		return false
	}
	for view := range p.Views + 1 {
		if !p.Store.Has(o.Key, view) {
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
	p.trunk, p.dims = trunk, trunk.Dims()
	runners, t := max(trunk.Workers(), 1), p.Transform
	if batch := trunk.Batch(); batch > 1 {
		b := NewBatcher(trunk, BatcherSettings{Batch: batch, Height: t.Height(), Width: t.Width(), Wait: patience})
		for range runners {
			g.Go(func() error { return b.Serve(ctx) })
		}
		p.runner = b.Run
		return p.startWorkers(ctx, g, (runners+1)*batch, p.decoders(), b.Close)
	}
	p.runner = func(ctx context.Context, crop []byte, rows [][]float32) error {
		return trunk.Run(ctx, crop, 1, t.Height(), t.Width(), rows)
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
	p.progress.last.Store(since(&p.progress.writing, begin).UnixNano())
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
