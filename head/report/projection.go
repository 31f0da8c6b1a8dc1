package report

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"graft/head"
)

// A Projection is rows of features seen from where they are spread most: their
// first two principal components.
type Projection struct {
	Rows      []int      // which rows these are, ascending
	X, Y      []float64  // one a row
	Explained [2]float64 // shares of the variance that the two components have
}

const (
	// fittedRows bounds the rows that the components are computed from: that takes time with
	// the square of their number.
	fittedRows = 400
	// mapRows bounds the points of a map; more would only hide each other.
	mapRows = 2000
)

// Project computes the first two principal components of d, from at most 400
// rows, and places at most 2,000 rows by them; both are picked at even
// distances. The directions are such that the largest weight of each is
// positive. It is nil where rows or features are too few.
func Project(ctx context.Context, d head.Data) (*Projection, error) {
	if d.Len() < 3 || d.Dim() < 2 {
		return nil, nil
	}
	x, err := matrixOf(ctx, d, evenly(d.Len(), fittedRows))
	if err != nil {
		return nil, err
	}
	var pc stat.PC
	if !pc.PrincipalComponents(x, nil) {
		return nil, nil
	}
	var vectors mat.Dense
	pc.VectorsTo(&vectors)
	p := &Projection{Rows: evenly(d.Len(), mapRows)}
	variances, total := pc.VarsTo(nil), 0.0
	for _, v := range variances {
		total += v
	}
	if !(total > 0) {
		return nil, nil
	}
	p.Explained = [2]float64{variances[0] / total, variances[1] / total}
	directions := [2][]float64{upward(mat.Col(nil, 0, &vectors)), upward(mat.Col(nil, 1, &vectors))}
	return p, p.place(ctx, d, directions, meansOf(x))
}

// place projects the rows, a few at a time.
func (p *Projection) place(ctx context.Context, d head.Data, directions [2][]float64, means []float64) error {
	row := make([]float32, d.Dim())
	for _, i := range p.Rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := d.Row(i, row); err != nil {
			return err
		}
		var at [2]float64
		for k := range at {
			for j, v := range row {
				at[k] += (float64(v) - means[j]) * directions[k][j]
			}
		}
		p.X, p.Y = append(p.X, at[0]), append(p.Y, at[1])
	}
	return nil
}

func matrixOf(ctx context.Context, d head.Data, rows []int) (*mat.Dense, error) {
	x, row := mat.NewDense(len(rows), d.Dim(), nil), make([]float32, d.Dim())
	for k, i := range rows {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := d.Row(i, row); err != nil {
			return nil, err
		}
		for j, v := range row {
			x.Set(k, j, float64(v))
		}
	}
	return x, nil
}

func meansOf(x *mat.Dense) []float64 {
	n, d := x.Dims()
	means := make([]float64, d)
	for i := range n {
		for j, v := range x.RawRowView(i) {
			means[j] += v / float64(n)
		}
	}
	return means
}

// upward turns a direction so that its largest weight is positive: the sign of
// a component is arbitrary.
func upward(v []float64) []float64 {
	largest := 0
	for i := range v {
		if math.Abs(v[i]) > math.Abs(v[largest]) {
			largest = i
		}
	}
	if v[largest] < 0 {
		for i := range v {
			v[i] = -v[i]
		}
	}
	return v
}

// evenly picks at most k of n rows.
func evenly(n, k int) []int {
	rows := make([]int, min(n, k))
	for i := range rows {
		rows[i] = i * n / len(rows)
	}
	return rows
}
