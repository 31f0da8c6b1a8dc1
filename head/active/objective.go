package active

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"

	"graft/head/internal/kernel"
	"graft/head/internal/parallel"
)

// An objective is mean loss + ridge/2·‖W‖² of c×d weights, then c biases.
type objective struct {
	x       *kernel.Block[float32]
	n, d, c int
	y       []int
	ridge   float64
	z, w, g []float32 // logits n×c, and then the gradient by them; weights; their gradient
}

// value is the objective at theta; it sets gradient.
func (f *objective) value(theta, gradient []float64) float64 {
	cd := f.c * f.d
	for j := range f.w {
		f.w[j] = float32(theta[j])
	}
	for i := range f.n {
		for k := range f.c {
			f.z[i*f.c+k] = float32(theta[cd+k])
		}
	}
	workers := runtime.GOMAXPROCS(0)
	parallel.For(f.c, workers, func(k, _ int) {
		f.x.Dots(f.w[k*f.d:(k+1)*f.d], f.z[k:], f.c)
	})
	loss := f.losses(gradient[cd:])
	clear(f.g)
	width, delta := f.x.PanelWidth(), kernel.Factors[float32]{Data: f.z, Cols: f.c, Stride: f.c}
	parallel.For(f.x.Panels(), workers, func(p, _ int) { f.panel(p, width, delta) })
	var square float64
	for j, w := range theta[:cd] {
		gradient[j] = float64(f.g[j]) + float64(f.ridge*w)
		square += float64(w * w)
	}
	return loss + float64(f.ridge/2*square)
}

// panel adds up the gradient by some columns of the weights.
func (f *objective) panel(p, width int, delta kernel.Factors[float32]) {
	from := p * width
	n := min(width, f.d-from)
	buffer := make([]float32, f.c*width)
	f.x.Panel(p, delta, buffer, width)
	for k := range f.c {
		copy(f.g[k*f.d+from:k*f.d+from+n], buffer[k*width:])
	}
}

// losses is the mean loss of the logits z, which become the gradient by them; that
// by the biases is set.
func (f *objective) losses(biases []float64) (loss float64) {
	clear(biases)
	e, n := make([]float64, f.c), float64(f.n)
	for i := range f.n {
		z := f.z[i*f.c : (i+1)*f.c]
		top, sum := float64(slices.Max(z)), 0.0
		own := float64(z[f.y[i]])
		for k, v := range z {
			e[k] = math.Exp(float64(v) - top)
			sum += e[k]
		}
		loss += math.Log(sum) + top - own
		for k := range z {
			g := e[k] / sum
			if k == f.y[i] {
				g--
			}
			z[k] = float32(g / n)
			biases[k] += g / n
		}
	}
	return loss / n
}

// Limits of a fit: it goes on until an upper bound on what is missing is this part of the
// penalty, see head.LBFGS, or for so many iterations.
const (
	fitTolerance  = 1e-3
	fitIterations = 100
)

// minimize moves theta to about the minimum.
func (f *objective) minimize(ctx context.Context, theta []float64) error {
	at, gradient, value := []float64(nil), make([]float64, len(theta)), 0.0
	look := func(x []float64) float64 {
		if !slices.Equal(x, at) { // gonum asks for value and gradient one after the other
			value = f.value(x, gradient)
			at = append(at[:0], x...)
		}
		return value
	}
	problem := optimize.Problem{Func: look, Grad: func(g, x []float64) { look(x); copy(g, gradient) }}
	settings := optimize.Settings{GradientThreshold: math.NaN(), MajorIterations: fitIterations, Converger: &closeEnough{ctx, f}}
	result, err := optimize.Minimize(problem, theta, &settings, &optimize.LBFGS{GradStopThreshold: math.NaN()})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if result == nil {
		return fmt.Errorf("active: %w", err)
	}
	copy(theta, result.X) // an error means a line search that found nothing lower
	return nil
}

// closeEnough ends a minimisation.
type closeEnough struct {
	ctx context.Context
	f   *objective
}

func (c *closeEnough) Init(int) {}

func (c *closeEnough) Converged(l *optimize.Location) optimize.Status {
	if c.ctx.Err() != nil {
		return optimize.Failure
	}
	if l.Gradient == nil {
		return optimize.NotTerminated
	}
	w := floats.Norm(l.X[:c.f.c*c.f.d], 2)
	bound := floats.Norm(l.Gradient, 2) / (c.f.ridge * max(w, 1e-300))
	if bound*bound <= fitTolerance {
		return optimize.GradientThreshold
	}
	return optimize.NotTerminated
}
