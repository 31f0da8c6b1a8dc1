package active

import (
	"math"
	"math/rand/v2"
	"runtime"

	"graft/head/internal/parallel"
)

// A Pool is the features of n pictures: row i is X[i·D … (i+1)·D − 1]. Rows that
// are not there yet may hold anything: which are is for the caller to know.
type Pool struct {
	X []float32 // n×D
	D int
}

// Len is n.
func (p Pool) Len() int { return len(p.X) / p.D }

// Row is row i itself, not a copy.
func (p Pool) Row(i int) []float32 { return p.X[i*p.D : (i+1)*p.D] }

// scaleRows is how many rows are enough to know means and deviations.
const scaleRows = 4096

// A Scale gives every feature mean 0 and standard deviation 1 over the pool, and
// not over the labelled rows, of which there are few and which change. A feature
// that is constant is only centred.
type Scale struct {
	mean, inverse []float64
}

// NewScale measures up to 4096 of the rows, spread evenly.
func NewScale(p Pool, rows []int) *Scale {
	step := max(1, (len(rows)+scaleRows-1)/scaleRows)
	s := &Scale{make([]float64, p.D), make([]float64, p.D)}
	n := 0.0
	for k := 0; k < len(rows); k += step {
		for j, v := range p.Row(rows[k]) {
			s.mean[j] += float64(v)
		}
		n++
	}
	for j := range s.mean {
		s.mean[j] /= max(n, 1)
	}
	for k := 0; k < len(rows); k += step {
		for j, v := range p.Row(rows[k]) {
			c := float64(v) - s.mean[j]
			s.inverse[j] += float64(c * c)
		}
	}
	for j, v := range s.inverse {
		s.inverse[j] = 1
		if sd := math.Sqrt(v / max(n, 1)); sd > 1e-12 {
			s.inverse[j] = 1 / sd
		}
	}
	return s
}

// apply sets dst to the standardised row, and returns its length.
func (s *Scale) apply(row, dst []float32) float64 {
	var square float64
	for j, v := range row {
		x := (float64(v) - s.mean[j]) * s.inverse[j]
		dst[j] = float32(x)
		square += float64(x * x)
	}
	return math.Sqrt(square)
}

// directions are the standardised rows scaled to length 1: len(rows)×D.
func (s *Scale) directions(p Pool, rows []int) []float32 {
	out := make([]float32, len(rows)*p.D)
	parallel.For(len(rows), runtime.GOMAXPROCS(0), func(k, _ int) {
		dst := out[k*p.D : (k+1)*p.D]
		length := s.apply(p.Row(rows[k]), dst)
		if length == 0 {
			return
		}
		for j := range dst {
			dst[j] /= float32(length)
		}
	})
	return out
}

// sample is up to n of the rows, drawn without replacement.
func sample(rows []int, n int, random *rand.Rand) []int {
	if len(rows) <= n {
		return rows
	}
	out := make([]int, n)
	for k, at := range random.Perm(len(rows))[:n] {
		out[k] = rows[at]
	}
	return out
}
