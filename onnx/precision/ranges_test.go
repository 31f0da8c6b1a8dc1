package precision

import (
	"math"
	"testing"
)

// TestHistogram: counts survive widening and merging.
func TestHistogram(t *testing.T) {
	var a, b histogram
	for i := range 1000 {
		a.count([]float32{float32(i) / 1000, 0})
		b.count([]float32{-float32(i) * 3})
	}
	if a.total() != 999 || b.total() != 999 || a.width != 1 || b.width != 4096 {
		t.Fatalf("%v values in ±%v, %v in ±%v", a.total(), a.width, b.total(), b.width)
	}
	a.merge(&b)
	if a.total() != 2*999 || a.min != -2997 || a.max != 0.999 || a.width != 4096 {
		t.Errorf("merged: %v values, %v…%v in ±%v", a.total(), a.min, a.max, a.width)
	}
	var c histogram
	c.merge(&a)
	if c.counts != a.counts {
		t.Error("merged into an empty one: another histogram")
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if c.count([]float32{float32(v)}) || c.total() != a.total() {
			t.Errorf("%v was counted", v)
		}
	}
}

// TestRanges: outliers count by minimum and maximum, and hardly otherwise.
func TestRanges(t *testing.T) {
	var h histogram
	for i := range 300_000 {
		h.count([]float32{float32(i%1000) / 1000, -float32(i%1000) / 2000})
	}
	h.count([]float32{8, -8})
	for m, want := range map[Method]valueRange{MinMax: {-8, 8}, Percentile: {-0.5, 1}} {
		if r := m.rangeOf(&h); math.Abs(r.lo-want.lo) > 0.01 || math.Abs(r.hi-want.hi) > 0.01 {
			t.Errorf("%s: %v, want %v", m, r, want)
		}
	}
	if r := MSE.rangeOf(&h); !(r.hi < 4 && r.hi >= 1 && r.lo > -4 && r.lo <= -0.5) {
		t.Errorf("mse: %v", r)
	}
	var positive histogram
	positive.count([]float32{2, 3})
	for _, m := range methods {
		r := m.rangeOf(&positive)
		if _, zero := r.scale(); r.lo != 0 || zero != 0 {
			t.Errorf("%s: %v of positive values, zero point %d", m, r, zero)
		}
		if scale, zero := m.rangeOf(new(histogram)).scale(); scale != 1 || zero != 0 {
			t.Errorf("%s of nothing: scale %v, zero point %d", m, scale, zero)
		}
	}
	if _, err := ParseMethod("entropy"); err == nil {
		t.Error("method entropy is known")
	}
}

// TestSquaredError holds the estimate against errors that were really made.
func TestSquaredError(t *testing.T) {
	var h histogram
	var values []float32
	for i := range 20_000 {
		values = append(values, float32(3*math.Sin(float64(i*i)+0.5)))
	}
	h.count(values)
	for _, r := range []valueRange{{-3, 3}, {-1, 2}, {-0.2, 0.1}} {
		scale, zero := r.scale()
		sum := 0.0
		for _, v := range values {
			q := min(max(math.RoundToEven(float64(v)/float64(scale))+float64(zero), 0), 255)
			d := float64(v) - (q-float64(zero))*float64(scale)
			sum += d * d
		}
		if got := h.squaredError(r.lo, r.hi); math.Abs(got/sum-1) > 0.05 {
			t.Errorf("%v: estimated %g, made %g", r, got, sum)
		}
	}
}
