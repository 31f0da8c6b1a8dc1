package head

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"graft/head/internal/kernel"
	"graft/head/internal/parallel"
)

// Concurrent is rows that several goroutines may ask for at once, if SafeForConcurrentUse says so. Reading
// from a disk is faster then.
type Concurrent interface {
	Rows
	SafeForConcurrentUse() bool
}

// concurrent reports whether several goroutines may ask for rows of r.
func concurrent(r Rows) bool {
	c, ok := r.(Concurrent)
	return ok && c.SafeForConcurrentUse()
}

// batchLoader gives the rows of some data in batches, in a new random order every epoch. It reads
// the next batches while the current one is trained on, so that disk and checksums cost no time of
// their own.
type batchLoader struct {
	data  Data
	scale *Standardizer // nil: features as they are
	drop  float64       // probability of feature dropout
	size  int           // rows of a full batch
	order []int32       // rows are counted in 32 bits: a permutation of 10⁸ rows is 400 MB
	fixed bool          // order is not shuffled
	block *blockOrder   // in place of order, of Blocked data; else nil

	shuffling, dropping random
	view                int
	readers             [][]float32 // a row for each goroutine that reads
	waited              time.Duration

	free, ready chan *batch
	current     *batch
	quit        chan struct{} // closed to end the reading of an epoch
	reading     sync.WaitGroup
}

// batch is rows x with classes y.
type batch struct {
	x   kernel.Block[float32]
	y   []int
	err error

	errs []error // of each row
}

const (
	rowsAhead  = 256 // rows that are read ahead if a batch is smaller
	rowReaders = 8   // goroutines that wait for a disk
)

// batchesAhead is how many batches there are: the one in use, and those that are read ahead.
func batchesAhead(size int) int { return 1 + max(1, rowsAhead/size) }

func newBatchLoader(d Data, s RMSprop, scale *Standardizer) *batchLoader {
	l := &batchLoader{
		data: d, scale: scale, drop: s.FeatureDropout, size: s.Batch,
		shuffling: newRandom(s.Seed, streamShuffle), dropping: newRandom(s.Seed, streamDropout),
		readers: make([][]float32, 1),
	}
	if concurrent(d) && l.drop == 0 { // dropout draws its numbers row after row
		l.readers = make([][]float32, rowReaders)
	}
	for i := range l.readers {
		l.readers[i] = make([]float32, d.Dim())
	}
	n := batchesAhead(s.Batch)
	l.free, l.ready = make(chan *batch, n), make(chan *batch, n)
	for range n {
		l.free <- new(batch)
	}
	if s.fixed != nil {
		l.order, l.fixed = s.fixed.order, true
		return l
	}
	if b, ok := d.(Blocked); ok {
		l.block = &blockOrder{data: b}
		return l
	}
	l.order = make([]int32, d.Len())
	for i := range l.order {
		l.order[i] = int32(i)
	}
	return l
}

// start begins epoch e, counted from 0. After it, stop must be called before anything else reads the
// data or another epoch starts.
func (l *batchLoader) start(e int) {
	l.view = 0
	if v, ok := l.data.(Viewer); ok && v.Views() > 0 {
		l.view = 1 + e%v.Views()
	}
	switch {
	case l.block != nil:
		l.block.shuffle(l.shuffling)
	case !l.fixed:
		shuffle(l.shuffling, l.order)
	}
	l.quit = make(chan struct{})
	l.reading.Go(l.read)
}

// read reads batch after batch. The last of an epoch has no rows, or an error.
func (l *batchLoader) read() {
	for at := 0; ; {
		var b *batch
		select {
		case b = <-l.free:
		case <-l.quit:
			return
		}
		rows := l.rows(at)
		b.err = l.fill(b, rows)
		l.ready <- b
		if len(rows) == 0 || b.err != nil {
			return
		}
		at += len(rows)
	}
}

// rows are those of the next batch, of which at have been read before in this epoch.
func (l *batchLoader) rows(at int) []int32 {
	if l.block != nil {
		return l.block.next(l.shuffling, l.size)
	}
	return l.order[at : at+min(l.size, len(l.order)-at)]
}

// next gives the next batch, rows x with classes y; y is empty at the end of the epoch. The batch is
// overwritten after the next call.
func (l *batchLoader) next() (x *kernel.Block[float32], y []int, err error) {
	l.release()
	begin := time.Now()
	l.current = <-l.ready
	l.waited += time.Since(begin)
	return &l.current.x, l.current.y, l.current.err
}

func (l *batchLoader) release() {
	if l.current != nil {
		l.free <- l.current
		l.current = nil
	}
}

// stop ends the epoch: nothing reads the data when it returns.
func (l *batchLoader) stop() {
	close(l.quit)
	l.reading.Wait()
	l.release()
	for len(l.ready) > 0 {
		l.free <- <-l.ready
	}
}

// fill makes b the rows named.
func (l *batchLoader) fill(b *batch, rows []int32) error {
	b.x.Reset(len(rows), l.data.Dim())
	b.y = b.y[:0]
	for _, i := range rows {
		b.y = append(b.y, l.data.Label(int(i)))
	}
	drop := dropout{random: l.dropping, limit: uint32(l.drop * (1 << 32)), scale: float32(1 / (1 - l.drop))}
	b.errs = slices.Grow(b.errs[:0], len(rows))[:len(rows)]
	parallel.For(len(rows), len(l.readers), func(k, reader int) {
		row := l.readers[reader]
		if b.errs[k] = readRow(l.data, int(rows[k]), l.view, row); b.errs[k] != nil {
			return
		}
		if l.scale != nil {
			l.scale.Apply(row)
		}
		if l.drop > 0 {
			drop.apply(row)
		}
		b.x.Set(k, row)
	})
	return cmp.Or(b.errs...)
}
