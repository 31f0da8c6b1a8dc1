package active

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// A Judge looks how well heads do that are trained on some labels.
type Judge struct {
	Pool  Pool
	Scale *Scale
	Known Labelled
	Seed  uint64 // of folds and samples
}

// folds are how many parts labels are dealt out to.
const folds = 5

// Crossed is what heads say of labels that they were not trained on.
type Crossed struct {
	Class  []int     // the most probable of each label of Known
	Own    []float64 // the probability of the label it has
	Models []*Model  // one a fold
}

// Cross trains a head on all folds but one, and has it predict that one, five times. Rows of every class
// are dealt out in turn, in a random order.
func (j Judge) Cross(ctx context.Context) (*Crossed, error) {
	fold := j.fold()
	c := &Crossed{Class: make([]int, j.Known.Len()), Own: make([]float64, j.Known.Len())}
	for f := range folds {
		var in, out []int
		for k := range fold {
			if fold[k] == f {
				out = append(out, k)
			} else {
				in = append(in, k)
			}
		}
		if len(out) == 0 {
			continue
		}
		m, err := (&Learner{Scale: j.Scale}).Fit(ctx, j.Pool, j.Known.part(in))
		if err != nil {
			return nil, err
		}
		c.Models = append(c.Models, m)
		p := make([]float64, len(m.Classes))
		for _, k := range out {
			m.Predict(j.Pool.Row(j.Known.Rows[k]), p)
			c.Class[k] = m.Classes[top(p)]
			if own := slices.Index(m.Classes, j.Known.Classes[k]); own >= 0 {
				c.Own[k] = p[own]
			}
		}
	}
	return c, nil
}

// fold deals the labels out.
func (j Judge) fold() []int {
	fold, dealt := make([]int, j.Known.Len()), map[int]int{}
	for _, k := range rand.New(rand.NewPCG(j.Seed, 4)).Perm(len(fold)) {
		c := j.Known.Classes[k]
		at, there := dealt[c]
		if !there {
			at = len(dealt) // classes begin with different folds, so that small ones do not meet in one
		}
		fold[k], dealt[c] = at%folds, at+1
	}
	return fold
}

// top is the index of the largest.
func top(p []float64) (at int) {
	for k, v := range p {
		if v > p[at] {
			at = k
		}
	}
	return at
}

// A Point is the accuracy that so many labels gave.
type Point struct {
	Labels   int     `json:"labels"`
	Accuracy float64 `json:"accuracy"` // 0…1
}

// A Curve is how accuracy has grown, and what more labels would do.
type Curve struct {
	Points []Point
	More   int // labels for one point (0.01) more; 0: not known, −1: more will hardly help
}

// Tests are the pictures of the honest test.
type Tests struct{ Rows, Classes []int }

const (
	curvePoints  = 6
	curveRows    = 2000 // of the pool, that heads are compared on
	curveFewest  = 12   // labels
	curveOfTests = 10   // tests that there must be, so that a level is known
)

// Curve trains heads on the first labels, so many and half as many again each time, and compares them with the
// head now, whose scores of the pool these are. How much worse they are is what the head now believes itself: the probability that it gives to its own
// answers, less that which it gives to theirs, mean over a random part of the pool. That is nearly free of noise,
// where so few tests are mostly noise; they set the level. The points are nearly those of a power
// law, by which the curve goes on.
func (j Judge) Curve(ctx context.Context, now *Model, scores *Scores, ready []int, tests Tests) (*Curve, error) {
	n := j.Known.Len()
	c := &Curve{}
	if n < curveFewest || len(tests.Rows) == 0 {
		return c, nil
	}
	rows := sample(ready, curveRows, rand.New(rand.NewPCG(j.Seed, 5)))
	right := 0
	for k, i := range tests.Rows {
		if int(scores.Class[i]) == tests.Classes[k] {
			right++
		}
	}
	level := (float64(right) + 0.5) / (float64(len(tests.Rows)) + 1)
	for _, m := range sizes(n) {
		loss := 0.0
		if m < n {
			part := Labelled{j.Known.Rows[:m], j.Known.Classes[:m]}
			then, err := (&Learner{Scale: j.Scale}).Fit(ctx, j.Pool, part)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err != nil {
				continue // of one class only
			}
			loss = j.worse(ctx, now, then, rows)
		}
		c.Points = append(c.Points, Point{m, max(0, level-loss)})
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if len(tests.Rows) >= curveOfTests {
		c.More = Forecast(c.Points, 0.01)
	}
	return c, nil
}

// sizes are numbers of labels up to n, each about 1.5 times the one before.
func sizes(n int) (list []int) {
	for k := range curvePoints {
		m := int(math.Round(float64(n) / math.Pow(1.5, float64(curvePoints-1-k))))
		if m >= 4 && (len(list) == 0 || m > list[len(list)-1]) {
			list = append(list, m)
		}
	}
	return list
}

// worse is by how much a head is less accurate than the one now, as that believes.
func (j Judge) worse(ctx context.Context, now, then *Model, rows []int) (loss float64) {
	p, q := make([]float64, len(now.Classes)), make([]float64, len(then.Classes))
	for _, i := range rows {
		if ctx.Err() != nil {
			return 0 // it will not be used
		}
		row := j.Pool.Row(i)
		now.Predict(row, p)
		then.Predict(row, q)
		loss += p[top(p)]
		if k := slices.Index(now.Classes, then.Classes[top(q)]); k >= 0 {
			loss -= p[k]
		}
	}
	return loss / float64(max(len(rows), 1))
}

// Forecast is how many labels more it takes until the error is lower by gain, where it falls on by the power law
// error = floor + b·labels^−a that fits the points best; −1 if it does not get there in
// ten times as many labels, 0 if there are fewer than three points.
func Forecast(points []Point, gain float64) int {
	if len(points) < 3 {
		return 0
	}
	last := points[len(points)-1]
	err := 1 - last.Accuracy
	if err <= gain {
		return -1
	}
	best, floor, a, b := math.Inf(1), 0.0, 0.0, 0.0
	for f := 0.0; f < 1; f += 0.1 {
		for e := 0.2; e <= 2; e += 0.1 {
			if slope, miss := powerLaw(points, f*err, e); miss < best {
				best, floor, a, b = miss, f*err, e, slope
			}
		}
	}
	want := floor + float64(b*math.Pow(float64(last.Labels), -a)) - gain
	if want <= floor {
		return -1
	}
	n := math.Pow(b/(want-floor), 1/a)
	if n > 10*float64(last.Labels) {
		return -1
	}
	return max(1, int(math.Ceil(n))-last.Labels)
}

// powerLaw is the b that suits the points best, and how badly: later points count more.
func powerLaw(points []Point, floor, a float64) (b, miss float64) {
	var xy, xx float64
	for _, p := range points {
		x, w := math.Pow(float64(p.Labels), -a), float64(p.Labels)
		xy += float64(w * x * (1 - p.Accuracy - floor))
		xx += float64(w * x * x)
	}
	b = max(xy/xx, 0)
	for _, p := range points {
		d := 1 - p.Accuracy - floor - float64(b*math.Pow(float64(p.Labels), -a))
		miss += float64(float64(p.Labels) * d * d)
	}
	return b, miss
}
