package head

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// run is one training by RMSprop: a lane for each rate, all on the same batches.
type run struct {
	s          RMSprop
	stage      string
	labels     []string
	train, val Data
	scale      *Standardizer // nil: features as they are
	feed       *feed
	params     *descent
	loss       *crossEntropy
	lanes      []lane
	curve      []Epoch
}

// lane is the training with one rate.
type lane struct {
	rate   float64
	failed bool // the loss ceased to be finite
	// Sums over the rows of the running epoch.
	loss, weight float64
	right        int

	last, best Score // on the hold-out; best is the epoch with the lowest loss
	bestEpoch  int
	kept       *Head // of the best epoch, with EarlyStop
}

func newRun(ctx context.Context, train, val Data, labels []string, s RMSprop, rates []float64) (*run, error) {
	counts, err := countClasses(train, len(labels))
	if err != nil {
		return nil, err
	}
	weights, err := s.ClassWeights.weights(labels, counts)
	if err != nil {
		return nil, fmt.Errorf("rmsprop: %w", err)
	}
	r := &run{s: s, labels: labels, train: train, val: val, loss: newCrossEntropy(len(labels), s.LabelSmoothing, weights)}
	if s.Standardize {
		if r.scale, err = NewStandardizer(ctx, train); err != nil {
			return nil, err
		}
	}
	r.feed = newFeed(train, s, r.scale)
	r.params = newDescent(s, rates, len(labels), train.Dim())
	for _, rate := range rates {
		r.lanes = append(r.lanes, lane{rate: rate, best: Score{Loss: math.Inf(1)}})
	}
	return r, nil
}

// epochs runs them all, or until no lane has improved for EarlyStop of them.
func (r *run) epochs(ctx context.Context, observe func(Epoch)) error {
	for e := 1; e <= r.s.Epochs; e++ {
		if err := r.epoch(ctx, e); err != nil {
			return err
		}
		row := Epoch{Stage: r.stage, Epoch: e}
		if r.val != nil {
			if err := r.validate(ctx, e); err != nil {
				return err
			}
		}
		lead := &r.lanes[r.leader()]
		row.Loss, row.Accuracy = lead.loss/lead.weight, float64(lead.right)/float64(r.train.Len())
		if r.val != nil {
			v := lead.last
			row.Val = &v
		}
		r.curve = append(r.curve, row)
		observe(row)
		if r.s.EarlyStop > 0 && r.stale(e) {
			break
		}
	}
	return nil
}

// epoch takes one step for every batch of the training rows.
func (r *run) epoch(ctx context.Context, e int) error {
	for i := range r.lanes {
		l := &r.lanes[i]
		l.loss, l.weight, l.right = 0, 0, 0
	}
	r.feed.start(e - 1)
	defer r.feed.stop()
	for b := 1; ; b++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		x, y, err := r.feed.next()
		if err != nil || y == nil {
			return err
		}
		if err := r.step(x, y); err != nil {
			return fmt.Errorf("rmsprop: epoch %d, batch %d: %w", e, b, err)
		}
	}
}

// step scores one batch, x n×d with classes y, and moves the weights of every lane.
func (r *run) step(x []float32, y []int) error {
	z := r.params.forward(x, len(y))
	c, alive := len(r.labels), false
	row := make([]float64, c)
	var divisor float64
	for _, k := range y {
		divisor += r.loss.weight(k)
	}
	for g := range r.lanes {
		l := &r.lanes[g]
		var loss float64
		for i, k := range y {
			at := z[(i*len(r.lanes)+g)*c:][:c]
			for j, v := range at {
				row[j] = float64(v)
			}
			if floats.MaxIdx(row) == k {
				l.right++
			}
			loss += r.loss.row(row, k)
			for j, v := range row {
				at[j] = float32(v / divisor)
			}
		}
		l.loss += loss
		l.weight += divisor
		l.failed = l.failed || math.IsNaN(loss) || math.IsInf(loss, 0)
		alive = alive || !l.failed
	}
	if !alive {
		return fmt.Errorf("the loss is not finite; try a lower learning rate than %v, or standardize the features", r.lanes[0].rate)
	}
	r.params.step(x, z, len(y))
	return nil
}

// validate scores every lane on the hold-out and keeps the heads that early stopping may
// come back to.
func (r *run) validate(ctx context.Context, epoch int) error {
	heads := make([]*Head, len(r.lanes))
	for g := range heads {
		heads[g] = r.head(g)
	}
	scores, err := scoreHeads(ctx, heads, r.val)
	if err != nil {
		return err
	}
	for g := range r.lanes {
		l := &r.lanes[g]
		l.last = scores[g]
		if !l.failed && l.last.Loss < l.best.Loss {
			l.best, l.bestEpoch = l.last, epoch
			if r.s.EarlyStop > 0 {
				l.kept = heads[g]
			}
		}
	}
	return nil
}

// stale tells whether no lane that still works has improved for EarlyStop epochs.
func (r *run) stale(epoch int) bool {
	for _, l := range r.lanes {
		if !l.failed && epoch-l.bestEpoch < r.s.EarlyStop {
			return false
		}
	}
	return true
}

// result is the score a lane is judged by.
func (r *run) result(l *lane) Score {
	if r.s.EarlyStop > 0 {
		return l.best
	}
	return l.last
}

// leader is the lane with the highest accuracy on the hold-out, of equals the lowest loss.
func (r *run) leader() int {
	lead := 0
	for g := 1; g < len(r.lanes); g++ {
		a, b := &r.lanes[lead], &r.lanes[g]
		x, y := r.result(a), r.result(b)
		if !b.failed && (a.failed || y.Accuracy > x.Accuracy || y.Accuracy == x.Accuracy && y.Loss < x.Loss) {
			lead = g
		}
	}
	return lead
}

// table is the grid of rates as the record keeps it.
func (r *run) table() []RateRow {
	rows, lead := make([]RateRow, len(r.lanes)), r.leader()
	for g := range rows {
		l := &r.lanes[g]
		rows[g] = RateRow{Rate: l.rate, Failed: l.failed, Chosen: g == lead}
		if !l.failed {
			rows[g].Val = r.result(l)
		}
		if r.s.EarlyStop > 0 {
			rows[g].Epoch = l.bestEpoch
		}
	}
	return rows
}

// trained is the head of lane g at the end: the best epoch's with EarlyStop.
func (r *run) trained(g int) *Head {
	if l := &r.lanes[g]; l.kept != nil {
		return l.kept
	}
	return r.head(g)
}

// head is a copy of lane g as it stands, for features that are not standardised.
func (r *run) head(g int) *Head {
	w, b := r.params.lane(g, len(r.labels))
	h := &Head{Labels: r.labels, Dim: r.train.Dim(), W: w, B: b}
	if r.scale != nil {
		r.scale.fold(h.W, h.B)
	}
	return h
}
