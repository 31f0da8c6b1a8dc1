package head

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/optimize"
)

// goal is when a minimisation is done.
type goal struct {
	gap   float64 // the bound on the suboptimality is at most that times the penalty
	slope float64 // or, if it is not 0, no number of the gradient is larger: scikit-learn's rule
}

// reached reports whether theta, where p has that gradient, will do.
func (t goal) reached(p *logistic, theta, gradient []float64) bool {
	if t.slope > 0 && math.Abs(gradient[blas64.Iamax(vector(gradient))]) <= t.slope {
		return true
	}
	return p.gap(theta, norm(gradient)) <= t.gap
}

// minimize moves theta to the minimum of p, until the goal is reached, or rounding allows no progress.
// L-BFGS goes most of the way; its line search fails once differences of the objective are rounding errors, and with nearly
// collinear features it converges slowly. Truncated Newton, by conjugate gradients, goes the rest.
// That is written here since gonum's optimize.Newton needs the Hessian as a dense matrix, whose
// side is the number of parameters. It returns the divided objective and the number of iterations.
func minimize(ctx context.Context, p *logistic, theta []float64, goal goal) (f float64, iterations int, err error) {
	near, err := lbfgs(ctx, p, theta, goal)
	if err != nil {
		return 0, 0, err
	}
	if near != nil {
		if goal.reached(p, theta, near.Gradient) {
			return near.F, near.MajorIterations, nil
		}
		iterations = near.MajorIterations
	}
	f, more, err := newton(ctx, p, theta, goal)
	return f, iterations + more, err
}

// lbfgs minimises from theta with gonum's L-BFGS and gives the best point found, if there is any.
func lbfgs(ctx context.Context, p *logistic, theta []float64, goal goal) (*optimize.Result, error) {
	v := newVariables(p, theta)
	problem := optimize.Problem{
		Func: func(x []float64) float64 { v.move(x); return v.f },
		Grad: func(g, x []float64) {
			v.move(x)
			copy(g, v.gradient)
			v.stretch(g)
		},
	}
	settings := optimize.Settings{
		GradientThreshold: math.NaN(), // converged decides
		MajorIterations:   lbfgsIterations,
		Converger:         &converged{ctx: ctx, v: v, goal: goal},
	}
	result, err := optimize.Minimize(problem, v.x, &settings, &optimize.LBFGS{GradStopThreshold: math.NaN()})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if result == nil {
		return nil, err
	} // else an error means a line search that found nothing lower
	v.move(result.X)
	copy(theta, v.theta)
	result.F, result.Gradient = v.f, v.gradient
	return result, nil
}

// lbfgsIterations is the most that L-BFGS does before Newton's method goes on.
const lbfgsIterations = 300

// converged ends gonum's minimisation at the goal.
type converged struct {
	ctx  context.Context
	v    *variables
	goal goal
}

func (c *converged) Init(int) {}

func (c *converged) Converged(l *optimize.Location) optimize.Status {
	if c.ctx.Err() != nil {
		return optimize.Failure
	}
	if l.Gradient == nil {
		return optimize.NotTerminated
	}
	if c.v.move(l.X); c.goal.reached(c.v.p, c.v.theta, c.v.gradient) {
		return optimize.GradientThreshold
	}
	return optimize.NotTerminated
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
		g := norm(gradient)
		if err := conjugate(ctx, p, gradient, step, min(0.1, math.Sqrt(g))*g); err != nil {
			return 0, 0, err
		}
		descent, size, lower := blas64.Dot(vector(gradient), vector(step)), 1.0, false
		for ; size > 1e-6 && !lower; size /= 2 {
			copy(trial, theta)
			blas64.Axpy(size, vector(step), vector(trial))
			next := p.value(trial, slope)
			// The decrease asked for may be below the rounding of f: then a smaller gradient will do.
			lower = next <= f+float64(1e-4*size*descent) || next <= f+float64(1e-14*f) && norm(slope) < g/2
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
	square := blas64.Dot(vector(residual), vector(residual))
	for range 2 * n {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if math.Sqrt(square) <= accuracy {
			return nil
		}
		p.hessian(dir, image)
		curvature := blas64.Dot(vector(dir), vector(image))
		if curvature <= 0 { // flat by rounding: the biases may shift together
			return nil
		}
		alpha := square / curvature
		blas64.Axpy(alpha, vector(dir), vector(step))
		blas64.Axpy(-alpha, vector(image), vector(residual))
		next := blas64.Dot(vector(residual), vector(residual))
		blas64.Scal(next/square, vector(dir))
		blas64.Axpy(1, vector(residual), vector(dir))
		square = next
	}
	return nil
}
