package kernel

import (
	"math"
	"testing"
)

// Every float16 there and back, at every level, and numbers between two of them.
func TestHalf(t *testing.T) {
	var all []uint16
	for h := range 1 << 16 {
		if h&0x7c00 != 0x7c00 {
			all = append(all, uint16(h))
		}
	}
	levels(t, func() []float32 { out := make([]float32, len(all)); Widen(all, out); return out },
		func(l Level, got, want []float32) { equal(t, l.String()+" widen", got, want) })
	out := make([]float32, len(all))
	Widen(all, out)
	for i, x := range out {
		if got := Narrow(x); got != all[i] {
			t.Fatalf("%v becomes %#x, want %#x", x, got, all[i])
		}
		if i+1 == len(out) || all[i+1] != all[i]+1 {
			continue
		}
		even := all[i] + all[i]&1
		between := (x + out[i+1]) / 2
		for _, c := range []struct {
			x    float32
			want uint16
		}{
			{between, even},
			{math.Nextafter32(between, x), all[i]},
			{math.Nextafter32(between, out[i+1]), all[i+1]},
		} {
			if got := Narrow(c.x); got != c.want {
				t.Fatalf("%v becomes %#x, want %#x", c.x, got, c.want)
			}
		}
	}
}
