// Package extractor turns photographs into features: it reads the files of a
// dataset, makes the crops that a trunk sees, runs the trunk on them and hands
// out the features in the order of the dataset, whatever the number of workers.
//
//	files ──> workers: read, hash, decode, crop ──> trunk ──> in order ──> Sink
//
// [Extractor.Each] is such a run; [Crops] gives the crops alone. The packages
// beside it are dataset (what is there), pixels (a file → a crop) and features
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

// An Outcome is what became of one sample.
type Outcome struct {
	Key    pixels.Key  // zero if the file could not be read
	Info   pixels.Info // what the file's header says; fields are zero where that is unknown
	Cached bool        // nothing had to be computed
	Err    error       // why the image has no features, nil if it has
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

// A Store knows what was computed before. It is asked by several goroutines at
// once.
type Store interface {
	// Lookup recognises a sample without reading its file: what became of it
	// when it was read. An outcome with an error is not believed; the file is
	// read again.
	Lookup(dataset.Sample) (Outcome, bool)
	// Has reports whether the features of a view are there, for every output
	// of the trunk.
	Has(key pixels.Key, view int) bool
}

// An Extractor holds what features depend on, and where to ask what is there
// already. Open, Transform and the Sink of [Extractor.Each] are all it needs.
type Extractor struct {
	// Open gives the trunk. It is called at most once in a run, when the
	// first sample needs it; the run closes what it gave. A trunk that is to
	// stay open is given as [Shared].
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

	// Store says what is there already; nil means nothing is.
	Store Store

	// Progress, if not nil, is kept up to date while the run goes on.
	Progress *Progress
}

// Each runs over all samples of d and calls sink for each, in order, from one
// goroutine. Images that cannot be read are no error: their outcome says why.
// When ctx is cancelled, Each stops within one image a worker and returns the
// cause; everything before has been handed to sink. The trunk is closed when
// Each returns, whatever it returns.
func (e *Extractor) Each(ctx context.Context, d *dataset.Dataset, sink Sink) error {
	if err := e.check(); err != nil {
		return fmt.Errorf("extract: %w", err)
	}
	p := newPipeline(e, d)
	p.progress.start(len(d.Samples))
	defer p.progress.stop()
	err := p.run(ctx, sink)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return closing(p.trunk, err)
}

// closing closes a trunk, nil if none was opened, and returns the error of what
// it was used for, with that of closing it if there is one.
func closing(t Trunk, err error) error {
	if t == nil {
		return err
	}
	if failed := t.Close(); failed != nil {
		return errors.Join(err, fmt.Errorf("close the trunk: %w", failed))
	}
	return err
}

// check says which setting cannot be used.
func (e *Extractor) check() error {
	if e.Views < 0 {
		return fmt.Errorf("%d views: must be 0 or more", e.Views)
	}
	return e.Transform.Validate()
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
