package active

import (
	"context"
	"runtime"
	"sync/atomic"

	"graft/head/internal/parallel"
)

// Scores are what a model says of every row of a pool.
type Scores struct {
	Class  []int32   // the most probable
	P      []float32 // its probability, 0…1
	Margin []float32 // that, less the probability of the next
}

// scoreChunk is how many rows are scored at once: they stay in the cache.
const scoreChunk = 64

// Score scores all rows of a pool, on all cores.
func Score(ctx context.Context, p Pool, m *Model) (*Scores, error) {
	n, c := p.Len(), len(m.Classes)
	s := &Scores{make([]int32, n), make([]float32, n), make([]float32, n)}
	workers := runtime.GOMAXPROCS(0)
	buffers := make([][]float64, workers)
	var stop atomic.Bool
	parallel.For((n+scoreChunk-1)/scoreChunk, workers, func(chunk, worker int) {
		if stop.Load() || chunk%64 == 0 && ctx.Err() != nil {
			stop.Store(true)
			return
		}
		if buffers[worker] == nil {
			buffers[worker] = make([]float64, scoreChunk*c)
		}
		from := chunk * scoreChunk
		to := min(from+scoreChunk, n)
		probs := buffers[worker][:(to-from)*c]
		m.Predict(p.X[from*p.D:to*p.D], probs)
		for i := from; i < to; i++ {
			s.set(i, m.Classes, probs[(i-from)*c:(i-from+1)*c])
		}
	})
	if stop.Load() {
		return nil, context.Cause(ctx)
	}
	return s, nil
}

func (s *Scores) set(i int, classes []int, p []float64) {
	top, second := 0, -1
	for k := 1; k < len(p); k++ {
		switch {
		case p[k] > p[top]:
			top, second = k, top
		case second < 0 || p[k] > p[second]:
			second = k
		}
	}
	s.Class[i], s.P[i], s.Margin[i] = int32(classes[top]), float32(p[top]), float32(p[top]-p[second])
}
