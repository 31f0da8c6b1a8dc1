package head

import "graft/head/internal/kernel"

// firstBlock is the number of the first block of group g.
func (p *logistic) firstBlock(g int) (n int) {
	for g--; g >= 0; g-- {
		from, to := p.group(g)
		n += (to - from + logisticBlock - 1) / logisticBlock
	}
	return n
}

// logisticBuffer is what a worker needs.
type logisticBuffer struct {
	packed kernel.Block[float64]
	theta  kernel.Block[float64] // of two classes
	rows   []float64
	row, z []float64
}

// read gives n rows in use, from from on, which are block number at.
func (p *logistic) read(from, n, at int, b *logisticBuffer) logisticRows {
	r := logisticRows{d: p.x.d, k: p.outputs}
	if p.packed != nil {
		r.packed = &p.packed[at]
		return r
	}
	rows := p.rows[from : from+n]
	if p.outputs > 1 || p.x.f64 != nil {
		p.x.pack(rows, &b.packed, b.row)
		r.packed = &b.packed
		return r
	}
	if b.rows == nil {
		b.rows = make([]float64, logisticBlock*p.x.d)
	}
	scratch := p.x.scratch()
	for k, i := range rows {
		p.x.standardized(i, b.rows[k*p.x.d:(k+1)*p.x.d], scratch)
	}
	r.x, r.theta = b.rows[:n*p.x.d], &b.theta
	return r
}

// logisticRows is a block of rows of d features for k outputs: packed, or, if they are read for a single output, as
// they are. Then weights are packed, which is less work.
type logisticRows struct {
	d, k   int
	packed *kernel.Block[float64]
	x      []float64
	theta  *kernel.Block[float64]
}

// apply sets z to x·Wᵀ + b.
func (r logisticRows) apply(theta, z []float64) {
	n := len(z) / r.k
	for i := range n {
		copy(z[i*r.k:(i+1)*r.k], theta[r.k*r.d:])
	}
	if r.x != nil {
		r.theta.Pack(theta[:r.d], r.d)
		r.theta.Dots(r.x, z, n)
		return
	}
	r.packed.Dots(theta[:r.k*r.d], z, r.k)
}

// accumulate adds zᵀ·x to the weights in sum, and the column sums of z to its biases.
func (r logisticRows) accumulate(sum, z []float64) {
	biases := sum[r.k*r.d:]
	for i := range len(z) / r.k {
		for j, v := range z[i*r.k : (i+1)*r.k] {
			biases[j] += v
		}
	}
	if r.x != nil {
		kernel.AddScaledRows(z, r.x, sum[:r.d])
		return
	}
	r.packed.Combine(kernel.Factors[float64]{Data: z, Cols: r.k, Stride: r.k}, sum[:r.k*r.d])
}
