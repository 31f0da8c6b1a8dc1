package parallel

import (
	"sync/atomic"
	"testing"
)

func TestFor(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		for _, workers := range []int{0, 1, 3, 2000} {
			calls, busy := make([]atomic.Int64, n), make([]atomic.Bool, max(workers, 1))
			For(n, workers, func(i, worker int) {
				if busy[worker].Swap(true) {
					t.Errorf("worker %d makes two calls at a time", worker)
				}
				calls[i].Add(1)
				busy[worker].Store(false)
			})
			for i := range calls {
				if k := calls[i].Load(); k != 1 {
					t.Fatalf("%d calls for %d of %d", k, i, n)
				}
			}
		}
	}
}
