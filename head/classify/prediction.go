package classify

import (
	"context"
	"iter"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/head/metrics"
)

// A Prediction is what a Classifier says of one image.
type Prediction struct {
	Path          string     // of the image, as it was given; "" if bytes were
	Key           pixels.Key // SHA-256 of the file
	Width, Height int        // pixels, as stored; 0 if unknown
	Label         string     // the most probable class, of equals the first
	Probability   float64    // of it, 0…1
	P             []float64  // of every class, in the order of [Classifier.Labels]; sums to 1
	Err           error      // why there is no label; nil if there is one
}

// prediction turns a row of the session's output into a Prediction, or says what
// is wrong with the image.
func (c *Classifier) prediction(o extractor.Outcome, row []float32) Prediction {
	p := Prediction{Key: o.Key, Width: o.Info.Width, Height: o.Info.Height, Err: o.Err}
	if o.Err != nil {
		return p
	}
	all := make([]float64, len(c.labels))
	c.predict(row, all)
	if p.Err = checkFinite(row, all); p.Err != nil {
		return p
	}
	best := metrics.Predictions(all, len(all))[0]
	p.P, p.Label, p.Probability = all, c.labels[best], all[best]
	return p
}

// ClassifyAll labels the photographs of a dataset on all cores and gives them in
// its order. An image that cannot be read is a Prediction with Err; the error of
// the sequence says why it ends before the last. progress, if not nil, counts.
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
	e := &extractor.Extractor{
		Open:      func(context.Context) (extractor.Trunk, error) { return extractor.Shared(c.session), nil },
		Transform: c.transform,
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
		select {
		case results <- p:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}
