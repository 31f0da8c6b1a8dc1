package head

import "graft/head/internal/kernel"

// batchLoader gives the rows of some data in batches, in a new random order every epoch. It reads
// the next batch while the current one is trained on, so that disk and checksums cost no time of
// their own.
type batchLoader struct {
	data  Data
	scale *Standardizer // nil: features as they are
	drop  float64       // probability of feature dropout
	row   []float32     // the one that is being read
	order []int32       // rows are counted in 32 bits: a permutation of 10⁸ rows is 400 MB
	fixed bool          // order is not shuffled

	shuffling, dropping random
	at, view            int
	batches             [2]batch
	reading             int           // the batch that is being read
	read                chan struct{} // closed when it has been read; nil if none is being read
}

// batch is rows x with classes y, of the capacity of a full batch.
type batch struct {
	x   kernel.Block[float32]
	y   []int
	err error
}

func newBatchLoader(d Data, s RMSprop, scale *Standardizer) *batchLoader {
	l := &batchLoader{
		data: d, scale: scale, drop: s.FeatureDropout, row: make([]float32, d.Dim()),
		shuffling: newRandom(s.Seed, streamShuffle), dropping: newRandom(s.Seed, streamDropout),
	}
	for i := range l.batches {
		l.batches[i] = batch{y: make([]int, s.Batch)}
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

// next gives the next batch, rows x with classes y; y is nil at the end of the epoch. The batch is
// overwritten by the next call. After next, stop must be called before anything else reads the
// data, unless next gave no rows.
func (l *batchLoader) next() (x *kernel.Block[float32], y []int, err error) {
	if l.read == nil {
		l.ahead()
	}
	<-l.read
	b := &l.batches[l.reading]
	if b.err != nil || len(b.y) == 0 {
		l.read = nil
		return nil, nil, b.err
	}
	l.ahead()
	return &b.x, b.y, nil
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
	n := min(cap(b.y), len(l.order)-l.at)
	b.x.Reset(n, l.data.Dim())
	b.y = b.y[:n]
	drop := dropout{random: l.dropping, limit: uint32(l.drop * (1 << 32)), scale: float32(1 / (1 - l.drop))}
	for k, i := range l.order[l.at : l.at+n] {
		if err := readRow(l.data, int(i), l.view, l.row); err != nil {
			return err
		}
		if l.scale != nil {
			l.scale.Apply(l.row)
		}
		if l.drop > 0 {
			drop.apply(l.row)
		}
		b.x.Set(k, l.row)
		b.y[k] = l.data.Label(int(i))
	}
	l.at += n
	return nil
}

// dropout sets values to 0 with probability limit/2³² and multiplies the others by scale. One draw
// decides about two values.
type dropout struct {
	random
	limit uint32
	scale float32
	half  uint32 // of a draw, if there is one left
	left  bool
}

func (o *dropout) apply(x []float32) {
	if o.left && len(x) > 0 {
		x[0] = o.keep(o.half, x[0])
		x, o.left = x[1:], false
	}
	for ; len(x) >= 2; x = x[2:] {
		u := o.Uint64()
		x[0], x[1] = o.keep(uint32(u), x[0]), o.keep(uint32(u>>32), x[1])
	}
	if len(x) == 1 {
		u := o.Uint64()
		x[0] = o.keep(uint32(u), x[0])
		o.half, o.left = uint32(u>>32), true
	}
}

func (o *dropout) keep(u uint32, v float32) float32 {
	if u < o.limit {
		return 0
	}
	return v * o.scale
}
