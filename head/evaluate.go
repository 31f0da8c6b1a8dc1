package head

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/floats"

	"graft/head/metrics"
)

// Evaluate judges p on all rows of d, whose classes must be indices into p's labels ([Match] and
// [Relabel] make them so). It holds n×C probabilities.
func Evaluate(ctx context.Context, p Predictor, d Data, o metrics.Options) (*metrics.Report, error) {
	probs, err := Probabilities(ctx, p, d)
	if err != nil {
		return nil, err
	}
	y := classes(d)
	r, err := metrics.Judge(p.Classes(), y, probs, o)
	if h, ok := p.(*Head); ok && err == nil && h.Temperature != 0 {
		r.Calibration = undoTemperature(y, probs, len(h.Labels), h.Temperature)
	}
	return r, err
}

// undoTemperature compares the probabilities of a calibrated head with those it gave before.
func undoTemperature(y []int, p []float64, c int, t float64) *metrics.Calibration {
	k := compareTemperature(y, p, c, 1/t)
	return &metrics.Calibration{
		Temperature: t, Rows: k.Rows,
		LogLossBefore: k.LogLossAfter, LogLossAfter: k.LogLossBefore,
		ECEBefore: k.ECEAfter, ECEAfter: k.ECEBefore,
	}
}

// evalBatch is the number of rows predicted at a time.
const evalBatch = 256

// Probabilities are what p predicts for the rows of d, n×C. A row that cannot be used is a
// [*RowError].
func Probabilities(ctx context.Context, p Predictor, d Data) ([]float64, error) {
	c := len(p.Classes())
	out := make([]float64, d.Len()*c)
	err := batches(ctx, d, p.Width(), func(from int, x []float32) {
		n := len(x) / p.Width()
		p.Predict(x, out[from*c:(from+n)*c])
	})
	return out, err
}

// batches calls f for the rows of d in order, up to evalBatch at a time.
func batches(ctx context.Context, d Data, width int, f func(from int, x []float32)) error {
	if d.Dim() != width {
		return fmt.Errorf("predict: rows of %d features; the head takes %d: it was trained on another trunk or tap", d.Dim(), width)
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
				if floats.MaxIdx(row) == y {
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
