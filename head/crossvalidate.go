package head

import (
	"context"
	"fmt"

	"graft/head/metrics"
)

// CrossValidation is what k heads, each trained without one fold, say about their folds. It
// marshals to JSON; the field names are kept stable.
type CrossValidation struct {
	Accuracy float64          `json:"accuracy"` // mean over the folds
	Spread   float64          `json:"spread"`   // standard deviation over the folds, dividing by k − 1
	Folds    []Score          `json:"folds"`
	Correct  int              `json:"correct"`
	Total    int              `json:"total"`
	Interval metrics.Interval `json:"interval"` // Wilson's, of Correct/Total

	Fold          []int     `json:"-"` // the fold of each row
	Probabilities []float64 `json:"-"` // n×C: what each row got from the head trained without it
}

// Fit trains on some rows; see [CrossValidate].
type Fit func(ctx context.Context, train Data) (Predictor, error)

// CrossValidate trains k heads with fit, each on all folds but one, and has each predict the
// fold it has not seen. The folds are [Folds]'s.
func CrossValidate(ctx context.Context, d Data, labels []string, k int, seed uint64, fit Fit) (*CrossValidation, error) {
	y, c := classes(d), len(labels)
	fold, err := Folds(y, labels, k, seed)
	if err != nil {
		return nil, err
	}
	v := &CrossValidation{Fold: fold, Total: len(y), Probabilities: make([]float64, len(y)*c)}
	accuracies := make([]float64, 0, k)
	for f, s := range splitsOf(fold, k) {
		p, err := fit(ctx, Subset(d, s.in))
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", f+1, k, err)
		}
		probs, err := Probabilities(ctx, p, Subset(d, s.out))
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", f+1, k, err)
		}
		for j, i := range s.out {
			copy(v.Probabilities[i*c:(i+1)*c], probs[j*c:])
		}
		score := scoreRows(probs, s.out, y)
		v.Folds, accuracies = append(v.Folds, score), append(accuracies, score.Accuracy)
	}
	for i, guess := range metrics.Predictions(v.Probabilities, c) {
		if guess == y[i] {
			v.Correct++
		}
	}
	v.Accuracy, v.Spread, v.Interval = mean(accuracies), spread(accuracies), metrics.Wilson(v.Correct, v.Total)
	return v, nil
}
