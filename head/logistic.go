package head

import (
	"math"
	"runtime"

	"graft/head/internal/kernel"
	"graft/head/internal/parallel"
)

// logistic is the objective of L2-regularised logistic regression, scikit-learn's
//
//	F(W, b) = C·Σ_i s_i·loss_i + ½‖W‖²
//
// divided by C·Σ s_i, so that its size does not depend on n or C. The biases b are not
// penalised. With two classes there is one row of weights, that of the second class against
// the first, as in scikit-learn, whose penalty therefore differs from that of the softmax.
//
// Parameters are one vector: outputs×d weights, then the biases. Rows are dealt out in
// groups that depend on n alone, each summed in order, and the groups are added in order:
// the results do not depend on the number of cores.
type logistic struct {
	x       matrix
	rows    []int     // of x, in use
	y       []int     // classes of the rows in use
	s       []float64 // weights of the rows in use; nil: 1 each
	total   float64   // Σ s_i
	outputs int       // 1 for two classes, else C
	c       float64
	serial  bool  // use one goroutine: the caller solves several problems at once
	stretch bool  // minimise in coordinates of about the same curvature
	pass    *pass // goes over the rows for several problems at once; nil: this problem goes alone
	skip    int   // with pass: the piece of its rows that is not in use

	packed []kernel.Block[float64] // the rows in use, block after block; nil: they are read anew every time
	probs  []float64               // of each row in use and output, at the point of the last value
	sums   [][]float64
	loss   []float64
}

const (
	logisticBlock  = 64 // rows at a time
	logisticGroups = 8  // partial sums
)

func newLogistic(x matrix, rows, y []int, classes int, weights []float64) *logistic {
	p := &logistic{x: x, rows: rows, outputs: classes, y: make([]int, len(rows)), total: float64(len(rows))}
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
	p.grow(groups)
	if x.f64 != nil {
		p.pack()
	}
	return p
}

// grow makes room for the sums of so many groups.
func (p *logistic) grow(groups int) {
	p.sums, p.loss = make([][]float64, groups), make([]float64, groups)
	for g := range p.sums {
		p.sums[g] = make([]float64, p.dim())
	}
}

// pack keeps the rows in use as the blocks that products take.
func (p *logistic) pack() {
	for g := range p.sums {
		from, to := p.group(g)
		for ; from < to; from += logisticBlock {
			p.packed = append(p.packed, kernel.Block[float64]{})
			p.x.pack(p.rows[from:min(from+logisticBlock, to)], &p.packed[len(p.packed)-1], nil)
		}
	}
}

// group is the rows in use of group g: from … to − 1.
func (p *logistic) group(g int) (from, to int) {
	return g * len(p.rows) / len(p.sums), (g + 1) * len(p.rows) / len(p.sums)
}

// dim is the number of parameters.
func (p *logistic) dim() int { return p.outputs * (p.x.d + 1) }

// ridge is the factor of ½‖W‖² in the divided objective.
func (p *logistic) ridge() float64 { return 1 / (p.c * p.total) }

// value is the divided objective at theta; it sets gradient.
func (p *logistic) value(theta, gradient []float64) float64 {
	k := p.outputs
	p.inBlocks(func(g, from int, x logisticRows, z []float64) {
		x.apply(theta, z)
		if k == 1 {
			p.twoClasses(g, from, z)
			return
		}
		row := make([]float64, k)
		for i := range len(z) / k {
			p.loss[g] += p.rowLoss(row, z[i*k:(i+1)*k], from+i)
		}
	})
	f := 0.0
	for _, v := range p.loss {
		f += v
	}
	p.collect(gradient, theta)
	w := theta[:k*p.x.d]
	return f/p.total + float64(p.ridge()/2*kernel.Dot(w, w))
}

// rowLoss is the weighted loss of row r. It turns the logits z into the gradient by them and keeps
// the probabilities for the Hessian. e is scratch. The loss of a row that is well on its side is exact, as far
// as it goes: line searches compare sums of such.
func (p *logistic) rowLoss(e, z []float64, r int) float64 {
	s, own, top := p.weight(r), p.y[r], 0
	for j, v := range z {
		if v > z[top] {
			top = j
		}
	}
	loss := z[top] - z[own]
	kernel.Exp(z, z[top], e)
	e[top] = 0
	rest := 0.0 // of the sum, whose largest part is 1
	for _, v := range e {
		rest += v
	}
	e[top] = 1
	probs := p.probs[r*len(z) : (r+1)*len(z)]
	for j, v := range e {
		probs[j] = v / (1 + rest)
		z[j] = probs[j] * s
	}
	if own == top {
		z[own] = -rest / (1 + rest) * s
	} else {
		z[own] = (probs[own] - 1) * s
	}
	return float64(s * (loss + kernel.Log1p(rest)))
}

