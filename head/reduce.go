package head

import (
	"cmp"
	"context"
	"fmt"

	"graft/head/internal/lq"
)

// reduced is the features of a logistic regression: standardised and, if there are fewer rows than
// features, reduced to their row space.
//
// The optimal weights lie in the row space, since a component outside it adds to the penalty and
// changes no logit, and a rotation changes neither logits nor penalty: the problem is exactly the
// same with n features instead of d. The reduction is the LQ decomposition X = L·Q by Householder
// reflections, L n×n lower triangular, Q n×d with orthonormal rows; it needs no decision about the
// rank and squares no condition number.
type reduced struct {
	d      int
	scale  *Standardizer
	x      matrix // the training rows, then the validation rows
	q      *lq.LQ // nil if there is no reduction
	n, val int    // training and validation rows
}

// newReduced reads d, and val if not nil. With float16 rows that are not reduced are held as that.
func newReduced(ctx context.Context, d, val Data, float16 bool) (*reduced, error) {
	scale, err := NewStandardizer(ctx, d)
	if err != nil {
		return nil, err
	}
	r := &reduced{d: d.Dim(), scale: scale, n: d.Len()}
	parts := []Data{d}
	if val != nil {
		r.val = val.Len()
		parts = append(parts, val)
	}
	r.x = matrix{d: r.d, scale: scale}
	if size := (r.n + r.val) * r.d; float16 && r.n >= r.d {
		r.x.f16 = make([]uint16, 0, size)
	} else {
		r.x.f32 = make([]float32, 0, size)
	}
	var large error
	for _, part := range parts {
		err := eachRow(ctx, part, func(i int, row []float32) {
			if j := r.x.add(row); j >= 0 && large == nil {
				large = &RowError{Row: original(part, i), Err: fmt.Errorf("feature %d is %v, which float16 cannot hold", j, row[j])}
			}
		})
		if err := cmp.Or(err, large); err != nil {
			return nil, err
		}
	}
	if r.n < r.d {
		r.reduce()
	}
	return r, nil
}

// reduce replaces rows by their coordinates in the row space of the training rows. Components of
// validation rows outside it have weight 0.
func (r *reduced) reduce() {
	n, d, all := r.n, r.d, r.n+r.val
	rows := r.x.standardizedRows(all)
	r.q = lq.Factor(rows[:n*d], d)
	x, rest := r.q.Lower(), rows[n*d:]
	r.q.Coordinates(rest)
	for i := range r.val {
		x = append(x, rest[i*d:i*d+n]...)
	}
	r.x = matrix{d: n, f64: x}
}

// head turns parameters of the reduced problem into a head for features as they are.
func (r *reduced) head(theta []float64, labels []string) *Head {
	k := len(theta) / (r.x.d + 1)
	w := make([]float64, k*r.d)
	for j := range k {
		copy(w[j*r.d:], theta[j*r.x.d:(j+1)*r.x.d])
	}
	if r.q != nil {
		r.q.Expand(w)
	}
	b := append([]float64(nil), theta[k*r.x.d:]...)
	for j := range k {
		row := w[j*r.d : (j+1)*r.d]
		for i := range row {
			row[i] *= r.scale.inv[i]
			b[j] -= float64(row[i] * r.scale.mean[i])
		}
	}
	h := &Head{Labels: labels, Dim: r.d}
	if k == 1 { // z = logit(second) − logit(first): half to each side
		w, b = append(scaled(w, -0.5), scaled(w, 0.5)...), append(scaled(b, -0.5), scaled(b, 0.5)...)
	}
	h.W, h.B = narrow(w), narrow(b)
	return h
}

func scaled(x []float64, f float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = f * v
	}
	return out
}

func narrow(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}
