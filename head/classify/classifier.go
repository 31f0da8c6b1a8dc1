package classify

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/head/metrics"
)

// A Classifier turns photographs into labels. It is safe for concurrent use.
type Classifier struct {
	model   *Model
	notes   []string
	options Options
	session session // gives the first of the model's outputs
	known   Known   // nil: nothing is

	gate    gate
	places  chan struct{} // as many as images may be under way in Classify
	workers sync.Pool     // of *worker
}

// Labels are the classes, in the order of [Prediction.P].
func (c *Classifier) Labels() []string { return slices.Clone(c.model.Labels) }

// Transform is how photographs become the pixels that the network sees.
func (c *Classifier) Transform() pixels.Transform { return c.model.Transform }

// Notes are what people should know: an untrained trunk, the device that was
// chosen, what is not used.
func (c *Classifier) Notes() []string { return slices.Clone(c.notes) }

// Warm runs black images through the network and says how long that took. The
// first run is the slow one, on accelerators by seconds: a service warms up
// before it says that it is ready. Nobody needs to.
func (c *Classifier) Warm(ctx context.Context) (time.Duration, error) {
	if err := c.gate.enter(); err != nil {
		return 0, err
	}
	defer c.gate.leave()
	return c.session.Warm(ctx, c.model.Transform.Height(), c.model.Transform.Width())
}

// Close ends the Classifier: it waits for the calls of Classify that have begun,
// and a ClassifyAll that goes on ends with [ErrClosed], as does what comes later.
// Closing twice does nothing.
func (c *Classifier) Close() error {
	if !c.gate.close() {
		return nil
	}
	return c.session.Close()
}

// Classify labels an encoded image: a file's content. As many calls as Workers
// has it go on at once, others wait, at most until ctx ends. On accelerators
// every image costs a batch; [Classifier.ClassifyAll] fills it.
//
// What is wrong with the image is an error of package pixels, or an
// [*extractor.NotFiniteError], and it is also in
// the Prediction, with what is known of the image; its Err is nil if the error
// has another cause.
func (c *Classifier) Classify(ctx context.Context, image []byte) (Prediction, error) {
	return c.one(ctx, func(*worker) ([]byte, error) { return image, nil })
}

// ClassifyFile is Classify for the image in a file.
func (c *Classifier) ClassifyFile(ctx context.Context, path string) (Prediction, error) {
	file := dataset.Files([]string{path}, dataset.Options{MaxBytes: c.options.Limits.Bytes})
	read := true
	p, err := c.one(ctx, func(w *worker) (_ []byte, err error) {
		w.file, err = file.Read(file.Samples[0], w.file)
		read = err == nil
		return w.file, err
	})
	p.Path = path
	if err != nil && read {
		err = fmt.Errorf("classify %q: %w", path, err)
	}
	return p, err
}

// one labels the image that read gives.
func (c *Classifier) one(ctx context.Context, read func(*worker) ([]byte, error)) (Prediction, error) {
	if err := c.gate.enter(); err != nil {
		return Prediction{}, err
	}
	defer c.gate.leave()
	if ctx.Err() != nil { // select chooses at random if both are ready
		return Prediction{}, context.Cause(ctx)
	}
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		return Prediction{}, context.Cause(ctx)
	}
	w := c.workers.Get().(*worker)
	p, err := c.label(ctx, w, read)
	c.workers.Put(w) // not after a panic, which may have left anything in it
	return p, err
}

// label labels the image that read gives, in the buffers of w.
func (c *Classifier) label(ctx context.Context, w *worker, read func(*worker) ([]byte, error)) (Prediction, error) {
	image, err := read(w)
	if err != nil {
		return Prediction{Err: err}, err
	}
	t, o := c.model.Transform, extractor.Outcome{Key: pixels.KeyOf(image)}
	if o.Info, o.Err = w.decoder.Crop(w.crops[:t.Bytes()], image); o.Err == nil {
		if err := c.session.Run(ctx, w.crops, w.batch, t.Height(), t.Width(), w.rows); err != nil {
			return Prediction{}, err
		}
	}
	p := c.prediction(o, w.rows[0][:len(w.rows[0])/w.batch])
	return p, p.Err
}

// prediction turns a row of the session's output into a Prediction, or what is
// wrong with the image.
func (c *Classifier) prediction(o extractor.Outcome, row []float32) Prediction {
	p := Prediction{Key: o.Key, Width: o.Info.Width, Height: o.Info.Height, Err: o.Err}
	if o.Err != nil {
		return p
	}
	all := make([]float64, len(c.model.Labels))
	c.model.Predict(row, all)
	if p.Err = checkFinite(row, all); p.Err != nil {
		return p
	}
	best := metrics.Predictions(all, len(all))[0]
	p.P, p.Label, p.Probability = all, c.model.Labels[best], all[best]
	return p
}

// A worker has the buffers of one call of Classify.
type worker struct {
	decoder *pixels.Decoder
	batch   int
	file    []byte      // content of the file last read
	crops   []byte      // batch×height×width×3, of which the first is used
	rows    [][]float32 // one output, batch×d
}

func (c *Classifier) newWorker() *worker {
	n := max(c.session.Batch(), 1)
	w := &worker{
		decoder: pixels.NewDecoder(c.model.Transform, c.options.Limits),
		batch:   n,
		crops:   make([]byte, n*c.model.Transform.Bytes()),
		rows:    [][]float32{make([]float32, n*c.session.Dims()[0])},
	}
	if c.options.JPEG != "" {
		w.decoder.UseJPEG(c.options.JPEG) // Open has seen that it can be had
	}
	return w
}
