package head

import (
	"context"
	"fmt"

	"graft/head/metrics"
)

// CrossValidation is how k heads, each trained without one fold, do on that fold. It
// marshals to JSON; the field names are kept stable.
type CrossValidation struct {
	Accuracy float64          `json:"accuracy"` // mean over the folds
	Spread   float64          `json:"spread"`   // standard deviation over the folds, dividing by k − 1
	Folds    []Score          `json:"folds"`
	Correct  int              `json:"correct"`
	Total    int              `json:"total"`
	Interval metrics.Interval `json:"interval"` // Wilson's, of Correct/Total

	Fold          []int     `json:"-"` // the fold of each row
	Probabilities []float64 `json:"-"` // n×C: those of each row, by the head trained without it
}

// FoldSettings says how rows are dealt out to folds. The zero value will do.
type FoldSettings struct {
	K    int    // folds; 0 means 5
	Seed uint64 // which rows meet

	purpose Purpose
}

// CrossValidate trains k heads with s, each on all folds but one, and has each predict the fold
// it has not seen. The folds are those of [Folds].
func CrossValidate(ctx context.Context, d Data, labels []string, s Solver, f FoldSettings) (*CrossValidation, error) {
	setIfZero(&f.K, 5)
	setIfZero(&f.purpose, ForAccuracy)
	y, c := classes(d), len(labels)
	fold, err := Folds(y, labels, f.K, f.Seed)
	if err != nil {
		return nil, &FoldsError{f.purpose, err}
	}
	v := &CrossValidation{Fold: fold, Total: len(y), Probabilities: make([]float64, len(y)*c)}
	accuracies := make([]float64, 0, f.K)
	for k, sp := range splitsOf(fold, f.K) {
		probs, err := unseen(ctx, d, labels, s, sp)
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", k+1, f.K, err)
		}
		for j, i := range sp.out {
			copy(v.Probabilities[i*c:(i+1)*c], probs[j*c:])
		}
		score := scoreRows(probs, sp.out, y)
		v.Folds, accuracies = append(v.Folds, score), append(accuracies, score.Accuracy)
	}
	for i, guess := range metrics.Predictions(v.Probabilities, c) {
		if guess == y[i] {
			v.Correct++
		}
	}
	v.Accuracy, v.Spread, v.Interval = mean(accuracies), standardDeviation(accuracies), metrics.Wilson(v.Correct, v.Total)
	return v, nil
}

// unseen trains on one side of a split and gives the probabilities of the rows of the other.
func unseen(ctx context.Context, d Data, labels []string, s Solver, sp split) ([]float64, error) {
	p, _, err := s.Fit(ctx, Subset(d, sp.in), labels, nil)
	if err != nil {
		return nil, err
	}
	return Probabilities(ctx, p, Subset(d, sp.out))
}

// CrossCalibrate finds the temperature that suits heads which s trains, on rows that they were not
// trained on: all rows of d by five folds or, of more than 20,000 rows, a tenth that is held out.
// [Head.Calibrated] applies it to a head that s has trained on the whole of d.
func CrossCalibrate(ctx context.Context, d Data, labels []string, s Solver, seed uint64) (*metrics.Calibration, error) {
	y := classes(d)
	if len(y) <= largeRows {
		v, err := CrossValidate(ctx, d, labels, s, FoldSettings{Seed: seed, purpose: ForCalibration})
		if err != nil {
			return nil, err
		}
		return fitTemperature(y, v.Probabilities, len(labels))
	}
	in, out, err := HoldOut(y, labels, 0.1, seed)
	if err != nil {
		return nil, &FoldsError{ForCalibration, err}
	}
	probs, err := unseen(ctx, d, labels, s, split{in, out})
	if err != nil {
		return nil, err
	}
	return fitTemperature(classes(Subset(d, out)), probs, len(labels))
}
