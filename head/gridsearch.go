package head

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"graft/head/internal/parallel"
	"graft/head/metrics"
)

// SweepRow is one value of C and how it does on rows not trained on.
type SweepRow struct {
	C        float64 `json:"c"`
	Accuracy float64 `json:"accuracy"` // mean over the folds, or of the hold-out
	Spread   float64 `json:"spread"`   // standard deviation over the folds, dividing by k − 1; 0 for a hold-out
	Loss     float64 `json:"loss"`     // mean cross-entropy in nats, without weights, averaged like Accuracy
	Chosen   bool    `json:"chosen,omitempty"`
}

// gridValues are the values of C that are tried: 10^−6 … 10^5, 45 of them.
func gridValues() []float64 {
	c := make([]float64, 45)
	for i := range c {
		c[i] = math.Pow(10, -6+11*float64(i)/44)
	}
	return c
}

// gridSearch finds the best value of C by cross-validation, on a hold-out or on validation rows.
type gridSearch struct {
	LBFGS
	labels  []string
	y       []int // classes of the training rows, then of the validation rows
	n       int   // training rows
	weights []float64
	x       matrix
}

// trial is the regression on one side of a split, solved for one C after the other, each from the
// solution before it.
type trial struct {
	split
	problem *logistic
	theta   []float64
}

// run tries every value and marks the chosen one. heldOut is the number of training rows that are
// held out.
func (g *gridSearch) run(ctx context.Context) (rows []SweepRow, heldOut int, err error) {
	splits, err := g.splits()
	if err != nil {
		return nil, 0, &FoldsError{ForPenalty, fmt.Errorf("lbfgs: choosing C: %w", err)}
	}
	if len(splits) == 1 && g.Validation == nil {
		heldOut = len(splits[0].out)
	}
	trials := make([]trial, len(splits))
	for i, s := range splits {
		p := newLogistic(g.x, s.in, g.y, len(g.labels), g.weights)
		p.serial = len(splits) > 1
		trials[i] = trial{s, p, make([]float64, p.dim())}
	}
	for _, c := range gridValues() {
		scores, err := g.try(ctx, trials, c)
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, summarise(c, scores))
		if g.Observe != nil {
			g.Observe(rows[len(rows)-1])
		}
	}
	rows[bestC(rows)].Chosen = true
	return rows, heldOut, nil
}

// splits is the folds, or the one hold-out.
func (g *gridSearch) splits() ([]split, error) {
	y := g.y[:g.n]
	if g.Validation != nil {
		all := upTo(len(g.y))
		return []split{{all[:g.n], all[g.n:]}}, nil
	}
	fold := g.fold
	if fold == nil && g.n > largeRows {
		in, out, err := HoldOut(y, g.labels, 0.1, g.Seed)
		return []split{{in, out}}, err
	}
	if fold == nil {
		var err error
		if fold, err = Folds(y, g.labels, g.Folds, g.Seed); err != nil {
			return nil, err
		}
	}
	return splitsOf(fold, g.Folds), nil
}

// try solves every trial's problem for one C, on all cores, and scores the rows left out.
func (g *gridSearch) try(ctx context.Context, trials []trial, c float64) ([]Score, error) {
	scores, errs := make([]Score, len(trials)), make([]error, len(trials))
	parallel.For(len(trials), runtime.GOMAXPROCS(0), func(i, _ int) {
		t := &trials[i]
		t.problem.c = c
		if _, _, errs[i] = minimize(ctx, t.problem, t.theta, sweepTolerance); errs[i] == nil {
			scores[i] = scoreRows(t.problem.predict(t.theta, t.out), t.out, g.y)
		}
	})
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return scores, nil
}

// scoreRows scores the probabilities of some of the rows with classes y.
func scoreRows(probs []float64, rows, y []int) Score {
	c, own, right := len(probs)/len(rows), make([]int, len(rows)), 0
	for k, i := range rows {
		own[k] = y[i]
	}
	for k, top := range metrics.Predictions(probs, c) {
		if top == own[k] {
			right++
		}
	}
	return Score{Loss: metrics.LogLoss(own, probs, c), Accuracy: float64(right) / float64(len(rows))}
}

func summarise(c float64, scores []Score) SweepRow {
	row := SweepRow{C: c}
	accuracies := make([]float64, len(scores))
	for i, s := range scores {
		accuracies[i] = s.Accuracy
		row.Loss += s.Loss / float64(len(scores))
	}
	row.Accuracy, row.Spread = mean(accuracies), standardDeviation(accuracies)
	return row
}

// mean adds in order. gonum's stat.Mean adds in the order that suits the processor, and these
// results are kept in heads, whose bytes must not depend on the machine.
func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// standardDeviation divides by n − 1; it is 0 for fewer than two values. It adds in order, as mean.
func standardDeviation(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += float64((v - m) * (v - m))
	}
	return math.Sqrt(sum / float64(len(x)-1))
}

// bestC is the index of the highest accuracy, of equals the lowest loss. Accuracies are means of
// fractions: differences within rounding count as none.
func bestC(rows []SweepRow) int {
	at := 0
	for i, r := range rows {
		if d := r.Accuracy - rows[at].Accuracy; d > 1e-12 || d > -1e-12 && r.Loss < rows[at].Loss {
			at = i
		}
	}
	return at
}
