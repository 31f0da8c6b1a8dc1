package head

import (
	"math"
)

// variables is the coordinates x that the parameters theta of a problem are multiples of.
type variables struct {
	p               *logistic
	theta, gradient []float64 // where the problem was last evaluated
	weight, bias    float64   // parameters are that times their coordinates
	first           float64   // step along the negative gradient that a minimisation begins with; 0: one of length 1
}

// newVariables makes the coordinates. If p is to be stretched they are such that the curvature in all of
// them is about 1, whatever C is, so that a step along the negative gradient is Newton's: that saves
// most of the steps of problems with a small C.
func newVariables(p *logistic) *variables {
	v := &variables{p: p, theta: make([]float64, p.dim()), gradient: make([]float64, p.dim()), weight: 1, bias: 1}
	if p.stretch {
		share := 1 / float64(max(p.outputs, 2))
		curvature := float64(share * (1 - share)) // of the loss in a standardised feature, where nothing is known yet
		v.weight, v.bias, v.first = 1/math.Sqrt(curvature+p.ridge()), 1/math.Sqrt(curvature), 1
	}
	return v
}

// value evaluates the problem at x, and sets the gradient by x.
func (v *variables) value(x, gradient []float64) float64 {
	copy(v.theta, x)
	v.scale(v.theta, v.weight, v.bias)
	f := v.p.value(v.theta, v.gradient)
	copy(gradient, v.gradient)
	v.scale(gradient, v.weight, v.bias)
	return f
}

// scale multiplies weights and biases by factors.
func (v *variables) scale(x []float64, weight, bias float64) {
	weights := v.p.outputs * v.p.x.d
	for j := range x[:weights] {
		x[j] *= weight
	}
	for j := range x[weights:] {
		x[weights+j] *= bias
	}
}
