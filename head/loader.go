package head

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"graft/head/internal/kernel"
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
	scale *Standardizer                            // nil: features as they are
	drop  float64                                  // probability of feature dropout
	size  int                                      // rows of a full batch
	reset func(b *kernel.Block[float32], n, d int) // see keepsRows
	order []int32                                  // rows are counted in 32 bits: a permutation of 10⁸ rows is 400 MB
	fixed bool                                     // order is not shuffled
	block *blockOrder                              // in place of order, of Blocked data; else nil

	shuffling, dropping random
	view                int
	readers             [][]float32 // a row for each goroutine that reads
	waited              time.Duration

	free, ready chan *batch
	current     *batch
	piece       int           // rows of a piece
	pieces      chan piece    // to be read
	quit        chan struct{} // closed to end the reading of an epoch
	reading     sync.WaitGroup
}

// batch is rows x with classes y.
type batch struct {
	x   kernel.Block[float32]
	y   []int
	err error

	rows   []int32 // their numbers, of Blocked data
	errs   []error // of each row
	unread atomic.Int32
	filled chan struct{} // closed when all of it has been read
}

// piece is rows of a batch, from row from on.
type piece struct {
	*batch
	rows []int32 // their numbers
	from int
}

const (
	rowsAhead  = 256 // rows that are read ahead if a batch is smaller
	rowReaders = 8   // goroutines that wait for a disk
	pieceRows  = 32  // what each of them reads at a time
)

// batchesAhead is how many batches there are: the one in use, and those that are read ahead.
func batchesAhead(size int) int { return 1 + max(1, rowsAhead/size) }

// Up to so many classes, of all candidates, rows are left as they are read: the products take less time than
// putting the rows in order. Large batches in order are more than the cache holds.
const (
	fewClasses           = 24
	fewClassesLargeBatch = 128
	largeBatch           = 512
)

func keepsRows(batch, classes int) bool {
	return classes <= fewClasses || batch >= largeBatch && classes <= fewClassesLargeBatch
}

func newBatchLoader(d Data, s RMSprop, scale *Standardizer, classes int) *batchLoader {
	l := &batchLoader{
		data: d, scale: scale, drop: s.FeatureDropout, size: s.Batch, reset: (*kernel.Block[float32]).Reset,
		shuffling: newRandom(s.Seed, streamShuffle), dropping: newRandom(s.Seed, streamDropout),
		readers: make([][]float32, 1), piece: s.Batch,
	}
	if keepsRows(s.Batch, classes) {
		l.reset = (*kernel.Block[float32]).ResetRows
	}
	// Dropout draws its numbers row after row, anew in every batch; and of blocks, memory holds a few.
	blocked, inBlocks := d.(Blocked)
	if concurrent(d) && l.drop == 0 && !inBlocks {
		l.readers, l.piece = make([][]float32, rowReaders), pieceRows
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
	if inBlocks {
		l.block = &blockOrder{data: blocked}
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
	l.quit, l.pieces = make(chan struct{}), make(chan piece, len(l.readers))
	l.reading.Go(l.deal)
	for _, row := range l.readers {
		l.reading.Go(func() {
			for p := range l.pieces {
				l.read(p, row)
			}
		})
	}
}

// deal deals batch after batch out to the readers. The last of an epoch has no rows.
func (l *batchLoader) deal() {
	defer close(l.pieces)
	for at := 0; ; {
		var b *batch
		select {
		case b = <-l.free:
		case <-l.quit:
			return
		}
		rows := l.rows(b, at)
		n := len(rows)
		l.prepare(b, n)
		l.ready <- b
		if n == 0 {
			return
		}
		for from := 0; from < n; from += l.piece {
			select {
			case l.pieces <- piece{b, rows[from:min(from+l.piece, n)], from}:
			case <-l.quit:
				return
			}
		}
		at += n
	}
}

// rows are those of b, the next batch, before which at were dealt out in this epoch.
func (l *batchLoader) rows(b *batch, at int) []int32 {
	if l.block != nil {
		b.rows = l.block.next(l.shuffling, b.rows[:0], l.size)
		return b.rows
	}
	return l.order[at : at+min(l.size, len(l.order)-at)]
}

// next gives the next batch, rows x with classes y; y is empty at the end of the epoch. The batch is
// overwritten after the next call.
func (l *batchLoader) next() (x *kernel.Block[float32], y []int, err error) {
	l.release()
	begin := time.Now()
	l.current = <-l.ready
	<-l.current.filled
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

// prepare makes room in b for n rows.
func (l *batchLoader) prepare(b *batch, n int) {
	l.reset(&b.x, n, l.data.Dim())
	b.y = slices.Grow(b.y[:0], n)[:n]
	b.err, b.errs, b.filled = nil, slices.Grow(b.errs[:0], n)[:n], make(chan struct{})
	b.unread.Store(int32((n + l.piece - 1) / l.piece))
	if n == 0 {
		close(b.filled)
	}
}

// read reads a piece of a batch.
func (l *batchLoader) read(p piece, scratch []float32) {
	drop := dropout{random: l.dropping, limit: uint32(l.drop * (1 << 32)), scale: float32(1 / (1 - l.drop))}
	for k, i := range p.rows {
		p.y[p.from+k] = l.data.Label(int(i))
		row := p.x.Row(p.from + k)
		inPlace := row != nil
		if !inPlace {
			row = scratch
		}
		err := readRow(l.data, int(i), l.view, row)
		p.errs[p.from+k] = err
		if err != nil {
			continue
		}
		if l.scale != nil {
			l.scale.Apply(row)
		}
		if l.drop > 0 {
			drop.apply(row)
		}
		if !inPlace {
			p.x.Set(p.from+k, row)
		}
	}
	if p.unread.Add(-1) == 0 {
		p.err = cmp.Or(p.errs...)
		close(p.filled)
	}
}
