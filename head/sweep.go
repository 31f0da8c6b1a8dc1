package head

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"graft/head/metrics"
)

// SweepRow is one value of C and how it does on rows not trained on.
type SweepRow struct {
	C        float64 `json:"c"`
	Accuracy float64 `json:"accuracy"` // mean over the folds, or of the hold-out
	Spread   float64 `json:"spread"`   // standard deviation over the folds (dividing by k − 1); 0 for a hold-out
	Loss     float64 `json:"loss"`     // mean cross-entropy in nats, without weights, averaged like Accuracy
	Chosen   bool    `json:"chosen,omitempty"`
}

// SweepValues is the values of C that are tried: 10^−6 … 10^5, 45 of them.
func SweepValues() []float64 {
	c := make([]float64, 45)
	for i := range c {
		c[i] = math.Pow(10, -6+11*float64(i)/44)
	}
	return c
}

// sweep tries values of C on folds of the data.
type sweep struct {
	s       LBFGS
	labels  []string
	y       []int // of the training rows
	counts  []int
	weights []float64
	space   *rowSpace
}

// split is rows to train on, and rows to judge by.
type split struct{ in, out []int }

// run tries every value and marks the chosen one.
func (t *sweep) run(ctx context.Context, record *Record) ([]SweepRow, error) {
	splits, err := t.splits()
	if err != nil {
		return nil, &FoldsError{ForPenalty, fmt.Errorf("lbfgs: choosing C: %w", err)}
	}
	if len(splits) == 1 && t.s.Validation == nil {
		record.HeldOut = len(splits[0].out)
	}
	y := t.y
	if v := t.s.Validation; v != nil {
		y = append(append([]int(nil), y...), classes(v)...)
	}
	problems, thetas := make([]*logistic, len(splits)), make([][]float64, len(splits))
	for i, s := range splits {
		problems[i] = newLogistic(t.space.x, s.in, y, len(t.labels), t.weights)
		problems[i].serial = len(splits) > 1
		thetas[i] = make([]float64, problems[i].dim())
	}
	var rows []SweepRow
	for _, c := range SweepValues() {
		scores, err := tryAll(ctx, problems, thetas, splits, y, c)
		if err != nil {
			return nil, err
		}
		rows = append(rows, summarise(c, scores))
		if t.s.Observe != nil {
			t.s.Observe(rows[len(rows)-1])
		}
	}
	rows[bestC(rows)].Chosen = true
	return rows, nil
}

// splits is the folds, or the one hold-out.
func (t *sweep) splits() ([]split, error) {
	n := len(t.y)
	if t.s.Validation != nil {
		out := make([]int, t.space.val)
		for i := range out {
			out[i] = n + i
		}
		return []split{{upTo(n), out}}, nil
	}
	fold := t.s.fold
	if fold == nil && n > LargeRows {
		in, out, err := HoldOut(t.y, t.labels, 0.1, t.s.Seed)
		return []split{{in, out}}, err
	}
	if fold == nil {
		var err error
		if fold, err = Folds(t.y, t.labels, t.s.Folds, t.s.Seed); err != nil {
			return nil, err
		}
	}
	return splitsOf(fold, t.s.Folds), nil
}

// splitsOf turns the number of each row's fold into k splits.
func splitsOf(fold []int, k int) []split {
	splits := make([]split, k)
	for i, f := range fold {
		for j := range splits {
			if j == f {
				splits[j].out = append(splits[j].out, i)
			} else {
				splits[j].in = append(splits[j].in, i)
			}
		}
	}
	return splits
}

// tryAll solves every split's problem for one C, from where it was left, on all cores.
func tryAll(ctx context.Context, problems []*logistic, thetas [][]float64, splits []split, y []int, c float64) ([]Score, error) {
	scores, errs := make([]Score, len(problems)), make([]error, len(problems))
	var wg sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, p := range problems {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			p.c = c
			if _, _, errs[i] = minimize(ctx, p, thetas[i], sweepTolerance); errs[i] == nil {
				scores[i] = scoreRows(p.predict(thetas[i], splits[i].out), splits[i].out, y)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
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
	row.Accuracy, row.Spread = mean(accuracies), spread(accuracies)
	return row
}

// mean adds in order, since its results are kept in heads: gonum's sum adds in the order that
// suits the processor, and the bytes of a head would depend on the machine.
func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// spread is the standard deviation, dividing by n − 1; 0 for fewer than two values.
func spread(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(x)-1))
}

// bestC is the place of the highest accuracy, of equals the lowest loss. Accuracies are
// means of shares: what differs by rounding only is equal.
func bestC(rows []SweepRow) int {
	at := 0
	for i, r := range rows {
		if d := r.Accuracy - rows[at].Accuracy; d > 1e-12 || d > -1e-12 && r.Loss < rows[at].Loss {
			at = i
		}
	}
	return at
}
