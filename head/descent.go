package head

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas/blas32"
)

// descent is the parameters of some heads on the same features, one below the other in one
// matrix, and RMSprop's state for them.
//
// Everything is float32, as in PyTorch: gonum's sgemm does about 20 GFLOP/s on a core here,
// twice what dgemm does, and there is half as much to fetch. The state is as large as the
// weights and every step changes all of it, which for small batches costs about as much as
// the products. So one class's gradient is made of whole rows (saxpy: 24 GFLOP/s) and used
// up while it is still in the cache; the gradient never exists as a whole.
//
// Classes are dealt out to the cores in chunks. Each value is computed by one goroutine, in
// an order that depends on the shapes alone, so the number of cores does not show.
type descent struct {
	d     int
	w, b  moments
	rates []float32 // one a row of w

	alpha, rest, eps, mu, decay float32 // rest is 1 − alpha, rounded once as PyTorch does
	centered                    bool

	logits, delta []float32 // n×rows, and its transpose
	work          []float32 // one class's gradient for each worker
}

// moments is parameters and what RMSprop remembers about each.
type moments struct{ p, square, mean, momentum []float32 }

// stepChunk is the number of classes in a share of the work of a step.
const stepChunk = 16

func newDescent(s RMSprop, rates []float64, classes, d int) *descent {
	rows := classes * len(rates)
	t := &descent{
		d: d, w: newMoments(rows*d, s), b: newMoments(rows, s), rates: make([]float32, rows),
		alpha: float32(s.Alpha), rest: float32(1 - s.Alpha), eps: float32(s.Eps), mu: float32(s.Momentum), decay: float32(s.WeightDecay),
		centered: s.Centered,
	}
	for i := range t.rates {
		t.rates[i] = float32(rates[i/classes])
	}
	w, b := startingPoint(s, classes, d)
	for i := range rates {
		copy(t.w.p[i*classes*d:], w)
		copy(t.b.p[i*classes:], b)
	}
	return t
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

// startingPoint is nn.Linear's: weights, then biases, uniform in ±1/√d.
func startingPoint(s RMSprop, classes, d int) (w, b []float32) {
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

// lane is a copy of the parameters of head g, of c classes each.
func (t *descent) lane(g, c int) (w, b []float32) {
	return slices.Clone(t.w.p[g*c*t.d : (g+1)*c*t.d]), slices.Clone(t.b.p[g*c : (g+1)*c])
}

// forward is the logits of x, n×d: n×rows. The slice is used again.
func (t *descent) forward(x []float32, n int) []float32 {
	rows := len(t.b.p)
	t.logits = slices.Grow(t.logits[:0], n*rows)[:n*rows]
	t.share(n, func(from, to, _ int) {
		for i := range n {
			copy(t.logits[i*rows+from:i*rows+to], t.b.p[from:to])
		}
		product(x, t.w.p[from*t.d:to*t.d], t.logits[from:], n, t.d, rows)
	})
	return t.logits
}

// step moves all parameters, given x, n×d, and the gradient of the loss by the logits,
// n×rows.
func (t *descent) step(x, gradient []float32, n int) {
	rows := len(t.b.p)
	t.delta = slices.Grow(t.delta[:0], n*rows)[:n*rows]
	for i := range n {
		for j, v := range gradient[i*rows : (i+1)*rows] {
			t.delta[j*n+i] = v
		}
	}
	t.work = slices.Grow(t.work[:0], t.d*t.workers(n))[:t.d*t.workers(n)]
	t.share(n, func(from, to, worker int) {
		g := t.work[worker*t.d : (worker+1)*t.d]
		for j := from; j < to; j++ {
			delta := t.delta[j*n : (j+1)*n]
			clear(g)
			for i, v := range delta {
				blas32.Implementation().Saxpy(t.d, v, x[i*t.d:], 1, g, 1)
			}
			t.update(t.w.part(j*t.d, (j+1)*t.d), g, t.rates[j])
			t.update(t.b.part(j, j+1), []float32{sum(delta)}, t.rates[j])
		}
	})
}

func sum(x []float32) (s float32) {
	for _, v := range x {
		s += v
	}
	return s
}

// workers is the number of goroutines that pay for a batch of n rows.
func (t *descent) workers(n int) int {
	chunks := (len(t.b.p) + stepChunk - 1) / stepChunk
	if n*t.d*len(t.b.p) < 1<<19 { // about 50 µs of work
		return 1
	}
	return min(chunks, runtime.GOMAXPROCS(0))
}

// share calls f for chunks of the classes on all cores and waits.
func (t *descent) share(n int, f func(from, to, worker int)) {
	rows := len(t.b.p)
	var next atomic.Int64
	work := func(worker int) {
		for {
			from := int(next.Add(stepChunk)) - stepChunk
			if from >= rows {
				return
			}
			f(from, min(from+stepChunk, rows), worker)
		}
	}
	var wg sync.WaitGroup
	for k := range t.workers(n) - 1 {
		wg.Go(func() { work(k + 1) })
	}
	work(0)
	wg.Wait()
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

// update is the step of torch.optim.RMSprop for parameters with gradient g, which is used
// up. The plain recipe has a loop of its own: it is the one that runs nearly always.
func (t *descent) update(m moments, g []float32, rate float32) {
	if t.decay != 0 {
		for i, p := range m.p[:len(g)] {
			g[i] += t.decay * p
		}
	}
	alpha, eps, rest := t.alpha, t.eps, t.rest
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
			move += t.mu * m.momentum[i]
			m.momentum[i] = move
		}
		p[i] -= rate * move
	}
}

// sqrt compiles to one instruction on float32.
func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }
