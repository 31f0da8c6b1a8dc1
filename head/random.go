package head

import (
	"math/bits"
	"math/rand/v2"
)

// Streams of random numbers: the second half of PCG's seed.
const (
	streamStart   = 1
	streamShuffle = 2
	streamDropout = 3
	streamFolds   = 4
)

// random draws numbers by algorithms that are fixed here, so that a seed means the same with every
// version of Go.
type random struct{ *rand.PCG }

func newRandom(seed, stream uint64) random { return random{rand.NewPCG(seed, stream)} }

// below is an integer in [0, n). Its bias is negligible for n far below 2⁶⁴.
func (r random) below(n int) int {
	hi, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(hi)
}

// uniform is in [0, 1), a multiple of 2⁻²⁴.
func (r random) uniform() float32 { return float32(r.Uint64()>>40) / (1 << 24) }

// shuffle permutes x at random (Fisher and Yates).
func shuffle[T any](r random, x []T) {
	for i := len(x) - 1; i > 0; i-- {
		j := r.below(i + 1)
		x[i], x[j] = x[j], x[i]
	}
}
