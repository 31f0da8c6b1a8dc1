package kernel

import (
	"math"
	"slices"
	"testing"
)

// Dot and AddScaledDot have the order that the products of blocks have.
func TestVectors(t *testing.T) {
	for n := range 70 {
		x, y, z := numbers[float64]([]byte{1}, n), numbers[float64]([]byte{2}, n), numbers[float64]([]byte{3}, n)
		if n > 0 {
			var b Block[float64]
			b.Pack(x, n)
			var want [1]float64
			b.Dots(y, want[:], 1)
			equal(t, "dot", []float64{Dot(x, y)}, want[:])
		}
		apart, together := slices.Clone(y), slices.Clone(y)
		AddScaled(0.3, x, apart)
		product := AddScaledDot(0.3, x, together, z)
		equal(t, "sum", together, apart)
		equal(t, "product", []float64{product}, []float64{Dot(apart, z)})
	}
}

func TestAddScaledRows(t *testing.T) {
	for n := range 10 {
		const d = 37
		factors, x := numbers[float64]([]byte{4}, n), numbers[float64]([]byte{5}, n*d)
		want, got := numbers[float64]([]byte{6}, d), numbers[float64]([]byte{6}, d)
		for i, f := range factors {
			AddScaled(f, x[i*d:(i+1)*d], want)
		}
		AddScaledRows(factors, x, got)
		equal(t, "rows", got, want)
	}
}

func TestLog1p(t *testing.T) {
	for _, x := range []float64{0, 5e-324, 1e-300, 1e-17, 0x1p-53, 1e-8, 0.001, 0.3, 1, 2, 1e6, 1e300} {
		if got, want := Log1p(x), math.Log1p(x); math.Abs(got-want) > 1e-15*want {
			t.Errorf("Log1p(%v) = %v, want %v", x, got, want)
		}
	}
	if !math.IsInf(Log1p(math.Inf(1)), 1) || !math.IsNaN(Log1p(math.NaN())) {
		t.Error("of Inf or NaN")
	}
}
