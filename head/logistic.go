package head

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// logistic is the objective of L2-regularised logistic regression, as scikit-learn's
//
//	F(W, b) = C·Σ_i s_i·loss_i + ½‖W‖²
//
// divided by C·Σ s_i, so that its size does not depend on n or C. The biases b are not
// penalised. With two classes there is one row of weights, that of the second class against
// the first, as in scikit-learn, whose penalty therefore differs from the softmax's.
//
// Parameters are one vector: outputs×d weights, then the biases. Rows are dealt out in
// groups that depend on n alone, each summed in order, and the groups are added in order:
// the number of cores does not show.
type logistic struct {
	all     matrix
	x       matrix    // all, or a copy of the rows in use
	rows    []int     // of x, in use
	y       []int     // classes of the rows in use
	s       []float64 // weights of the rows in use; nil: 1 each
	total   float64   // Σ s_i
	outputs int       // 1 for two classes, else C
	c       float64
	serial  bool // one goroutine: the caller runs several problems at once

	probs []float64 // of each row in use and output, at the point last valued
	sums  [][]float64
	loss  []float64
}

const (
	logisticBlock  = 64 // rows at a time: gonum's block
	logisticGroups = 8  // sums that are made apart
)

func newLogistic(x matrix, rows, y []int, classes int, weights []float64) *logistic {
	p := &logistic{all: x, outputs: classes, y: make([]int, len(rows)), total: float64(len(rows))}
	p.x, p.rows = x.take(rows)
	if classes == 2 {
		p.outputs = 1
	}
	for k, i := range rows {
		p.y[k] = y[i]
	}
	if weights != nil {
		p.s, p.total = make([]float64, len(rows)), 0
		for k, c := range p.y {
			p.s[k] = weights[c]
			p.total += weights[c]
		}
	}
	p.probs = make([]float64, len(rows)*p.outputs)
	groups := min(logisticGroups, (len(rows)+4*logisticBlock-1)/(4*logisticBlock))
	p.sums, p.loss = make([][]float64, groups), make([]float64, groups)
	for g := range p.sums {
		p.sums[g] = make([]float64, p.dim())
	}
	return p
}

// dim is the number of parameters.
func (p *logistic) dim() int { return p.outputs * (p.x.d + 1) }

// ridge is the factor of ½‖W‖² in the divided objective.
func (p *logistic) ridge() float64 { return 1 / (p.c * p.total) }

// value is the divided objective at theta, and its gradient.
func (p *logistic) value(theta, gradient []float64) float64 {
	k := p.outputs
	loss := newCrossEntropy(max(k, 2), 0, nil)
	p.over(func(g int, at []int, x, z []float64) {
		p.apply(x, theta, z, len(at))
		row := make([]float64, max(k, 2))
		for i, r := range at {
			p.loss[g] += p.rowLoss(loss, row, z[i*k:(i+1)*k], r)
		}
	})
	f := 0.0
	for _, v := range p.loss {
		f += v
	}
	p.collect(gradient, theta)
	w := theta[:k*p.x.d]
	return f/p.total + p.ridge()/2*blas64.Dot(vector(w), vector(w))
}

// rowLoss is the weighted loss of row r; z is turned into the gradient by the logits, and
// the probabilities are kept for the Hessian.
func (p *logistic) rowLoss(loss *crossEntropy, row, z []float64, r int) float64 {
	k, s, own := p.outputs, p.weight(r), p.y[r]
	if k == 1 {
		row[0], row[1] = 0, z[0]
	} else {
		copy(row, z)
	}
	l := loss.row(row, own)
	copy(z, row[len(row)-k:])
	for j := range z {
		p.probs[r*k+j] = z[j]
		if own == j+len(row)-k {
			p.probs[r*k+j]++
		}
		z[j] *= s
	}
	return s * l
}

func (p *logistic) weight(r int) float64 {
	if p.s == nil {
		return 1
	}
	return p.s[r]
}

// product is the Hessian at the point last valued, times v.
func (p *logistic) product(v, out []float64) {
	k := p.outputs
	p.over(func(_ int, at []int, x, z []float64) {
		p.apply(x, v, z, len(at))
		for i, r := range at {
			probs, row := p.probs[r*k:(r+1)*k], z[i*k:(i+1)*k]
			var mean float64
			for j, q := range probs {
				mean += q * row[j]
			}
			for j, q := range probs {
				row[j] = p.weight(r) * q * (row[j] - mean)
			}
		}
	})
	p.collect(out, v)
}