// twoClasses is rowLoss of rows from … on of two classes, the logit of the first being 0. It adds
// their losses to group g's.
func (p *logistic) twoClasses(g, from int, z []float64) {
	var room [logisticBlock]float64
	e := room[:len(z)]
	for i, v := range z {
		e[i] = -math.Abs(v)
	}
	kernel.Exp(e, 0, e)
	for i, v := range z {
		r, s := from+i, p.weight(from+i)
		first, second := 1/(1+e[i]), e[i]/(1+e[i])
		if v > 0 {
			first, second = second, first
		}
		p.probs[r] = second
		side, slope := v, second // side is above 0 on the wrong one
		if p.y[r] == 1 {
			side, slope = -v, -first
		}
		p.loss[g] += float64(s * (max(side, 0) + kernel.Log1p(e[i])))
		z[i] = slope * s
	}
}

func (p *logistic) weight(r int) float64 {
	if p.s == nil {
		return 1
	}
	return p.s[r]
}

// hessian sets out to the Hessian at the point of the last value, times v.
func (p *logistic) hessian(v, out []float64) {
	k := p.outputs
	p.inBlocks(func(_, from int, x logisticRows, z []float64) {
		x.apply(v, z)
		for i := range len(z) / k {
			r, row := from+i, z[i*k:(i+1)*k]
			probs := p.probs[r*k : (r+1)*k]
			var mean float64
			for j, q := range probs {
				mean += float64(q * row[j])
			}
			for j, q := range probs {
				row[j] = p.weight(r) * q * (row[j] - mean)
			}
		}
	})
	p.collect(out, v)
}

// blockFunc is what is done with a block of rows in use, of a group; see inBlocks.
type blockFunc func(group, from int, x logisticRows, z []float64)

// inBlocks calls f for all rows in use, in blocks: the rows from … with features x and one row of z
// each, which f sets to the factors of the rows in the group's sum.
func (p *logistic) inBlocks(f blockFunc) {
	if p.pass != nil {
		p.pass.join(passRequest{p, f})
		return
	}
	groups, workers := len(p.sums), 1
	if !p.serial {
		workers = min(groups, runtime.GOMAXPROCS(0))
	}
	buffers := make([]logisticBuffer, workers)
	parallel.For(groups, workers, func(g, worker int) {
		b := &buffers[worker]
		if b.z == nil {
			b.z = make([]float64, logisticBlock*p.outputs)
			b.row = make([]float64, p.x.d)
		}
		clear(p.sums[g])
		p.loss[g] = 0
		from, to := p.group(g)
		for at := p.firstBlock(g); from < to; from, at = from+logisticBlock, at+1 {
			n := min(logisticBlock, to-from)
			x, z := p.read(from, n, at, b), b.z[:n*p.outputs]
			f(g, from, x, z)
			x.accumulate(p.sums[g], z)
		}
	})
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
			out[j] += float64(p.ridge() * theta[j])
		}
	}
}

// predict gives the probabilities of rows of x at theta: len(rows)×classes.
func (p *logistic) predict(theta []float64, rows []int) []float64 {
	k, classes := p.outputs, max(p.outputs, 2)
	other := logistic{x: p.x, rows: rows, outputs: k}
	b := logisticBuffer{row: make([]float64, p.x.d), z: make([]float64, logisticBlock*k)}
	var out []float64
	for from := 0; from < len(rows); from += logisticBlock {
		n := min(logisticBlock, len(rows)-from)
		other.read(from, n, 0, &b).apply(theta, b.z[:n*k])
		for i := range n {
			row := b.z[i*k : (i+1)*k]
			if k == 1 {
				row = []float64{0, row[0]}
			}
			out = append(out, row...)
			softmax(out[len(out)-classes:])
		}
	}
	return out
}

// gap is an upper bound on the suboptimality of the divided objective where its gradient has this
// norm. The objective is strongly convex in the weights with modulus ridge, so that
// f − f* ≤ ‖gradient‖²/(2·ridge). The bound is relative to the penalty of theta, which is a part of
// f: the relative error of the weights is at most its root. Relative to f alone it would mean
// nothing where C is so small that the weights hardly count.
func (p *logistic) gap(theta []float64, gradientNorm float64) float64 {
	w := kernel.Norm(theta[:p.outputs*p.x.d])
	if w == 0 {
		w = math.SmallestNonzeroFloat64
	}
	bound := gradientNorm / (p.ridge() * w)
	return bound * bound
}
