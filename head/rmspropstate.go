package head

import (
	"math"
	"runtime"
	"slices"

	"gonum.org/v1/gonum/blas/blas32"

	"graft/head/internal/parallel"
)

// optimizer is the parameters of some candidates on the same features, one below the other in one
// matrix, and RMSprop's state for them.
//
// Everything is float32, as in PyTorch: gonum's sgemm does about 20 GFLOP/s on a core here,
// twice what dgemm does, and there is half as much to fetch. The state is as large as the
// weights and every step changes all of it, which for small batches costs about as much as
// the products. So the gradient of one class is made of whole rows (saxpy: 24 GFLOP/s) and used
// up while it is still in the cache; the gradient never exists as a whole.
//
// Classes are dealt out to the cores in chunks. Each value is computed by one goroutine, in
// an order that depends on the shapes alone, so the results do not depend on the number of cores.
type optimizer struct {
	d     int
	w, b  moments
	rates []float32 // one per row of w

	alpha, rest, eps, mu, decay float32 // rest is 1 − alpha, rounded once as PyTorch does
	centered                    bool

	logits, delta []float32 // n×rows, and its transpose
	work          []float32 // the gradient of one class for each worker
}

// moments is parameters p and what RMSprop keeps for each: moving averages of the squared gradient
// and, if they are in use, of the gradient and of the steps.
type moments struct{ p, square, mean, momentum []float32 }

// stepChunk is the number of classes in a chunk of the work.
const stepChunk = 16

func newOptimizer(s RMSprop, rates []float64, classes, d int) *optimizer {
	rows := classes * len(rates)
	o := &optimizer{
		d: d, w: newMoments(rows*d, s), b: newMoments(rows, s), rates: make([]float32, rows),
		alpha: float32(s.Alpha), rest: float32(1 - s.Alpha), eps: float32(s.Eps), mu: float32(s.Momentum), decay: float32(s.WeightDecay),
		centered: s.Centered,
	}
	for i := range o.rates {
		o.rates[i] = float32(rates[i/classes])
	}
	w, b := initialParameters(s, classes, d)
	for i := range rates {
		copy(o.w.p[i*classes*d:], w)
		copy(o.b.p[i*classes:], b)
	}
	return o
}

func newMoments(n int, s RMSprop) moments {
	m := moments{p: make([]float32, n), square: make([]float32, n)}
	if s.Centered {
		m.mean = make([]float32, n)
	}
	if s.Momentum > 0 {
		m.momentum = make([]float32, n)
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
	return slices.Clone(o.w.p[g*c*o.d : (g+1)*c*o.d]), slices.Clone(o.b.p[g*c : (g+1)*c])
}

// forward is the logits of x, n×d: n×rows. They are overwritten by the next call.
func (o *optimizer) forward(x blas32.General) blas32.General {
	rows := len(o.b.p)
	o.logits = slices.Grow(o.logits[:0], x.Rows*rows)[:x.Rows*rows]
	o.inChunks(x.Rows, func(from, to, _ int) {
		for i := range x.Rows {
			copy(o.logits[i*rows+from:i*rows+to], o.b.p[from:to])
		}
		z := blas32.General{Rows: x.Rows, Cols: to - from, Stride: rows, Data: o.logits[from:]}
		addProduct(z, x, rowMajor(o.w.p[from*o.d:to*o.d], o.d))
	})
	return rowMajor(o.logits, rows)
}

// step moves all parameters, given x, n×d, and the gradient of the loss by the logits, n×rows.
func (o *optimizer) step(x, gradient blas32.General) {
	n, rows := x.Rows, gradient.Cols
	o.delta = slices.Grow(o.delta[:0], n*rows)[:n*rows]
	for i := range n {
		for j, v := range gradient.Data[i*rows : (i+1)*rows] {
			o.delta[j*n+i] = v
		}
	}
	o.work = slices.Grow(o.work[:0], o.d*o.workers(n))[:o.d*o.workers(n)]
	o.inChunks(n, func(from, to, worker int) {
		g := o.work[worker*o.d : (worker+1)*o.d]
		for j := from; j < to; j++ {
			delta := o.delta[j*n : (j+1)*n]
			clear(g)
			for i, v := range delta {
				blas32.Implementation().Saxpy(o.d, v, x.Data[i*o.d:], 1, g, 1)
			}
			o.update(o.w.part(j*o.d, (j+1)*o.d), g, o.rates[j])
			o.update(o.b.part(j, j+1), []float32{sum(delta)}, o.rates[j])
		}
	})
}

func sum(x []float32) (s float32) {
	for _, v := range x {
		s += v
	}
	return s
}

// workers is the number of goroutines that a batch of n rows is worth.
func (o *optimizer) workers(n int) int {
	chunks := (len(o.b.p) + stepChunk - 1) / stepChunk
	if n*o.d*len(o.b.p) < 1<<19 { // about 50 µs of work
		return 1
	}
	return min(chunks, runtime.GOMAXPROCS(0))
}

// inChunks calls f for chunks of the rows of w, on as many cores as a batch of n rows is worth.
func (o *optimizer) inChunks(n int, f func(from, to, worker int)) {
	rows := len(o.b.p)
	parallel.For((rows+stepChunk-1)/stepChunk, o.workers(n), func(chunk, worker int) {
		f(chunk*stepChunk, min((chunk+1)*stepChunk, rows), worker)
	})
}

func (m moments) part(from, to int) moments {
	m.p, m.square = m.p[from:to], m.square[from:to]
	if m.mean != nil {
		m.mean = m.mean[from:to]
	}
	if m.momentum != nil {
		m.momentum = m.momentum[from:to]
	}
	return m
}

// update is the step of torch.optim.RMSprop for parameters with gradient g, which it overwrites.
// The default recipe has a loop of its own: it is the one that nearly always runs.
func (o *optimizer) update(m moments, g []float32, rate float32) {
	if o.decay != 0 {
		for i, p := range m.p[:len(g)] {
			g[i] += o.decay * p
		}
	}
	alpha, eps, rest := o.alpha, o.eps, o.rest
	p, square := m.p[:len(g)], m.square[:len(g)]
	if m.mean == nil && m.momentum == nil {
		for i, gi := range g {
			v := alpha*square[i] + rest*gi*gi
			square[i] = v
			p[i] -= rate * (gi / (sqrt(v) + eps))
		}
		return
	}
	for i, gi := range g {
		v := alpha*square[i] + rest*gi*gi
		square[i] = v
		if m.mean != nil {
			a := alpha*m.mean[i] + rest*gi
			m.mean[i] = a
			v = max(v-a*a, 0) // below 0 by rounding only
		}
		move := gi / (sqrt(v) + eps)
		if m.momentum != nil {
			move += o.mu * m.momentum[i]
			m.momentum[i] = move
		}
		p[i] -= rate * move
	}
}

// sqrt compiles to one instruction on float32.
func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }
