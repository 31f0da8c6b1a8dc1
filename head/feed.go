package head

// feed hands out the rows of some data in batches, in a new random order every epoch. While one
// batch is trained on, the next one is read, so that disk and checksums cost no time of their own.
type feed struct {
	data  Data
	scale *Standardizer
	drop  float64
	order []int32 // rows are counted in 32 bits: a permutation of 10⁸ rows is 400 MB
	fixed bool    // order stays as it is

	shuffling, dropping random
	at, view            int
	batches             [2]batch
	reading             int           // which of them is being read
	read                chan struct{} // closed when it has been read; nil if none is
}

// batch is x n×d with classes y, of a full batch's capacity.
type batch struct {
	x   []float32
	y   []int
	err error
}

func newFeed(d Data, s RMSprop, scale *Standardizer) *feed {
	f := &feed{
		data: d, scale: scale, drop: s.FeatureDropout,
		shuffling: newRandom(s.Seed, streamShuffle), dropping: newRandom(s.Seed, streamDropout),
	}
	for i := range f.batches {
		f.batches[i] = batch{x: make([]float32, s.Batch*d.Dim()), y: make([]int, s.Batch)}
	}
	if s.fixed != nil {
		f.order, f.fixed = s.fixed.order, true
		return f
	}
	f.order = make([]int32, d.Len())
	for i := range f.order {
		f.order[i] = int32(i)
	}
	return f
}

// start begins epoch e, counted from 0.
func (f *feed) start(e int) {
	f.at, f.view = 0, 0
	if v, ok := f.data.(Viewer); ok && v.Views() > 0 {
		f.view = 1 + e%v.Views()
	}
	if !f.fixed {
		shuffle(f.shuffling, f.order)
	}
}

// next gives the next batch, x n×d with classes y; no y at the end of the epoch. The slices
// are used again after the next call. After it, stop must be called before anything else reads
// the data, unless it gave no rows.
func (f *feed) next() (x []float32, y []int, err error) {
	if f.read == nil {
		f.ahead()
	}
	<-f.read
	b := &f.batches[f.reading]
	if b.err != nil || len(b.y) == 0 {
		f.read = nil
		return nil, nil, b.err
	}
	f.ahead()
	return b.x, b.y, nil
}

// stop waits for what is being read ahead.
func (f *feed) stop() {
	if f.read != nil {
		<-f.read
		f.read = nil
	}
}

// ahead begins to read a batch into the buffers that are not in use.
func (f *feed) ahead() {
	f.reading = 1 - f.reading
	b, read := &f.batches[f.reading], make(chan struct{})
	f.read = read
	go func() {
		defer close(read)
		b.err = f.fill(b)
	}()
}

func (f *feed) fill(b *batch) error {
	d := f.data.Dim()
	n := min(cap(b.y), len(f.order)-f.at)
	b.x, b.y = b.x[:n*d], b.y[:n]
	for k, i := range f.order[f.at : f.at+n] {
		row := b.x[k*d : (k+1)*d]
		if err := readRow(f.data, int(i), f.view, row); err != nil {
			return err
		}
		if f.scale != nil {
			f.scale.Apply(row)
		}
		b.y[k] = f.data.Label(int(i))
	}
	f.at += n
	if f.drop > 0 {
		dropout(f.dropping, b.x, f.drop)
	}
	return nil
}

// dropout zeroes values with probability p and multiplies the others by 1/(1−p). One draw
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
