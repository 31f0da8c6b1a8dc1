package head

import (
	"sync"

	"graft/head/internal/kernel"
)

// addProduct adds x·wᵀ to z, for x n×d, w c×d and z n×c, whose rows are stride numbers apart.
func addProduct(z []float32, stride int, x, w []float32, d int) {
	b := blocks.Get().(*kernel.Block[float32])
	b.Pack(x, d)
	b.Dots(w, z, stride)
	blocks.Put(b)
}

// blocks is those that are not in use.
var blocks = sync.Pool{New: func() any { return new(kernel.Block[float32]) }}
