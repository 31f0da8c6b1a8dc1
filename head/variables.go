package head

import (
	"math"
	"slices"
)

// variables is the point at which a problem was last evaluated, and the coordinates x that the
// parameters are multiples of.
type variables struct {
	p               *logistic
	x               []float64
	theta, gradient []float64 // at x, by theta
	f               float64
	weight, bias    float64 // parameters are that times their coordinates
}

// newVariables evaluates p at theta. If p is to be stretched the coordinates are such that the
// curvature in all of them is about the same, whatever C is, and that the step which L-BFGS begins with,
// of length 1, is Newton's: that saves most of the steps of problems with a small C.
func newVariables(p *logistic, theta []float64) *variables {
	n := len(theta)
	v := &variables{p: p, x: slices.Clone(theta), theta: slices.Clone(theta), gradient: make([]float64, n), weight: 1, bias: 1}
	v.f = p.value(theta, v.gradient)
	if !p.stretch {
		return v
	}
	share := 1 / float64(max(p.outputs, 2))
	curvature := share * (1 - share) // of the loss in a standardised feature, where nothing is known yet
	v.weight, v.bias = 1/math.Sqrt(curvature+p.ridge()), 1/math.Sqrt(curvature)
	g := slices.Clone(v.gradient)
	v.stretch(g)
	if length := norm(g); length > 0 {
		v.weight *= length
		v.bias *= length
	}
	weights := p.outputs * p.x.d
	for j := range v.x {
		if j < weights {
			v.x[j] /= v.weight
		} else {
			v.x[j] /= v.bias
		}
	}
	return v
}

// move evaluates the problem at x, unless it was the last point.
func (v *variables) move(x []float64) {
	if slices.Equal(x, v.x) { // gonum asks for value and gradient one after the other
		return
	}
	copy(v.x, x)
	copy(v.theta, x)
	v.stretch(v.theta)
	v.f = v.p.value(v.theta, v.gradient)
}

// stretch multiplies weights and biases by their factors.
func (v *variables) stretch(x []float64) {
	weights := v.p.outputs * v.p.x.d
	for j := range x {
		if j < weights {
			x[j] *= v.weight
		} else {
			x[j] *= v.bias
		}
	}
}
