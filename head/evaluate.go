package head

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// EvalOptions is what a report lists. The zero value will do.
type EvalOptions struct {
	Worst    int // rows with the highest loss to list; 0 means 20, −1 none
	Confused int // pairs of classes to list; 0 means 10, −1 none
}

// Evaluate judges p on every row of d, whose classes are p's ([Match] and [Relabel] see to
// that). It holds n×C probabilities.
func Evaluate(ctx context.Context, p Predictor, d Data, o EvalOptions) (*Report, error) {
	probs, err := Probabilities(ctx, p, d)
	if err != nil {
		return nil, err
	}
	y := classes(d)
	r, err := Judge(p.Classes(), y, probs, o)
	if h, ok := p.(*Head); ok && err == nil && h.Temperature != 0 {
		r.Calibration = undoTemperature(y, probs, len(h.Labels), h.Temperature)
	}
	return r, err
}

// undoTemperature compares probabilities of a calibrated head with those it had before.
func undoTemperature(y []int, p []float64, c int, t float64) *Calibration {
	k := compareTemperature(y, p, c, 1/t)
	return &Calibration{
		Temperature: t, Rows: k.Rows,
		LogLossBefore: k.LogLossAfter, LogLossAfter: k.LogLossBefore,
		ECEBefore: k.ECEAfter, ECEAfter: k.ECEBefore,
	}
}

// evalBatch is the number of rows predicted at a time.
const evalBatch = 256

// Probabilities is what p predicts for every row of d: n×C.
func Probabilities(ctx context.Context, p Predictor, d Data) ([]float64, error) {
	c := len(p.Classes())
	out := make([]float64, d.Len()*c)
	err := batches(ctx, d, p.Width(), func(from int, x []float32) {
		n := len(x) / p.Width()
		p.Predict(x, out[from*c:(from+n)*c])
	})
	return out, err
}

// batches hands out the rows of d in order, as many as evalBatch at a time.
func batches(ctx context.Context, d Data, width int, f func(from int, x []float32)) error {
	if d.Dim() != width {
		return fmt.Errorf("predict: rows of %d features; the head wants %d: it was trained on another trunk or tap", d.Dim(), width)
	}
	x := make([]float32, min(evalBatch, d.Len())*width)
	for from := 0; from < d.Len(); from += evalBatch {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n := min(evalBatch, d.Len()-from)
		for i := range n {
			if err := readRow(d, from+i, 0, x[i*width:(i+1)*width]); err != nil {
				return err
			}
		}
		f(from, x[:n*width])
	}
	return nil
}

// scoreHeads gives the loss and the accuracy of several heads in one pass over d.
func scoreHeads(ctx context.Context, heads []*Head, d Data) ([]Score, error) {
	scores, c := make([]Score, len(heads)), len(heads[0].Labels)
	plain := newCrossEntropy(c, 0, nil)
	z, row := make([]float32, evalBatch*c), make([]float64, c)
	err := batches(ctx, d, heads[0].Dim, func(from int, x []float32) {
		n := len(x) / d.Dim()
		for g, h := range heads {
			h.Logits(x, z[:n*c])
			for i := range n {
				for j, v := range z[i*c : (i+1)*c] {
					row[j] = float64(v)
				}
				y := d.Label(from + i)
				if best(row) == y {
					scores[g].Accuracy++
				}
				scores[g].Loss += plain.row(row, y)
			}
		}
	})
	for g := range scores {
		scores[g].Accuracy /= float64(d.Len())
		scores[g].Loss /= float64(d.Len())
	}
	return scores, err
}

// Judge judges probabilities p, n×C, of rows with classes y. Rows of p that do not sum to 1
// within 1e-3, or hold values that are not probabilities, are a [*RowError].
func Judge(labels []string, y []int, p []float64, o EvalOptions) (*Report, error) {
	c := len(labels)
	if len(y) == 0 {
		return nil, fmt.Errorf("evaluate: no rows")
	}
	if len(p) != len(y)*c {
		panic(fmt.Sprintf("head: %d probabilities for %d rows of %d classes", len(p), len(y), c))
	}
	r := &Report{Total: len(y), Confusion: make([][]int, c)}
	for i := range r.Confusion {
		r.Confusion[i] = make([]int, c)
	}
	for i, k := range y {
		row := p[i*c : (i+1)*c]
		if err := checkRow(row, k); err != nil {
			return nil, &RowError{i, err}
		}
		top := best(row)
		r.Confusion[k][top]++
		if top == k {
			r.Correct++
		}
	}
	r.Accuracy = float64(r.Correct) / float64(r.Total)
	r.Interval = Wilson(r.Correct, r.Total)
	r.proper(y, p, c)
	r.TopK = topShares(y, p, c)
	r.ECE = calibrationError(y, p, c)
	r.perClass(labels, y, p)
	r.Confused = confused(labels, r.Confusion, limit(o.Confused, 10))
	r.Worst = worst(labels, y, p, limit(o.Worst, 20))
	return r, nil
}

func checkRow(row []float64, y int) error {
	if y < 0 || y >= len(row) {
		return fmt.Errorf("class index %d, but there are %d labels", y, len(row))
	}
	var sum float64
	for _, v := range row {
		if !(v >= 0 && v <= 1+1e-6) {
			return fmt.Errorf("%v is not a probability", v)
		}
		sum += v
	}
	if math.Abs(sum-1) > 1e-3 {
		return fmt.Errorf("the probabilities sum to %v, not 1", sum)
	}
	return nil
}

func limit(n, byDefault int) int {
	setIfZero(&n, byDefault)
	return max(n, 0)
}

// confused lists the pairs of classes that are mixed up most, in the order of the labels
// where counts are equal.
func confused(labels []string, confusion [][]int, n int) []Confused {
	pairs := []Confused{}
	for i, row := range confusion {
		for j, k := range row {
			if i != j && k > 0 {
				pairs = append(pairs, Confused{labels[i], labels[j], k})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b Confused) int { return cmp.Compare(b.Count, a.Count) })
	return pairs[:min(n, len(pairs))]
}

// worst lists the rows with the highest loss.
func worst(labels []string, y []int, p []float64, n int) []Worst {
	c, rows := len(labels), make([]int, len(y))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(p[a*c+y[a]], p[b*c+y[b]]) })
	out := make([]Worst, min(n, len(rows)))
	for k := range out {
		i := rows[k]
		row := p[i*c : (i+1)*c]
		out[k] = Worst{i, labels[y[i]], labels[best(row)], row[y[i]], logLoss(row[y[i]])}
	}
	return out
}
