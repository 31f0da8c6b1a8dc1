package active

import (
	"context"
	"fmt"
	"runtime"
	"slices"

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
