// Package lbfgs minimises smooth functions of many variables by the limited-memory method of Broyden,
// Fletcher, Goldfarb and Shanno (Nocedal and Wright, Numerical Optimization, 2nd ed., section 7.2), with
// the line search of Moré and Thuente. [Minimize] is the one to call.
//
// Sums have the order of package kernel, and no operations are fused: the same function gives the same
// bits on every processor.
package lbfgs

import (
	"math"

	"graft/head/internal/kernel"
)

// A Problem is a function to be minimised, and when that is done.
type Problem struct {
	// Value is the function at x; it sets gradient, which is as long.
	Value func(x, gradient []float64) float64
	// Done reports whether a point will do: the one that Value was last called for, which has that gradient.
	Done func(x, gradient []float64) bool
}

// Settings of a minimisation. The zero value works.
type Settings struct {
	Memory     int     // steps that are remembered; 0 means 10
	Iterations int     // at most; 0 means 300
	First      float64 // the first step tried is that times the negative gradient; 0: one of length 1
}

// A Result is where a minimisation ended.
type Result struct {
	F          float64 // the value, of the least if Done is false
	Iterations int     // line searches
	Done       bool    // the problem's Done says so; else no lower value was found, or there were too many iterations
}

// Minimize moves x to where p is done, or, if it does not come that far, to the least value that it found.
func Minimize(x []float64, p Problem, s Settings) Result {
	if s.Memory == 0 {
		s.Memory = 10
	}
	if s.Iterations == 0 {
		s.Iterations = 300
	}
	n := len(x)
	m := &minimizer{
		Problem: p, x: x, history: newHistory(s.Memory, n),
		gradient: make([]float64, n), dir: make([]float64, n), trial: make([]float64, n), slope: make([]float64, n),
	}
	m.f = p.Value(x, m.gradient)
	for i := 0; ; i++ {
		if p.Done(x, m.gradient) {
			return Result{m.f, i, true}
		}
		if i == s.Iterations || !m.step(s.First) {
			return Result{m.f, i, false}
		}
	}
}

// minimizer is the state of a minimisation.
type minimizer struct {
	Problem
	history     *history
	f           float64
	x, gradient []float64 // where it is
	dir         []float64 // where it goes
	trial       []float64 // where it looks, and the gradient there
	slope       []float64
}

// step goes to a lower value, if there is one, by a line search. first is that of [Settings].
func (m *minimizer) step(first float64) bool {
	size := 1.0
	if m.history.used == 0 {
		if size = first; first == 0 {
			size = 1 / kernel.Norm(m.gradient)
		}
	}
	m.history.direction(m.gradient, m.dir)
	descent := kernel.Dot(m.gradient, m.dir)
	if !(descent < 0) {
		return false
	}
	s := newSearch(m.f, descent, size)
	for range maxTrials {
		m.look(s.step)
		f := m.Value(m.trial, m.slope)
		if s.tell(f, kernel.Dot(m.slope, m.dir)) {
			m.history.add(m.x, m.trial, m.gradient, m.slope)
			m.f = f
			copy(m.x, m.trial)
			copy(m.gradient, m.slope)
			return true
		}
		if s.stuck {
			break
		}
	}
	if m.f > s.best.f { // lower, but not what the search asks for
		m.look(s.best.at)
		m.f = s.best.f
		copy(m.x, m.trial)
	}
	return false
}

// maxTrials is how many steps a line search tries.
const maxTrials = 60

// look sets trial to the point that is size along dir.
func (m *minimizer) look(size float64) {
	for j, d := range m.dir {
		m.trial[j] = m.x[j] + float64(size*d)
	}
}

// history is the last steps s and the changes y of the gradient in them, from which follows what is known
// of the curvature.
type history struct {
	n, used, newest int
	s, y            [][]float64
	rho, alpha      []float64 // 1/sᵀy; scratch
	scale           float64   // sᵀy/yᵀy of the newest
}

func newHistory(size, n int) *history {
	return &history{
		n: n, newest: size - 1, scale: 1,
		s: make([][]float64, size), y: make([][]float64, size), rho: make([]float64, size), alpha: make([]float64, size),
	}
}

// add remembers the step from one point to another and the gradients there, unless the curvature in it is
// lost in rounding.
func (h *history) add(from, to, before, after []float64) {
	at := (h.newest + 1) % len(h.s)
	if h.s[at] == nil {
		h.s[at], h.y[at] = make([]float64, h.n), make([]float64, h.n)
	}
	s, y := h.s[at], h.y[at]
	for j := range s {
		s[j], y[j] = to[j]-from[j], after[j]-before[j]
	}
	sy, yy := kernel.Dot(s, y), kernel.Dot(y, y)
	if !(sy > 0x1p-52*yy) {
		h.used = min(h.used, len(h.s)-1) // its place was that of the oldest
		return
	}
	h.newest, h.used = at, min(h.used+1, len(h.s))
	h.rho[at], h.scale = 1/sy, sy/yy
}

// direction sets dir to the negative gradient times what is taken for the inverse of the Hessian: the
// two-loop recursion, algorithm 7.4 of Nocedal and Wright. Each addition is made in one pass with the
// product after it.
func (h *history) direction(gradient, dir []float64) {
	for j, g := range gradient {
		dir[j] = -g
	}
	if h.used == 0 {
		return
	}
	product := kernel.Dot(h.s[h.newest], dir)
	for i := range h.used {
		at, next := h.back(i), h.y[h.back(h.used-1)]
		if i+1 < h.used {
			next = h.s[h.back(i+1)]
		}
		h.alpha[at] = float64(h.rho[at] * product)
		product = kernel.AddScaledDot(-h.alpha[at], h.y[at], dir, next)
	}
	for j := range dir {
		dir[j] *= h.scale
	}
	product *= h.scale
	for i := h.used - 1; i >= 0; i-- {
		at := h.back(i)
		factor := h.alpha[at] - float64(h.rho[at]*product)
		if i == 0 {
			kernel.AddScaled(factor, h.s[at], dir)
			return
		}
		product = kernel.AddScaledDot(factor, h.s[at], dir, h.y[h.back(i-1)])
	}
}

// back is the place of the pair so many before the newest.
func (h *history) back(i int) int { return (h.newest - i + len(h.s)) % len(h.s) }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
