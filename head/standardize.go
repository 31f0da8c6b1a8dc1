package head

import (
	"context"
	"math"
)

// A Standardizer gives every feature mean 0 and standard deviation 1 over the rows that it was
// made of. A feature that is constant there is only centred, and so exactly 0: sums of up to 2²⁹
// equal float32 are exact in float64.
type Standardizer struct{ mean, inv []float64 } // inv is 1/standard deviation, 1 for constants

// NewStandardizer reads every row of r twice: once for the means, once for the deviations around
// them, which does not cancel as sums of squares do. A value that is not finite is a [*RowError].
func NewStandardizer(ctx context.Context, r Rows) (*Standardizer, error) {
	n, d := float64(max(r.Len(), 1)), r.Dim()
	s := &Standardizer{make([]float64, d), make([]float64, d)}
	err := eachRow(ctx, r, func(_ int, row []float32) {
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
	err = eachRow(ctx, r, func(_ int, row []float32) {
		for j, v := range row {
			t := float64(v) - s.mean[j]
			s.inv[j] += float64(t * t)
		}
	})
	if err != nil {
		return nil, err
	}
	for j, v := range s.inv {
		// As scikit-learn: a deviation within the rounding of its mean is none.
		if floor := 10 * 0x1p-52 * math.Abs(s.mean[j]); math.Sqrt(v/n) <= floor {
			s.inv[j] = 1
		} else {
			s.inv[j] = 1 / math.Sqrt(v/n)
		}
	}
	return s, nil
}

// eachRow calls f for every row in order. The slice is overwritten by the next call.
func eachRow(ctx context.Context, r Rows, f func(i int, row []float32)) error {
	row := make([]float32, r.Dim())
	for i := range r.Len() {
		if i%256 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := readRow(r, i, 0, row); err != nil {
			return err
		}
		f(i, row)
	}
	return nil
}

// Apply standardises one row of d features in place.
func (s *Standardizer) Apply(row []float32) {
	for j, v := range row {
		row[j] = float32((float64(v) - s.mean[j]) * s.inv[j])
	}
}

// fold changes weights and biases for standardised rows into such for rows as they are:
// w·(x−m)/s + b = (w/s)·x + (b − w·m/s).
func (s *Standardizer) fold(w, b []float32) {
	d := len(s.mean)
	for c := range b {
		row, shift := w[c*d:(c+1)*d], float64(b[c])
		for j, v := range row {
			t := float64(float64(v) * s.inv[j])
			row[j] = float32(t)
			shift -= float64(t * s.mean[j])
		}
		b[c] = float32(shift)
	}
}

// Normalize scales x to length 1, unless it is 0, and returns the length that it had.
func Normalize(x []float32) float64 {
	var square float64
	for _, v := range x {
		square += float64(float64(v) * float64(v))
	}
	length := math.Sqrt(square)
	if length == 0 {
		return 0
	}
	f := 1 / length
	for i, v := range x {
		x[i] = float32(float64(v) * f)
	}
	return length
}
