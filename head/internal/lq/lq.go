// Package lq decomposes a matrix with fewer rows than columns into X = L·Q, with L lower triangular
// and the rows of Q orthonormal, by Householder's reflections. [Factor] is the one to call.
//
// Sums have the order of package kernel, and no operations are fused: the same matrix gives the same
// bits on every processor and on any number of cores.
package lq

import (
	"math"

	"graft/head/internal/kernel"
)

// An LQ is a decomposition of n rows of d numbers. Q, completed to d×d, is kept as n reflections
// I − τ·vᵀv, of which H_0·H_1⋯H_(n−1) = Qᵀ.
type LQ struct {
	n, d int
	a    []float64 // n×d: L up to the diagonal; behind it what follows the 1 of each v
	tau  []float64
}

// Factor decomposes x, rows of d numbers, of which there are at most d. It keeps and changes x.
func Factor(x []float64, d int) *LQ {
	q := &LQ{n: len(x) / d, d: d, a: x}
	q.tau = make([]float64, q.n)
	for from := 0; from < q.n; from += width {
		to := min(from+width, q.n)
		for i := from; i < to; i++ {
			q.reflect(i, to)
		}
		q.group(from).forward(q.a[to*d:])
	}
	return q
}

// Lower is L, n×n.
func (q *LQ) Lower() []float64 {
	l := make([]float64, q.n*q.n)
	for i := range q.n {
		copy(l[i*q.n:i*q.n+i+1], q.a[i*q.d:])
	}
	return l
}

// Coordinates replaces rows of d numbers by their products with Qᵀ. Of each the first n numbers are its
// coordinates in the space of the rows of X; the others are what it has outside of that.
func (q *LQ) Coordinates(rows []float64) {
	for from := 0; from < q.n; from += width {
		q.group(from).forward(rows)
	}
}

// Expand replaces rows of d numbers, of which all but the first n are 0, by their products with Q.
func (q *LQ) Expand(rows []float64) {
	for from := (q.n - 1) / width * width; from >= 0; from -= width {
		q.group(from).backward(rows)
	}
}

// reflect makes the numbers of row i behind the diagonal 0, and does the same to the rows after it, up to
// row to (LAPACK's dlarfg and dlarf).
func (q *LQ) reflect(i, to int) {
	v := q.row(i)
	rest := kernel.Dot(v[1:], v[1:])
	if rest == 0 {
		return // tau is 0
	}
	first := v[0]
	diagonal := -math.Copysign(math.Sqrt(float64(first*first)+rest), first)
	tau := (diagonal - first) / diagonal
	q.tau[i], v[0] = tau, 1
	for j := range v[1:] {
		v[1+j] /= first - diagonal
	}
	for r := i + 1; r < to; r++ {
		row := q.a[r*q.d+i : (r+1)*q.d]
		kernel.AddScaled(-tau*kernel.Dot(v, row), v, row)
	}
	v[0] = diagonal
}

// row is row i from the diagonal on.
func (q *LQ) row(i int) []float64 { return q.a[i*q.d+i : (i+1)*q.d] }
