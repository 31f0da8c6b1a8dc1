package head

import (
	"context"
	"math"

	"graft/head/internal/kernel"
	"graft/head/internal/lbfgs"
)

// goal is when a minimisation is done.
type goal struct {
	gap   float64 // the bound on the suboptimality is at most that times the penalty
	slope float64 // or, if it is not 0, no number of the gradient is larger: scikit-learn's rule
}

// reached reports whether theta, where p has that gradient, will do.
func (t goal) reached(p *logistic, theta, gradient []float64) bool {
	if t.slope > 0 && largest(gradient) <= t.slope {
		return true
	}
	return p.gap(theta, kernel.Norm(gradient)) <= t.gap
}

// largest is the largest number of x by size.
func largest(x []float64) (top float64) {
	for _, v := range x {
		top = max(top, math.Abs(v))
	}
	return top
}

// minimize moves theta to the minimum of p, until the goal is reached, or rounding allows no progress.
// L-BFGS goes most of the way; its line search fails once differences of the objective are rounding errors, and with nearly
// collinear features it converges slowly. Truncated Newton, by conjugate gradients, goes the rest. It
// returns the divided objective and the number of iterations.
func minimize(ctx context.Context, p *logistic, theta []float64, goal goal) (f float64, iterations int, err error) {
	v := newVariables(p)
	problem := lbfgs.Problem{
		Value: v.value,
		Done:  func(_, _ []float64) bool { return ctx.Err() != nil || goal.reached(p, v.theta, v.gradient) },
	}
	v.scale(theta, 1/v.weight, 1/v.bias)
	r := lbfgs.Minimize(theta, problem, lbfgs.Settings{First: v.first})
	v.scale(theta, v.weight, v.bias)
	if ctx.Err() != nil {
		return 0, 0, context.Cause(ctx)
	}
	if r.Done {
		return r.F, r.Iterations, nil
	}
	f, more, err := newton(ctx, p, theta, goal)
	return f, r.Iterations + more, err
}

// newton minimises p from theta by truncated Newton steps with backtracking.
func newton(ctx context.Context, p *logistic, theta []float64, goal goal) (f float64, iterations int, err error) {
	n := len(theta)
	gradient, step, trial, slope := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	f = p.value(theta, gradient)
	for ; iterations < 100; iterations++ {
		if goal.reached(p, theta, gradient) {
			return f, iterations, nil
		}
		g := kernel.Norm(gradient)
		if err := conjugate(ctx, p, gradient, step, min(0.1, math.Sqrt(g))*g); err != nil {
			return 0, 0, err
		}
		descent, size, lower := kernel.Dot(gradient, step), 1.0, false
		for ; size > 1e-6 && !lower; size /= 2 {
			copy(trial, theta)
			kernel.AddScaled(size, step, trial)
			next := p.value(trial, slope)
			// The decrease asked for may be below the rounding of f: then a smaller gradient will do.
			lower = next <= f+float64(1e-4*size*descent) || next <= f+float64(1e-14*f) && kernel.Norm(slope) < g/2
			if lower {
				f = next
				copy(theta, trial)
				copy(gradient, slope)
			}
		}
		if !lower {
			break
		}
	}
	return p.value(theta, gradient), iterations, nil
}

// conjugate solves H·step = −gradient by conjugate gradients, to a residual of accuracy.
func conjugate(ctx context.Context, p *logistic, gradient, step []float64, accuracy float64) error {
	n := len(step)
	residual, dir, image := make([]float64, n), make([]float64, n), make([]float64, n)
	clear(step)
	for j, g := range gradient {
		residual[j], dir[j] = -g, -g
	}
	square := kernel.Dot(residual, residual)
	for range 2 * n {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if math.Sqrt(square) <= accuracy {
			return nil
		}
		p.hessian(dir, image)
		curvature := kernel.Dot(dir, image)
		if curvature <= 0 { // flat by rounding: the biases may shift together
			return nil
		}
		alpha := square / curvature
		kernel.AddScaled(alpha, dir, step)
		next := kernel.AddScaledDot(-alpha, image, residual, residual)
		for j, r := range residual {
			dir[j] = r + float64(next/square*dir[j])
		}
		square = next
	}
	return nil
}
