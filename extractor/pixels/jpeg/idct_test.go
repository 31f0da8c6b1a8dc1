package jpeg

import (
	"math/rand/v2"
	"testing"
)

// The transform of two numbers at once gives what that of one at a time does, inverseSaturating, as
// long as no sum can overflow 16 bits.
func TestInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 20000 {
		var blk block
		left := int32(noOverflow)
		put := func(k int) {
			v := r.Int32N(2*left/3+2) - left/3
			blk.c[zigzag[k]], left = v, left-abs(v)
			blk.total += abs(v)
		}
		put(0)
		for range r.IntN(1 + i%64) { // from one coefficient to many
			if k := 1 + r.IntN(1+i/16%63); blk.c[zigzag[k]] == 0 {
				put(k)
				blk.seen |= places[k]
			}
		}
		one, two := blk, blk
		var want, got [64]byte
		one.inverseSaturating(want[:], 8)
		two.inverse(got[:], 8, 8)
		if got != want {
			t.Fatalf("%v gives\n%v, want\n%v", blk.c, got, want)
		}
	}
}
