package active

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"

	"graft/head"
	"graft/head/internal/kernel"
	"graft/head/internal/parallel"
)

// Labelled is what is known: picture Rows[k] is of class Classes[k], in the order
// in which it became known.
type Labelled struct {
	Rows, Classes []int
}

// Len is the number of labels.
func (l Labelled) Len() int { return len(l.Rows) }

// part is some of the labels.
func (l Labelled) part(at []int) (p Labelled) {
	for _, k := range at {
		p.Rows, p.Classes = append(p.Rows, l.Rows[k]), append(p.Classes, l.Classes[k])
	}
	return p
}

// A Model is a head, and the classes that its outputs stand for, ascending.
type Model struct {
	*head.Head
	Classes []int
}

// DefaultC is the inverse strength of the penalty of a Learner, per labelled row.
const DefaultC = 0.03

// A Learner fits logistic regression to few labels again and again, each time from
// where it was, and only as closely as suggestions need it:
//
//	C·Σ_i loss_i + ½‖W‖²
//
// over standardised features, in float32. Its optimum is that of [head.LBFGS] with
// the same C where that standardises over the same rows. It is for one goroutine.
type Learner struct {
	Scale *Scale
	C     float64 // 0 means DefaultC

	classes []int       // of start
	start   [][]float64 // weights and bias of each class, where the last fit ended
	block   kernel.Block[float32]
}

// Forget lets the next fit begin with zeros.
func (l *Learner) Forget() { l.classes, l.start = nil, nil }

// Fit fits a head to the labels, which must be of two classes or more.
func (l *Learner) Fit(ctx context.Context, p Pool, known Labelled) (*Model, error) {
	classes := slices.Compact(slices.Sorted(slices.Values(known.Classes)))
	if len(classes) < 2 {
		return nil, fmt.Errorf("active: labels of %d classes; it takes two", len(classes))
	}
	f := l.problem(p, known, classes)
	theta := l.from(classes, p.D)
	if err := f.minimize(ctx, theta); err != nil {
		return nil, err
	}
	l.keep(classes, theta, p.D)
	return l.Scale.model(classes, theta, p.D), nil
}

// problem reads the labelled rows.
func (l *Learner) problem(p Pool, known Labelled, classes []int) *objective {
	n, d, c := known.Len(), p.D, len(classes)
	f := &objective{x: &l.block, n: n, d: d, c: c, y: make([]int, n), z: make([]float32, n*c), w: make([]float32, c*d), g: make([]float32, c*d)}
	penalty := l.C
	if penalty == 0 {
		penalty = DefaultC
	}
	f.ridge = 1 / (penalty * float64(n))
	f.x.Reset(n, d)
	workers := runtime.GOMAXPROCS(0)
	buffers := make([][]float32, workers)
	parallel.For(n, workers, func(i, worker int) {
		if buffers[worker] == nil {
			buffers[worker] = make([]float32, d)
		}
		l.Scale.apply(p.Row(known.Rows[i]), buffers[worker])
		f.x.Set(i, buffers[worker])
		f.y[i], _ = slices.BinarySearch(classes, known.Classes[i])
	})
	return f
}

// from is the parameters to begin with: those of the last fit, 0 for new classes.
func (l *Learner) from(classes []int, d int) []float64 {
	theta := make([]float64, len(classes)*(d+1))
	for k, c := range classes {
		if at := slices.Index(l.classes, c); at >= 0 && len(l.start[at]) == d+1 {
			copy(theta[k*d:(k+1)*d], l.start[at])
			theta[len(classes)*d+k] = l.start[at][d]
		}
	}
	return theta
}

func (l *Learner) keep(classes []int, theta []float64, d int) {
	l.classes, l.start = classes, nil
	for k := range classes {
		l.start = append(l.start, append(slices.Clone(theta[k*d:(k+1)*d]), theta[len(classes)*d+k]))
	}
}

// model folds the scaling into a head for rows as they are.
func (s *Scale) model(classes []int, theta []float64, d int) *Model {
	c := len(classes)
	h := &head.Head{Labels: make([]string, c), Dim: d, W: make([]float32, c*d), B: make([]float32, c)}
	for k := range c {
		h.Labels[k] = fmt.Sprint(classes[k])
		bias := theta[c*d+k]
		for j := range d {
			w := theta[k*d+j] * s.inverse[j]
			h.W[k*d+j] = float32(w)
			bias -= float64(w * s.mean[j])
		}
		h.B[k] = float32(bias)
	}
	return &Model{h, classes}
}

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
