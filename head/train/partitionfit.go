package train

import (
	"context"
	"fmt"
	"time"

	"graft/extractor/trunk"
	"graft/head"
)

// fitPartitioned is Fit for a store of partitions. The order of the rows depends on the seed, the
// epoch and the keys, and on nothing else, so that the same store gives the same bytes.
func fitPartitioned(ctx context.Context, o FitOptions, out string) (*Fitted, error) {
	p, err := openPartitioned(ctx, o.Source)
	if err != nil {
		return nil, err
	}
	if err := p.trains(o); err != nil {
		return nil, err
	}
	split, err := p.training(ctx, o.Val)
	if err != nil {
		return nil, err
	}
	if err := p.look(ctx, split); err != nil {
		return nil, err
	}
	rows := p.rows(split)
	defer rows.Close()
	fitted := &Fitted{Out: out, Labels: rows.labels, Images: rows.Len(), Split: p.val > 0, Data: p.images}
	begin := time.Now()
	predictor, record, err := watched(o.Solver, rows.Len(), p.progress).Fit(ctx, rows, rows.labels, o.Observe)
	if err != nil {
		return nil, fmt.Errorf("fit: %w", err)
	}
	record.ValShare = p.val
	fitted.Record, fitted.Took = record, time.Since(begin)
	m, err := described(predictor, record, trained{meta: p.meta, fingerprint: p.fingerprint()}, o.Versions)
	if err != nil {
		return nil, err
	}
	fitted.SHA256, err = trunk.WriteModel(out, m)
	return fitted, err
}

// trains says why a head cannot be trained so on the store.
func (p *partitioned) trains(o FitOptions) error {
	s, ok := o.Solver.(head.RMSprop)
	what := ""
	switch {
	case !ok:
		what = "this solver holds all of them in memory; rmsprop streams them"
	case o.Folds > 0 || o.Calibrate || s.RateAuto || s.EarlyStop > 0:
		what = "neither cross-validation nor a hold-out can be drawn of them"
	case o.Ingest.Views > 0:
		what = "augmented views are not trained on"
	default:
		return nil
	}
	return &PartitionedError{p.dir, what}
}

// training is the split to train on, as Features.Training has it.
func (p *partitioned) training(ctx context.Context, val float64) (string, error) {
	found, err := p.splits(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case len(found) > 1 || !found[""]:
		return "train", nil
	case val == 0:
		return "", nil
	}
	p.val = val
	p.progress.Note("the data has no splits: about %.0f %% of each class is kept for eval", 100*val)
	return "train", nil
}
