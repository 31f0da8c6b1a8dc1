package classify

import (
	"context"
	"iter"

	"graft/extractor"
	"graft/extractor/dataset"
)

// ClassifyAll labels the photographs of a dataset on all cores and gives them in
// its order. An image that cannot be read is a Prediction with Err; the error of
// the sequence says why it ends before the last. progress, if not nil, counts.
//
// Some photographs ahead of the loop are under way. When the loop is left, by
// break, return or panic, they are given up, and nothing is left running.
func (c *Classifier) ClassifyAll(ctx context.Context, d *dataset.Dataset, progress *extractor.Progress) iter.Seq2[Prediction, error] {
	return func(yield func(Prediction, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		results, ended := make(chan Prediction), make(chan error, 1)
		go func() {
			defer close(results)
			ended <- c.run(ctx, d, progress, results)
		}()
		defer func() { // no goroutine outlives the loop, whoever leaves it
			cancel()
			for range results {
			}
		}()
		for p := range results {
			if !yield(p, nil) {
				return
			}
		}
		if err := <-ended; err != nil {
			yield(Prediction{}, err)
		}
	}
}

// run sends the predictions of a dataset, in order.
func (c *Classifier) run(ctx context.Context, d *dataset.Dataset, progress *extractor.Progress, results chan<- Prediction) error {
	if err := c.gate.enter(); err != nil {
		return err
	}
	c.gate.leave()
	e := &extractor.Extractor{
		Open:      func(context.Context) (extractor.Trunk, error) { return gated{c.session, &c.gate}, nil },
		Transform: c.model.Transform,
		Limits:    c.options.Limits,
		JPEG:      c.options.JPEG,
		Workers:   c.options.Workers,
		Store:     c.store(),
		Progress:  progress,
	}
	width := c.session.Dims()[0]
	return e.Each(ctx, d, func(i int, o extractor.Outcome, computed []extractor.Features) error {
		p := c.all(o, computed, width)
		p.Path = d.Samples[i].Path
		if ctx.Err() != nil { // select chooses at random if both are ready
			return context.Cause(ctx)
		}
		select {
		case results <- p:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// store is what a run of the extractor need not compute.
func (c *Classifier) store() extractor.Store {
	if c.known == nil {
		return nil
	}
	return recalled{c.known}
}

// all is the prediction of an image of a run, of which nothing was computed if
// it was known.
func (c *Classifier) all(o extractor.Outcome, computed []extractor.Features, width int) Prediction {
	row := make([]float32, width)
	switch {
	case o.Err != nil:
	case len(computed) > 0:
		row = computed[0].Rows[0]
	default:
		o.Err = c.known.Row(o.Key, 0, row)
	}
	return c.prediction(o, row)
}

// gated is the session of a Classifier as a run of ClassifyAll has it. Close may
// come between two calls of Run, and the run does not close it.
type gated struct {
	session
	gate *gate
}

// Run is the session's, until the gate is closed.
func (g gated) Run(ctx context.Context, pixels []byte, n, h, w int, features [][]float32) error {
	if err := g.gate.enter(); err != nil {
		return err
	}
	defer g.gate.leave()
	return g.session.Run(ctx, pixels, n, h, w, features)
}

// Close does nothing: the Classifier closes the session.
func (gated) Close() error { return nil }
