// Package parallel deals work out to the cores.
package parallel

import (
	"sync"
	"sync/atomic"
)

// For calls f for i = 0…n−1, each once, and returns when all calls have. They are made by at most
// workers goroutines, the caller's among them; worker, 0…workers−1, is the number of the one that
// makes the call, so that each can have buffers of its own.
func For(n, workers int, f func(i, worker int)) {
	var next atomic.Int64
	work := func(worker int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i, worker)
		}
	}
	var others sync.WaitGroup
	for k := 1; k < min(workers, n); k++ {
		others.Go(func() { work(k) })
	}
	work(0)
	others.Wait()
}
