package train

import (
	"context"
	"fmt"
	"time"

	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/trunk"
	"graft/head"
	"graft/head/metrics"
)

// FitOptions say how a head is trained.
type FitOptions struct {
	Source
	Solver    head.Solver
	Val       float64 // share of each class kept for judging where the data has no splits; 0: none
	Folds     int     // also estimate the accuracy by cross-validation; 0: not
	Calibrate bool    // fit a temperature on rows held out
	Seed      uint64  // of folds and hold-outs

	Versions map[string]string // of programs, for the training record
	Observe  func(head.Epoch)  // if not nil, is told every epoch as it ends
}

// A Fitted head is one that was trained and written.
type Fitted struct {
	Out             string
	SHA256          string
	Labels          []string
	Images          int // trained on
	Record          *head.Record
	CrossValidation *head.CrossValidation // nil unless Folds was given
	Calibration     *metrics.Calibration  // nil unless Calibrate was set
	Took            time.Duration         // of the training
	Split           bool                  // the data had no splits; a part of it was kept for judging
	Data            Images                // all of them
}

// memoryNote is from how many bytes on a solver's need is said beforehand.
const memoryNote = 1 << 30

// Fit trains a head and writes it to out, whole or not at all. The same data
// and settings give the same bytes, on any number of cores. If the context ends and the solver
// keeps what it has, that is written, and Record.Interrupted is set.
func Fit(ctx context.Context, o FitOptions, out string) (*Fitted, error) {
	done, err := o.Source.fetch(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if features.IsPartitioned(o.Path) {
		return fitPartitioned(ctx, o, out)
	}
	f, err := Open(ctx, o.Source, nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := f.Training(o.Val)
	if err != nil {
		return nil, err
	}
	if need := o.Solver.Memory(rows.Len(), rows.Dim(), len(rows.Labels)); need > memoryNote {
		f.Progress.Note("the solver holds all features in memory: about %.1f GB", float64(need)/1e9)
	}
	f.warnUntrained(rows)
	fitted := &Fitted{Out: out, Labels: rows.Labels, Images: rows.Len(), Split: f.Split, Data: f.Images()}
	begin := time.Now()
	p, err := fitted.train(ctx, rows, o, f.Progress)
	if err != nil {
		return nil, fmt.Errorf("fit: %w", rows.named(err))
	}
	fitted.Took = time.Since(begin)
	m, err := modelOf(p, fitted.Record, rows, o.Versions)
	if err != nil {
		return nil, err
	}
	fitted.SHA256, err = trunk.WriteModel(out, m)
	return fitted, err
}

// train trains on the rows, after it has cross-validated and before it
// calibrates, if that was asked for.
func (f *Fitted) train(ctx context.Context, r *Rows, o FitOptions, shown *extractor.Progress) (p head.Predictor, err error) {
	if o.Folds > 0 {
		f.CrossValidation, err = head.CrossValidate(ctx, r, r.Labels, o.Solver, head.FoldSettings{K: o.Folds, Seed: o.Seed})
		if err != nil {
			return nil, err
		}
	}
	if p, f.Record, err = watched(o.Solver, r.Len(), shown).Fit(ctx, r, r.Labels, o.Observe); err != nil || !o.Calibrate {
		return p, err
	}
	if f.Record.Interrupted { // there is no time left for it
		return p, nil
	}
	linear, ok := p.(*head.Head)
	if !ok {
		return nil, fmt.Errorf("a %T has no logits that a temperature could divide", p)
	}
	if f.Calibration, err = head.CrossCalibrate(ctx, r, r.Labels, o.Solver, o.Seed); err != nil {
		return nil, err
	}
	f.Record.Calibration = f.Calibration
	return linear.Calibrated(f.Calibration.Temperature), nil
}
