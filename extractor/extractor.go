// Package extractor turns photographs into features: it reads the files of a
// dataset, makes the crops that a trunk sees, runs the trunk on them and hands
// out the features in the order of the dataset, whatever the number of workers.
//
//	files ──> workers: read, hash, decode, crop ──> trunk ──> in order ──> Sink
//
// Its rooms are dataset (what is there), pixels (a file → a crop) and features
// (features on disk).
package extractor

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// A Trunk is a frozen network: pixels in, features out.
type Trunk interface {
	// Run writes the features of n crops into features, one slice of n×d
	// values an output of the trunk. Pixels are n×h×w×3, RGB, 0…255. It is
	// called by several goroutines at once.
	Run(ctx context.Context, pixels []byte, n, h, w int, features [][]float32) error
	// Dims gives the number of columns d of every output.
	Dims() []int
	// Workers is how many calls of Run at once are worth while.
	Workers() int
	// Batch is how many crops a call of Run wants: 1 for image by image, as
	// suits a CPU; k > 1 for always k, as suits an accelerator. The last
	// batch is padded.
	Batch() int
}

// An Outcome is what became of one sample.
type Outcome struct {
	Key           pixels.Key // zero if the file could not be read
	Width, Height int        // as stored in the file; zero if unknown
	Cached        bool
	Err           error // why the image has no features, nil if it has
}

// Features of one sample that had to be computed. Rows is indexed by output of
// the trunk; a row has d values and is valid until the Sink returns.
type Features struct {
	View int
	Rows [][]float32
}

// A Sink takes the outcome of sample number i with the features that were
// computed for it, in order of i. An error ends the run.
type Sink func(i int, o Outcome, computed []Features) error

// An Extractor holds what features depend on, and where to ask what is there
// already. Trunk, Transform and Sink of [Extractor.Each] are all it needs.
type Extractor struct {
	// Open gives the trunk. It is called at most once in a run, when the
	// first sample needs it.
	Open func(context.Context) (Trunk, error)

	Transform pixels.Transform
	Limits    pixels.Limits
	Views     int    // augmented views beside view 0; 0 means none
	Seed      uint64 // of the augmented views

	// Workers is how many images are decoded at once; 0 means as many as
	// there are cores.
	Workers int

	// JPEG is what JPEG files are decoded with, pixels.TurboJPEG or
	// pixels.OwnJPEG; "" means the first where it is installed. The pixels are
	// the same.
	JPEG string

	// Known recognises a sample without reading its file; nil means never.
	Known func(dataset.Sample) (Outcome, bool)
	// Have reports whether the features of a view are there already; nil
	// means never.
	Have func(key pixels.Key, view int) bool

	// Progress, if not nil, is kept up to date while the run goes on.
	Progress *Progress
}

// Each runs over all samples of d and calls sink for each, in order, from one
// goroutine. Images that cannot be read are no error: their outcome says why.
// When ctx is cancelled, Each stops within one image a worker and returns the
// cause; everything before has been handed to sink.
func (e *Extractor) Each(ctx context.Context, d *dataset.Dataset, sink Sink) error {
	if err := e.Transform.Validate(); err != nil {
		return fmt.Errorf("extract: %w", err)
	}
	if e.Views < 0 {
		return fmt.Errorf("extract: %d views: must be 0 or more", e.Views)
	}
	p := newPipeline(e, d)
	p.progress.start(len(d.Samples))
	defer p.progress.stop()
	err := p.run(ctx, sink)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (e *Extractor) newDecoder() (*pixels.Decoder, error) {
	d := pixels.NewDecoder(e.Transform, e.Limits)
	if e.JPEG == "" {
		return d, nil
	}
	return d, d.UseJPEG(e.JPEG)
}

// render decodes a file into what the trunk sees of one view of it.
func (e *Extractor) render(d *pixels.Decoder, dst, file []byte, key pixels.Key, view int) (pixels.Info, error) {
	if view == 0 {
		return d.Crop(dst, file)
	}
	return d.View(dst, file, pixels.View{Seed: e.Seed, Key: key, Number: view})
}

func (e *Extractor) decoders() int {
	if e.Workers > 0 {
		return e.Workers
	}
	return runtime.GOMAXPROCS(0)
}
