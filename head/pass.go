package head

import (
	"runtime"
	"sync"

	"graft/head/internal/parallel"
)

// pass goes over the rows of a cross-validation for the problems of all folds at once: a block of rows is
// read and standardised once, and serves every problem that has it in use while it is in the cache. Each
// problem is solved in a goroutine of its own, and a pass begins when all that are not yet solved
// wait for one. What a problem gets does not depend on which others take part.
type pass struct {
	x      matrix
	pieces [][]int // the rows of each fold
	starts []int   // how many rows the pieces before have

	mu      sync.Mutex
	open    int // problems that are being solved
	waiting []passRequest
	turn    chan struct{} // closed when those that wait have been served
}

// passRequest is a problem that waits, and what is to be done with its rows.
type passRequest struct {
	problem *logistic
	f       blockFunc
}

const (
	passBlock  = 32 // rows at a time
	passGroups = 2  // partial sums of each fold's rows
)

// newPass makes the pass of a cross-validation, and its problems: number j has all rows but those of
// splits[j].out, fold after fold.
func newPass(x matrix, splits []split, y []int, classes int, weights []float64) (*pass, []*logistic) {
	s := &pass{x: x, turn: make(chan struct{})}
	n := 0
	for _, sp := range splits {
		s.pieces, s.starts = append(s.pieces, sp.out), append(s.starts, n)
		n += len(sp.out)
	}
	problems := make([]*logistic, len(splits))
	for j := range problems {
		var rows []int
		for i, piece := range s.pieces {
			if i != j {
				rows = append(rows, piece...)
			}
		}
		p := newLogistic(x, rows, y, classes, weights)
		p.pass, p.skip = s, j
		p.grow((len(splits) - 1) * passGroups)
		problems[j] = p
	}
	return s, problems
}

// begin says that n problems are about to be solved; each must leave.
func (s *pass) begin(n int) { s.open = n }

// join waits until the rows of a problem have been gone over.
func (s *pass) join(r passRequest) {
	s.mu.Lock()
	s.waiting = append(s.waiting, r)
	turn := s.turn
	s.serve()
	s.mu.Unlock()
	<-turn
}

// leave says that a problem is solved.
func (s *pass) leave() {
	s.mu.Lock()
	s.open--
	s.serve()
	s.mu.Unlock()
}

// serve goes over the rows if every open problem waits. It holds the lock meanwhile: there is nobody else.
func (s *pass) serve() {
	if len(s.waiting) == 0 || len(s.waiting) < s.open {
		return
	}
	buffers := make([]passBuffer, runtime.GOMAXPROCS(0))
	parallel.For(len(s.pieces)*passGroups, len(buffers), func(i, worker int) {
		s.group(i/passGroups, i%passGroups, &buffers[worker])
	})
	s.waiting = s.waiting[:0]
	close(s.turn)
	s.turn = make(chan struct{})
}

// passBuffer is what a worker needs.
type passBuffer struct {
	logisticBuffer
	block logistic // reads the rows
}

// group goes over one group of the rows of a fold.
func (s *pass) group(fold, g int, b *passBuffer) {
	piece, k := s.pieces[fold], s.waiting[0].problem.outputs
	if b.z == nil {
		b.z, b.row = make([]float64, passBlock*k), make([]float64, s.x.d)
	}
	b.block = logistic{x: s.x, rows: piece, outputs: k}
	for _, r := range s.waiting {
		if at, ok := r.problem.groupOf(fold, g); ok {
			clear(r.problem.sums[at])
			r.problem.loss[at] = 0
		}
	}
	end := (g + 1) * len(piece) / passGroups
	for from := g * len(piece) / passGroups; from < end; from += passBlock {
		n := min(passBlock, end-from)
		x, z := b.block.read(from, n, 0, &b.logisticBuffer), b.z[:n*k]
		for _, r := range s.waiting {
			p := r.problem
			at, ok := p.groupOf(fold, g)
			if !ok {
				continue
			}
			own := s.starts[fold] + from
			if fold > p.skip {
				own -= len(s.pieces[p.skip])
			}
			r.f(at, own, x, z)
			x.accumulate(p.sums[at], z)
		}
	}
}

// groupOf is the number of a group of a fold's rows among those of the problem, if it has them.
func (p *logistic) groupOf(fold, g int) (at int, ok bool) {
	if fold > p.skip {
		fold--
	} else if fold == p.skip {
		return 0, false
	}
	return fold*passGroups + g, true
}