// over hands out all rows in use in blocks: their numbers, their features, and z, which f
// fills with what multiplies the rows in the sum over them.
func (p *logistic) over(f func(group int, at []int, x, z []float64)) {
	d, k, groups := p.x.d, p.outputs, len(p.sums)
	group := func(g int, buf, z []float64) {
		clear(p.sums[g])
		p.loss[g] = 0
		from, to := g*len(p.rows)/groups, (g+1)*len(p.rows)/groups
		at := make([]int, logisticBlock)
		for ; from < to; from += logisticBlock {
			n := min(logisticBlock, to-from)
			for i := range n {
				at[i] = from + i
			}
			x := p.x.block(p.rows[from:from+n], buf)
			f(g, at[:n], x, z[:n*k])
			accumulate(p.sums[g], x, z[:n*k], n, d, k)
		}
	}
	var next atomic.Int64
	work := func() {
		var buf []float64
		if p.x.wide == nil {
			buf = make([]float64, logisticBlock*d)
		}
		z := make([]float64, logisticBlock*k)
		for g := int(next.Add(1)) - 1; g < groups; g = int(next.Add(1)) - 1 {
			group(g, buf, z)
		}
	}
	var wg sync.WaitGroup
	if !p.serial {
		for range min(groups, runtime.GOMAXPROCS(0)) - 1 {
			wg.Go(work)
		}
	}
	work()
	wg.Wait()
}

// apply is z = x·Wᵀ + b for n rows.
func (p *logistic) apply(x, theta, z []float64, n int) {
	d, k := p.x.d, p.outputs
	for i := range n {
		copy(z[i*k:(i+1)*k], theta[k*d:])
	}
	if k == 1 {
		blas64.Implementation().Dgemv(blas.NoTrans, n, d, 1, x, d, theta, 1, 1, z, 1)
		return
	}
	for j := 0; j < k; j += classChunk {
		m := min(classChunk, k-j)
		blas64.Implementation().Dgemm(blas.NoTrans, blas.Trans, n, m, d, 1, x, d, theta[j*d:], d, 1, z[j:], k)
	}
}

// accumulate adds zᵀ·x, and the sums of z, to the parameters in sum.
func accumulate(sum, x, z []float64, n, d, k int) {
	for j := range k {
		row := sum[j*d : (j+1)*d]
		for i := range n {
			v := z[i*k+j]
			blas64.Implementation().Daxpy(d, v, x[i*d:], 1, row, 1)
			sum[k*d+j] += v
		}
	}
}

// collect adds up the groups, divides, and adds the ridge times theta's weights.
func (p *logistic) collect(out, theta []float64) {
	clear(out)
	for _, s := range p.sums {
		for j, v := range s {
			out[j] += v
		}
	}
	weights := p.outputs * p.x.d
	for j := range out {
		out[j] /= p.total
		if j < weights {
			out[j] += p.ridge() * theta[j]
		}
	}
}

// predict gives the probabilities of rows of x at theta: len(rows)×classes.
func (p *logistic) predict(theta []float64, rows []int) []float64 {
	k, classes := p.outputs, max(p.outputs, 2)
	buf, z := make([]float64, logisticBlock*p.x.d), make([]float64, logisticBlock*k)
	var out []float64
	for block := range slices.Chunk(rows, logisticBlock) {
		p.apply(p.all.block(block, buf), theta, z, len(block))
		for i := range block {
			row := z[i*k : (i+1)*k]
			if k == 1 {
				row = []float64{0, row[0]}
			}
			out = append(out, row...)
			softmax(out[len(out)-classes:])
		}
	}
	return out
}

func vector(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

func norm(x []float64) float64 { return blas64.Nrm2(vector(x)) }

// gap bounds how far the divided objective is above its minimum where its gradient has this
// norm: it is strongly convex in the weights with modulus ridge, so that
// f − min ≤ ‖gradient‖²/(2·ridge). The bound is given relative to the penalty of theta, which
// is a part of f: the relative error of the weights is at most its root. Relative to f alone
// it would say nothing where C is so small that weights hardly pay.
func (p *logistic) gap(theta []float64, gradientNorm float64) float64 {
	w := norm(theta[:p.outputs*p.x.d])
	if w == 0 {
		w = math.SmallestNonzeroFloat64
	}
	bound := gradientNorm / (p.ridge() * w)
	return bound * bound
}
