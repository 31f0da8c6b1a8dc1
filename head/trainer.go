package head

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"graft/head/internal/kernel"
	"graft/head/internal/parallel"
)

// trainer is the training loop of RMSprop: a candidate for each learning rate, all trained on the
// same batches.
type trainer struct {
	RMSprop
	stage       string
	labels      []string
	train, val  Data
	scale       *Standardizer // nil: features as they are
	loader      *batchLoader
	optimizer   *optimizer
	loss        *crossEntropy
	candidates  []candidate
	curve       []Epoch
	steps       int // taken
	interrupted bool
	scores      []rowScore  // of a batch, a row and candidate each
	scratch     [][]float64 // the exponentials of one row, for each worker
}

// candidate is the training with one learning rate.
type candidate struct {
	rate   float64
	failed bool // the loss ceased to be finite
	// Sums over the rows of the current epoch.
	loss, weight float64
	right        int

	last, best Score // on the hold-out; best is the epoch with the lowest loss
	bestEpoch  int
	kept       *Head // of the best epoch, with EarlyStop; of the last, with KeepOnInterrupt

	sum      []float64 // of the parameters after the last epochs, with Average
	averaged int       // how many of them
}

func (f *rmspropFit) newTrainer(ctx context.Context, rates []float64) (*trainer, error) {
	counts, err := countClasses(f.train, len(f.labels))
	if err != nil {
		return nil, err
	}
	weights, err := f.ClassWeights.weights(f.labels, counts)
	if err != nil {
		return nil, fmt.Errorf("rmsprop: %w", err)
	}
	t := &trainer{
		RMSprop: f.RMSprop, labels: f.labels, train: f.train, val: f.val,
		loss: newCrossEntropy(len(f.labels), f.LabelSmoothing, weights), scratch: make([][]float64, runtime.GOMAXPROCS(0)),
	}
	if f.Standardize {
		if t.scale, err = NewStandardizer(ctx, f.train); err != nil {
			return nil, err
		}
	}
	t.loader = newBatchLoader(f.train, f.RMSprop, t.scale, len(rates)*len(f.labels))
	t.optimizer = newOptimizer(f.RMSprop, rates, len(f.labels), f.train.Dim())
	for _, rate := range rates {
		t.candidates = append(t.candidates, candidate{rate: rate, best: Score{Loss: math.Inf(1)}})
	}
	return t, nil
}

// epochs trains for Epochs of them, or until no candidate has improved for EarlyStop of them.
func (t *trainer) epochs(ctx context.Context, observe func(Epoch)) error {
	for e := 1; e <= t.Epochs; e++ {
		row := Epoch{Stage: t.stage, Epoch: e}
		err := t.epoch(ctx, e)
		if err == nil {
			t.average(e)
			if t.val != nil {
				err = t.validate(ctx, e)
			}
		}
		if t.interrupted = err != nil && t.KeepOnInterrupt && e > 1 && ctx.Err() != nil; t.interrupted {
			return nil
		}
		if err != nil {
			return err
		}
		leader := &t.candidates[t.leader()]
		row.Loss, row.Accuracy = leader.loss/leader.weight, float64(leader.right)/float64(t.train.Len())
		if t.val != nil {
			v := leader.last
			row.Val = &v
		}
		t.curve = append(t.curve, row)
		if t.KeepOnInterrupt && t.EarlyStop == 0 {
			for g := range t.candidates {
				t.candidates[g].kept = t.head(g)
			}
		}
		observe(row)
		if t.EarlyStop > 0 && t.stale(e) {
			break
		}
	}
	return nil
}

// epoch takes one step for every batch of the training rows.
func (t *trainer) epoch(ctx context.Context, e int) error {
	for g := range t.candidates {
		c := &t.candidates[g]
		c.loss, c.weight, c.right = 0, 0, 0
	}
	perEpoch := (t.train.Len() + t.Batch - 1) / t.Batch
	t.loader.start(e - 1)
	defer t.loader.stop()
	for b := 1; ; b++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		x, y, err := t.loader.next()
		if err != nil || len(y) == 0 {
			return err
		}
		t.optimizer.factor = t.rateFactor(t.steps, t.Epochs*perEpoch, perEpoch)
		t.steps++
		if err := t.step(x, y); err != nil {
			return fmt.Errorf("rmsprop: epoch %d, batch %d: %w", e, b, err)
		}
		if t.OnBatch != nil {
			t.OnBatch(len(y))
		}
	}
}

// step scores one batch, rows x with classes y, and moves the weights of every candidate.
func (t *trainer) step(x *kernel.Block[float32], y []int) error {
	z := t.optimizer.forward(x)
	var divisor float64
	for _, k := range y {
		divisor += t.loss.weight(k)
	}
	t.scoreBatch(z, y, divisor)
	alive := false
	for g := range t.candidates {
		c, loss := &t.candidates[g], 0.0
		for i := range y {
			s := t.scores[i*len(t.candidates)+g]
			loss += s.loss
			if s.right {
				c.right++
			}
		}
		c.loss += loss
		c.weight += divisor
		c.failed = c.failed || math.IsNaN(loss) || math.IsInf(loss, 0)
		alive = alive || !c.failed
	}
	if !alive {
		return fmt.Errorf("the loss is not finite; try a lower learning rate than %v, or standardize the features", t.candidates[0].rate)
	}
	t.optimizer.step(x, z)
	return nil
}

// rowScore is the loss of one row with one candidate, and whether its class is predicted.
type rowScore struct {
	loss  float64
	right bool
}

// scoreBatch scores every row with every candidate. It turns the logits z into the gradient of the mean
// loss by them.
func (t *trainer) scoreBatch(z []float32, y []int, divisor float64) {
	const rows = 8 // at a time
	c, all := len(t.labels), len(y)*len(t.candidates)
	t.scores = slices.Grow(t.scores[:0], all)[:all]
	workers := 1
	if len(z) > 1<<15 { // about 50 µs of work
		workers = len(t.scratch)
	}
	parallel.For((all+rows-1)/rows, workers, func(i, worker int) {
		if t.scratch[worker] == nil {
			t.scratch[worker] = make([]float64, c)
		}
		for r := i * rows; r < min((i+1)*rows, all); r++ {
			s := &t.scores[r]
			s.loss, s.right = t.loss.row32(z[r*c:(r+1)*c], y[r/len(t.candidates)], divisor, t.scratch[worker])
		}
	})
}

// validate scores every candidate on the hold-out and keeps the heads that early stopping may
// return to.
func (t *trainer) validate(ctx context.Context, epoch int) error {
	heads := make([]*Head, len(t.candidates))
	for g := range heads {
		heads[g] = t.head(g)
	}
	scores, err := scoreHeads(ctx, heads, t.val)
	if err != nil {
		return err
	}
	for g := range t.candidates {
		c := &t.candidates[g]
		c.last = scores[g]
		if !c.failed && c.last.Loss < c.best.Loss {
			c.best, c.bestEpoch = c.last, epoch
			if t.EarlyStop > 0 {
				c.kept = heads[g]
			}
		}
	}
	return nil
}

// stale reports whether no candidate whose loss is finite has improved for EarlyStop epochs.
func (t *trainer) stale(epoch int) bool {
	for _, c := range t.candidates {
		if !c.failed && epoch-c.bestEpoch < t.EarlyStop {
			return false
		}
	}
	return true
}

// result is the score that a candidate is judged by.
func (t *trainer) result(c *candidate) Score {
	if t.EarlyStop > 0 {
		return c.best
	}
	return c.last
}

// leader is the candidate with the highest accuracy on the hold-out, of equals the lowest loss.
func (t *trainer) leader() int {
	leader := 0
	for g := 1; g < len(t.candidates); g++ {
		a, b := &t.candidates[leader], &t.candidates[g]
		x, y := t.result(a), t.result(b)
		if !b.failed && (a.failed || y.Accuracy > x.Accuracy || y.Accuracy == x.Accuracy && y.Loss < x.Loss) {
			leader = g
		}
	}
	return leader
}

// table is the grid of rates as the record keeps it.
func (t *trainer) table() []RateRow {
	rows, leader := make([]RateRow, len(t.candidates)), t.leader()
	for g := range rows {
		c := &t.candidates[g]
		rows[g] = RateRow{Rate: c.rate, Failed: c.failed, Chosen: g == leader}
		if !c.failed {
			rows[g].Val = t.result(c)
		}
		if t.EarlyStop > 0 {
			rows[g].Epoch = c.bestEpoch
		}
	}
	return rows
}

// trained is the head of candidate g at the end: with EarlyStop that of its best epoch, after an
// interrupt that of the last whole one.
func (t *trainer) trained(g int) *Head {
	if c := &t.candidates[g]; c.kept != nil {
		return c.kept
	}
	return t.head(g)
}

// average adds the parameters to the sums of the last epochs, if e is one of them.
func (t *trainer) average(e int) {
	if t.Average == 0 || e <= t.Epochs-t.Average {
		return
	}
	for g := range t.candidates {
		c := &t.candidates[g]
		w, b := t.optimizer.parameters(g, len(t.labels))
		if c.sum == nil {
			c.sum = make([]float64, len(w)+len(b))
		}
		for i, v := range w {
			c.sum[i] += float64(v)
		}
		for i, v := range b {
			c.sum[len(w)+i] += float64(v)
		}
		c.averaged++
	}
}

// head is a copy of candidate g as it stands, or as it is on average, for features that are not
// standardised.
func (t *trainer) head(g int) *Head {
	w, b := t.optimizer.parameters(g, len(t.labels))
	if c := &t.candidates[g]; c.averaged > 0 {
		for i := range w {
			w[i] = float32(c.sum[i] / float64(c.averaged))
		}
		for i := range b {
			b[i] = float32(c.sum[len(w)+i] / float64(c.averaged))
		}
	}
	h := &Head{Labels: t.labels, Dim: t.train.Dim(), W: w, B: b}
	if t.scale != nil {
		t.scale.fold(h.W, h.B)
	}
	return h
}
