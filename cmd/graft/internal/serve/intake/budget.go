package intake

import "sync"

// A Budget bounds the bytes that the bodies of all requests take in memory.
type Budget struct {
	mu   sync.Mutex
	left int64
}

// NewBudget makes one of n bytes.
func NewBudget(n int64) *Budget { return &Budget{left: n} }

// take takes n bytes, if there are so many.
func (b *Budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n > b.left {
		return false
	}
	b.left -= n
	return true
}

func (b *Budget) give(n int64) {
	b.mu.Lock()
	b.left += n
	b.mu.Unlock()
}

// Free is how many bytes are left.
func (b *Budget) Free() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left
}
