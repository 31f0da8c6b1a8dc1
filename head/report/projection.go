package report

import (
	"context"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"graft/head"
)

// projection is rows of features in the plane of their first two principal
// components.
type projection struct {
	rows      []int      // which rows these are, ascending
	x, y      []float64  // one per row
	explained [2]float64 // fractions of the variance that the two components explain
}

const (
	// fittedRows bounds the rows that the components are computed from, which takes time
	// with the square of their number.
	fittedRows = 400
	// mapRows bounds the points of the plot; more would only hide one another.
	mapRows = 2000
)

// project computes the first two principal components of d, from at most 400
// rows, and projects at most 2,000 rows on them; both are taken at even distances.
// Directions have a positive largest weight. It is nil if there are too few rows
// or features.
func project(ctx context.Context, d head.Data) (*projection, error) {
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
	variances := pc.VarsTo(nil)
	total := floats.Sum(variances)
	if !(total > 0) {
		return nil, nil
	}
	var vectors mat.Dense
	pc.VectorsTo(&vectors)
	p := &projection{rows: evenly(d.Len(), mapRows), explained: [2]float64{variances[0] / total, variances[1] / total}}
	directions := [2][]float64{upward(mat.Col(nil, 0, &vectors)), upward(mat.Col(nil, 1, &vectors))}
	return p, p.place(ctx, d, directions, meansOf(x))
}

// place projects the rows, one at a time.
func (p *projection) place(ctx context.Context, d head.Data, directions [2][]float64, means []float64) error {
	row := make([]float32, d.Dim())
	for _, i := range p.rows {
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
		p.x, p.y = append(p.x, at[0]), append(p.y, at[1])
	}
	return nil
}

// matrixOf is the rows named, as a matrix.
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

// meansOf are the means of the columns.
func meansOf(x *mat.Dense) []float64 {
	n, d := x.Dims()
	means, column := make([]float64, d), make([]float64, n)
	for j := range means {
		means[j] = stat.Mean(mat.Col(column, j, x), nil)
	}
	return means
}

// upward flips a direction if its largest weight by size is negative: the sign of
// a principal component is arbitrary.
func upward(v []float64) []float64 {
	if floats.Max(v) < -floats.Min(v) {
		floats.Scale(-1, v)
	}
	return v
}

// evenly is at most k of n rows, at even distances.
func evenly(n, k int) []int {
	rows := make([]int, min(n, k))
	for i := range rows {
		rows[i] = i * n / len(rows)
	}
	return rows
}
