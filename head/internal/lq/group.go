package lq

import (
	"runtime"

	"graft/head/internal/kernel"
	"graft/head/internal/parallel"
)

const (
	width = 16 // reflections that are applied together
	chunk = 48 // rows to which they are applied at a time
)

// group is some reflections that follow one another: their product is I − Vᵀ·T·V, with a v in each row of V and
// T upper triangular (Schreiber and Van Loan, A storage-efficient WY representation for products of Householder
// transformations, SIAM Journal on Scientific and Statistical Computing 10, 1989).
type group struct {
	n, d int
	v    kernel.Block[float64]
	t    []float64 // n×n
}

// group is the reflections from number from on.
func (q *LQ) group(from int) *group {
	g := &group{n: min(width, q.n-from), d: q.d}
	g.v.Reset(g.n, g.d)
	v := make([]float64, g.n*g.d)
	for i := range g.n {
		row := v[i*g.d : (i+1)*g.d]
		copy(row[from+i:], q.row(from+i))
		row[from+i] = 1
		g.v.Set(i, row)
	}
	products := make([]float64, g.n*g.n)
	g.v.Dots(v, products, g.n)
	g.t = make([]float64, g.n*g.n)
	for j := range g.n {
		tau := q.tau[from+j]
		g.t[j*g.n+j] = tau
		for i := range j { // column j of T is −τ·T·V·v_j
			var sum float64
			for k := i; k < j; k++ {
				sum += float64(g.t[i*g.n+k] * products[k*g.n+j])
			}
			g.t[i*g.n+j] = -tau * sum
		}
	}
	return g
}

// forward multiplies rows from the right by the product of the reflections.
func (g *group) forward(rows []float64) {
	t := make([]float64, len(g.t))
	for i := range g.n {
		for k := range g.n {
			t[i*g.n+k] = g.t[k*g.n+i]
		}
	}
	g.apply(rows, t)
}

// backward multiplies rows from the right by the product of the reflections in the other order.
func (g *group) backward(rows []float64) {
	g.apply(rows, g.t)
}

// apply subtracts (C·Vᵀ)·Mᵀ·V from the rows of C.
func (g *group) apply(rows, matrix []float64) {
	n := len(rows) / g.d
	parallel.For((n+chunk-1)/chunk, runtime.GOMAXPROCS(0), func(at, _ int) {
		m := min(chunk, n-at*chunk)
		c := rows[at*chunk*g.d:][:m*g.d]
		products, moves := make([]float64, g.n*m), make([]float64, g.n*m)
		g.v.Dots(c, products, m)
		for i := range g.n {
			move := moves[i*m : (i+1)*m]
			for k, f := range matrix[i*g.n : (i+1)*g.n] {
				kernel.AddScaled(-f, products[k*m:(k+1)*m], move)
			}
		}
		g.v.Combine(kernel.Factors[float64]{Data: moves, Cols: m, Stride: m}, c)
	})
}
