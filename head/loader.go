package head

import "gonum.org/v1/gonum/blas/blas32"

// batchLoader gives the rows of some data in batches, in a new random order every epoch. It reads
// the next batch while the current one is trained on, so that disk and checksums cost no time of
// their own.
type batchLoader struct {
	data  Data
	scale *Standardizer // nil: features as they are
	drop  float64       // probability of feature dropout
	order []int32       // rows are counted in 32 bits: a permutation of 10⁸ rows is 400 MB
	fixed bool          // order is not shuffled

	shuffling, dropping random
	at, view            int
	batches             [2]batch
	reading             int           // the batch that is being read
	read                chan struct{} // closed when it has been read; nil if none is being read
}

// batch is x n×d with classes y, of the capacity of a full batch.
type batch struct {
	x   []float32
	y   []int
	err error
}

func newBatchLoader(d Data, s RMSprop, scale *Standardizer) *batchLoader {
	l := &batchLoader{
		data: d, scale: scale, drop: s.FeatureDropout,
		shuffling: newRandom(s.Seed, streamShuffle), dropping: newRandom(s.Seed, streamDropout),
	}
	for i := range l.batches {
		l.batches[i] = batch{x: make([]float32, s.Batch*d.Dim()), y: make([]int, s.Batch)}
	}
	if s.fixed != nil {
		l.order, l.fixed = s.fixed.order, true
		return l
	}
	l.order = make([]int32, d.Len())
	for i := range l.order {
		l.order[i] = int32(i)
	}
	return l
}

// start begins epoch e, counted from 0.
func (l *batchLoader) start(e int) {
	l.at, l.view = 0, 0
	if v, ok := l.data.(Viewer); ok && v.Views() > 0 {
		l.view = 1 + e%v.Views()
	}
	if !l.fixed {
		shuffle(l.shuffling, l.order)
	}
}

// next gives the next batch, x n×d with classes y; y is nil at the end of the epoch. The batch is
// overwritten by the next call. After next, stop must be called before anything else reads the
// data, unless next gave no rows.
func (l *batchLoader) next() (x blas32.General, y []int, err error) {
	if l.read == nil {
		l.ahead()
	}
	<-l.read
	b := &l.batches[l.reading]
	if b.err != nil || len(b.y) == 0 {
		l.read = nil
		return blas32.General{}, nil, b.err
	}
	l.ahead()
	return rowMajor(b.x, l.data.Dim()), b.y, nil
}

// stop waits for the batch that is being read ahead.
func (l *batchLoader) stop() {
	if l.read != nil {
		<-l.read
		l.read = nil
	}
}

// ahead starts to read a batch into the buffers that are not in use.
func (l *batchLoader) ahead() {
	l.reading = 1 - l.reading
	b, read := &l.batches[l.reading], make(chan struct{})
	l.read = read
	go func() {
		defer close(read)
		b.err = l.fill(b)
	}()
}

func (l *batchLoader) fill(b *batch) error {
	d := l.data.Dim()
	n := min(cap(b.y), len(l.order)-l.at)
	b.x, b.y = b.x[:n*d], b.y[:n]
	for k, i := range l.order[l.at : l.at+n] {
		row := b.x[k*d : (k+1)*d]
		if err := readRow(l.data, int(i), l.view, row); err != nil {
			return err
		}
		if l.scale != nil {
			l.scale.Apply(row)
		}
		b.y[k] = l.data.Label(int(i))
	}
	l.at += n
	if l.drop > 0 {
		dropout(l.dropping, b.x, l.drop)
	}
	return nil
}

// dropout sets values to 0 with probability p and multiplies the others by 1/(1−p). One draw
// decides about two values.
func dropout(r random, x []float32, p float64) {
	limit, scale := uint32(p*(1<<32)), float32(1/(1-p))
	for len(x) >= 2 {
		u := r.Uint64()
		x[0] = keep(uint32(u), limit, x[0]*scale)
		x[1] = keep(uint32(u>>32), limit, x[1]*scale)
		x = x[2:]
	}
	if len(x) == 1 {
		x[0] = keep(uint32(r.Uint64()), limit, x[0]*scale)
	}
}

func keep(u, limit uint32, v float32) float32 {
	if u < limit {
		return 0
	}
	return v
}
