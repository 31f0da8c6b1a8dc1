package head

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"

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

// gridValues are the values of C that are tried: 10^−6 … 10^5, 45 of them, four a decade. They are read
// from decimals, since the last bit of math.Pow is not the same on every processor.
func gridValues() []float64 {
	quarters := [...]string{"1", "1.7782794100389228", "3.1622776601683795", "5.623413251903491"}
	c := make([]float64, 45)
	for i := range c {
		c[i], _ = strconv.ParseFloat(fmt.Sprintf("%se%d", quarters[i%4], i/4-6), 64)
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
	trials  []trial
	pass    *pass // nil: the trials go over their rows one by one
}

// trial is the regression on one side of a split, solved for one C after the other, each from the
// solutions before it.
type trial struct {
	split
	problem       *logistic
	theta, before []float64 // the last solution and, once there is one, that before it
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
	g.prepare(splits)
	first := goal{gap: sweepTolerance}
	if g.large || g.n*g.x.d >= largeSweep {
		first.slope = sweepSlope
	}
	for _, c := range gridValues() {
		scores, err := g.try(ctx, c, first)
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, summarise(c, scores))
		if g.Observe != nil {
			g.Observe(rows[len(rows)-1])
		}
	}
	if first.slope > 0 {
		if err := g.decide(ctx, rows); err != nil {
			return nil, 0, err
		}
	}
	rows[bestC(rows)].Chosen = true
	return rows, heldOut, nil
}

// prepare makes the trials.
func (g *gridSearch) prepare(splits []split) {
	var problems []*logistic
	if parameters := len(g.labels) * (g.x.d + 1); g.Validation == nil && len(splits) > 1 && g.x.f64 == nil && parameters <= passParameters {
		g.pass, problems = newPass(g.x, splits, g.y, len(g.labels), g.weights)
	} else {
		for _, s := range splits {
			p := newLogistic(g.x, s.in, g.y, len(g.labels), g.weights)
			p.serial = len(splits) > 1
			problems = append(problems, p)
		}
	}
	for i, p := range problems {
		p.stretch = true
		g.trials = append(g.trials, trial{split: splits[i], problem: p, theta: make([]float64, p.dim())})
	}
}

// decide solves those values again, to the accuracy of a small sweep, that may be the best: the best
// one, and with those of which at most one row more is wrong, if their loss is hardly higher. It goes on
// until the best one is among them.
func (g *gridSearch) decide(ctx context.Context, rows []SweepRow) error {
	judged := 0
	for _, t := range g.trials {
		judged += len(t.out)
	}
	again := func(r SweepRow) bool {
		best := rows[bestC(rows)]
		return r.Accuracy >= best.Accuracy-1.01/float64(judged) && r.Loss <= 1.1*best.Loss
	}
	done := make([]bool, len(rows))
	for g.restart(); ; g.restart() {
		var list []int
		for i, r := range rows {
			if !done[i] && again(r) {
				list = append(list, i)
			}
		}
		if best := bestC(rows); done[best] {
			return nil
		}
		for _, i := range list {
			scores, err := g.try(ctx, rows[i].C, goal{gap: sweepTolerance})
			if err != nil {
				return err
			}
			rows[i], done[i] = summarise(rows[i].C, scores), true
		}
	}
}

// restart forgets the solutions so far.
func (g *gridSearch) restart() {
	for i := range g.trials {
		t := &g.trials[i]
		clear(t.theta)
		t.before = nil
	}
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
func (g *gridSearch) try(ctx context.Context, c float64, goal goal) ([]Score, error) {
	scores, errs := make([]Score, len(g.trials)), make([]error, len(g.trials))
	workers := runtime.GOMAXPROCS(0)
	if g.pass != nil {
		workers = len(g.trials)
		g.pass.begin(workers)
	}
	parallel.For(len(g.trials), workers, func(i, _ int) {
		t := &g.trials[i]
		t.problem.c = c
		t.advance()
		_, _, errs[i] = minimize(ctx, t.problem, t.theta, goal)
		if g.pass != nil {
			g.pass.leave()
		}
		if errs[i] == nil {
			scores[i] = scoreRows(t.problem.predict(t.theta, t.out), t.out, g.y)
		}
	})
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return scores, nil
}

// advance moves theta from the last solution to where the next one may be: as far from it as it is from
// that before.
func (t *trial) advance() {
	last := slices.Clone(t.theta)
	if t.before != nil {
		for j, v := range t.before {
			t.theta[j] += t.theta[j] - v
		}
	}
	t.before = last
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
