package head

import (
	"context"
	"math"
)

// scaling is the mean and the inverse standard deviation of each feature over some rows.
// A feature that never changes has scale 1.
type scaling struct{ mean, inv []float64 }

// measure reads every row of d twice: once for the means, once for the deviations around
// them, which does not cancel as sums of squares do.
func measure(ctx context.Context, d Data) (*scaling, error) {
	n, dim := float64(d.Len()), d.Dim()
	s := &scaling{make([]float64, dim), make([]float64, dim)}
	err := eachRow(ctx, d, func(_ int, row []float32) {
		for j, v := range row {
			s.mean[j] += float64(v)
		}
	})
	if err != nil {
		return nil, err
	}
	for j := range s.mean {
		s.mean[j] /= n
	}
	err = eachRow(ctx, d, func(_ int, row []float32) {
		for j, v := range row {
			t := float64(v) - s.mean[j]
			s.inv[j] += t * t
		}
	})
	for j, v := range s.inv {
		// As scikit-learn: a deviation within the rounding of its mean is none.
		if floor := 10 * 0x1p-52 * math.Abs(s.mean[j]); math.Sqrt(v/n) <= floor {
			s.inv[j] = 1
		} else {
			s.inv[j] = 1 / math.Sqrt(v/n)
		}
	}
	return s, err
}

// eachRow hands out every row of d in order. The slice is used again.
func eachRow(ctx context.Context, d Data, f func(i int, row []float32)) error {
	row := make([]float32, d.Dim())
	for i := range d.Len() {
		if i%256 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := readRow(d, i, 0, row); err != nil {
			return err
		}
		f(i, row)
	}
	return nil
}

// apply standardises one row in place.
func (s *scaling) apply(row []float32) {
	for j, v := range row {
		row[j] = float32((float64(v) - s.mean[j]) * s.inv[j])
	}
}

// fold changes weights and biases for standardised rows into such for rows as they are:
// w·(x−m)/s + b = (w/s)·x + (b − w·m/s).
func (s *scaling) fold(w, b []float32) {
	d := len(s.mean)
	for c := range b {
		row, shift := w[c*d:(c+1)*d], float64(b[c])
		for j, v := range row {
			t := float64(v) * s.inv[j]
			row[j] = float32(t)
			shift -= t * s.mean[j]
		}
		b[c] = float32(shift)
	}
}
