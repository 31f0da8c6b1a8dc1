package head

import (
	"math"
	"runtime"
	"slices"

	"graft/head/internal/kernel"
	"graft/head/internal/parallel"
)

// optimizer is the parameters of some candidates on the same features, one below the other in one
// matrix, and RMSprop's state for them.
//
// Everything is float32, as in PyTorch. The state is as large as the weights and every step changes
// all of it, which for small batches costs as much as the products. So a few rows of the
// gradient are made at a time, for as many columns as the cache holds, and used up at once; the
// gradient never exists as a whole.
//
// Each value is computed by one goroutine, in an order that package kernel fixes, so the results
// depend neither on the number of cores nor on how the work is cut.
type optimizer struct {
	d      int
	w, b   kernel.Moments
	rates  []float64 // one per row of w
	factor float64   // of the rates, in this step
	recipe kernel.Step

	logits, slope []float32   // n×rows; the biases' gradient
	work          [][]float32 // a part of the gradient for each worker
}

func newOptimizer(s RMSprop, rates []float64, classes, d int) *optimizer {
	rows := classes * len(rates)
	o := &optimizer{
		d: d, w: newMoments(rows*d, s), b: newMoments(rows, s), rates: make([]float64, rows), factor: 1,
		recipe: kernel.Step{
			Alpha: float32(s.Alpha), Rest: float32(1 - s.Alpha), Eps: float32(s.Eps),
			Momentum: float32(s.Momentum), Decay: float32(s.WeightDecay),
		},
		slope: make([]float32, rows), work: make([][]float32, runtime.GOMAXPROCS(0)),
	}
	for i := range o.rates {
		o.rates[i] = rates[i/classes]
	}
	w, b := initialParameters(s, classes, d)
	for i := range rates {
		copy(o.w.P[i*classes*d:], w)
		copy(o.b.P[i*classes:], b)
	}
	return o
}

func newMoments(n int, s RMSprop) kernel.Moments {
	m := kernel.Moments{P: make([]float32, n), Square: make([]float32, n)}
	if s.Centered {
		m.Mean = make([]float32, n)
	}
	if s.Momentum > 0 {
		m.Momentum = make([]float32, n)
	}
	return m
}

// initialParameters are those of nn.Linear: weights, then biases, uniform in ±1/√d.
func initialParameters(s RMSprop, classes, d int) (w, b []float32) {
	if s.fixed != nil {
		return s.fixed.w, s.fixed.b
	}
	r, k := newRandom(s.Seed, streamStart), float32(1/math.Sqrt(float64(d)))
	w, b = make([]float32, classes*d), make([]float32, classes)
	for _, part := range [][]float32{w, b} {
		for i := range part {
			part[i] = (2*r.uniform() - 1) * k
		}
	}
	return w, b
}

// parameters is a copy of those of candidate g, of c classes each.
func (o *optimizer) parameters(g, c int) (w, b []float32) {
	return slices.Clone(o.w.P[g*c*o.d : (g+1)*c*o.d]), slices.Clone(o.b.P[g*c : (g+1)*c])
}

// forward is the logits of x, n×rows. They are overwritten by the next call.
func (o *optimizer) forward(x *kernel.Block[float32]) []float32 {
	n, rows := x.Len(), len(o.b.P)
	o.logits = slices.Grow(o.logits[:0], n*rows)[:n*rows]
	workers := o.workers(n)
	chunk := chunkOf(rows, workers)
	parallel.For((rows+chunk-1)/chunk, workers, func(i, _ int) {
		from, to := i*chunk, min((i+1)*chunk, rows)
		for i := range n {
			copy(o.logits[i*rows+from:i*rows+to], o.b.P[from:to])
		}
		x.Dots(o.w.P[from*o.d:to*o.d], o.logits[from:], rows)
	})
	return o.logits
}

// chunkOf is how many of some rows a worker takes at a time: a multiple of what a kernel takes.
func chunkOf(rows, workers int) int {
	const few, many = 6, 48
	return min(max(rows/(4*workers)/few*few, few), many)
}

// step moves all parameters, given x and the gradient of the loss by the logits, n×rows.
func (o *optimizer) step(x *kernel.Block[float32], gradient []float32) {
	n, rows := x.Len(), len(o.b.P)
	workers := o.workers(n)
	// A group of panels stays in the cache while the chunks of classes go over it.
	group := min(max(groupBytes/(n*x.PanelWidth()*4), 1), x.Panels())
	groups := (x.Panels() + group - 1) / group
	chunk := chunkOf(rows*groups, workers)
	chunks := (rows + chunk - 1) / chunk
	parallel.For(groups*chunks, workers, func(i, worker int) {
		from, to := i/chunks*group, min((i/chunks+1)*group, x.Panels())
		for j := i % chunks * chunk; j < min((i%chunks+1)*chunk, rows); j += classesAtATime {
			k := min(classesAtATime, rows-j)
			o.stepPart(x, kernel.Factors[float32]{Data: gradient[j:], Cols: k, Stride: rows}, part{worker, j, from, to})
		}
	})
	clear(o.slope)
	for i := range n {
		kernel.Axpy(1, gradient[i*rows:(i+1)*rows], o.slope)
	}
	for j := range rows {
		o.at(j).Apply(o.b.Part(j, j+1), o.slope[j:j+1])
	}
}

const (
	groupBytes     = 128 << 10 // of the rows of a group of panels
	classesAtATime = 6
)

// part is panels from … to − 1 of the weights of some classes, the first of which is row.
type part struct{ worker, row, from, to int }

// stepPart moves a part of the weights.
func (o *optimizer) stepPart(x *kernel.Block[float32], gradient kernel.Factors[float32], p part) {
	width := x.PanelWidth()
	stride := (p.to - p.from) * width
	g := slices.Grow(o.work[p.worker][:0], classesAtATime*stride)[:gradient.Cols*stride]
	o.work[p.worker] = g
	clear(g)
	for k := p.from; k < p.to; k++ {
		x.Panel(k, gradient, g[(k-p.from)*width:], stride)
	}
	first, last := p.from*width, min(p.to*width, o.d)
	for r := range gradient.Cols {
		j := p.row + r
		o.at(j).Apply(o.w.Part(j*o.d+first, j*o.d+last), g[r*stride:][:last-first])
	}
}

// at is the recipe with the present rate of row j.
func (o *optimizer) at(j int) kernel.Step {
	s := o.recipe
	s.Rate = float32(o.rates[j] * o.factor)
	return s
}

// workers is the number of goroutines that a batch of n rows is worth.
func (o *optimizer) workers(n int) int {
	if n*o.d*len(o.b.P) < 1<<21 { // about 50 µs of work
		return 1
	}
	return runtime.GOMAXPROCS(0)
}
