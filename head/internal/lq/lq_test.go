package lq

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"graft/head/internal/kernel"
)

func rows(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// X is L·Q, the rows of Q are orthonormal, and L is that of LAPACK.
func TestFactor(t *testing.T) {
	for _, c := range []struct{ n, d int }{{1, 1}, {1, 5}, {3, 3}, {15, 40}, {16, 33}, {17, 64}, {50, 51}, {70, 200}} {
		x := rows(1, c.n*c.d)
		q := Factor(slices.Clone(x), c.d)
		l := mat.NewDense(c.n, c.n, q.Lower())
		unit := make([]float64, c.n*c.d)
		for i := range c.n {
			unit[i*c.d+i] = 1
		}
		q.Expand(unit)
		orthonormal := mat.NewDense(c.n, c.d, unit)
		var back, gram mat.Dense
		back.Mul(l, orthonormal)
		gram.Mul(orthonormal, orthonormal.T())
		var theirs mat.LQ
		var lower mat.Dense
		theirs.Factorize(mat.NewDense(c.n, c.d, slices.Clone(x)))
		theirs.LTo(&lower)
		worst := 0.0
		for i := range c.n {
			for j := range c.d {
				worst = max(worst, math.Abs(back.At(i, j)-x[i*c.d+j]))
			}
			for j := range c.n {
				want := 0.0
				if i == j {
					want = 1
				}
				worst = max(worst, math.Abs(gram.At(i, j)-want), math.Abs(math.Abs(l.At(i, j))-math.Abs(lower.At(i, j))))
			}
		}
		if !(worst < 1e-12) {
			t.Errorf("%d×%d: off by %v", c.n, c.d, worst)
		}
	}
}

// Coordinates undoes Expand, and leaves of other rows what lies in the space of the rows of X.
func TestCoordinates(t *testing.T) {
	const n, d = 37, 90
	x := rows(2, n*d)
	q := Factor(slices.Clone(x), d)
	own := slices.Clone(x)
	q.Coordinates(own)
	l := q.Lower()
	for i := range n {
		for j, v := range own[i*d : (i+1)*d] {
			want := 0.0
			if j < n {
				want = l[i*n+j]
			}
			if math.Abs(v-want) > 1e-12 {
				t.Fatalf("row %d, coordinate %d is %v, want %v", i, j, v, want)
			}
		}
	}
	q.Expand(own)
	for i, v := range own {
		if math.Abs(v-x[i]) > 1e-12 {
			t.Fatalf("number %d is %v, want %v", i, v, x[i])
		}
	}
}

// Rows that depend on one another, and rows of zeros, do no harm.
func TestDependent(t *testing.T) {
	const n, d = 20, 30
	x := rows(3, n*d)
	copy(x[7*d:8*d], x[6*d:7*d])
	clear(x[11*d : 12*d])
	q := Factor(slices.Clone(x), d)
	back := make([]float64, n*d)
	for i, l := range q.Lower() {
		back[i/n*d+i%n] = l
	}
	q.Expand(back)
	for i, v := range back {
		if !(math.Abs(v-x[i]) < 1e-12) {
			t.Fatalf("number %d is %v, want %v", i, v, x[i])
		}
	}
}

// The bits depend neither on the processor's instructions nor on the number of cores.
func TestSameBits(t *testing.T) {
	const n, d = 70, 133
	var want []float64
	for _, level := range kernel.Levels() {
		restore := kernel.Use(level)
		for _, cores := range []int{1, 5} {
			before := runtime.GOMAXPROCS(cores)
			x := rows(4, n*d)
			q := Factor(x, d)
			got := append(slices.Clone(x), rows(5, 60*d)...)
			q.Coordinates(got[n*d:])
			runtime.GOMAXPROCS(before)
			if want == nil {
				want = got
			} else if !slices.Equal(got, want) {
				t.Errorf("%v, %d cores: other bits", level, cores)
			}
		}
		restore()
	}
}
