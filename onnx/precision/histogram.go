package precision

import "math"

// bins of a histogram. A value is quantised in 255 steps, so that there are
// at least 8 bins for each.
const bins = 8192

// A histogram counts the values of one tensor, except zeros. It doubles its
// width whenever a value does not fit.
type histogram struct {
	min, max float32 // of all values
	counts   [bins]float64
	width    float64 // the bins cover −width…+width
}

// count adds values. It reports whether all are finite; those that are not are
// skipped.
func (h *histogram) count(values []float32) (finite bool) {
	finite = true
	for _, v := range values {
		if v == 0 {
			continue
		}
		a := math.Abs(float64(v))
		if !(a <= math.MaxFloat32) {
			finite = false
			continue
		}
		h.min, h.max = min(h.min, v), max(h.max, v)
		for a >= h.width {
			h.widen(a)
		}
		h.counts[int((float64(v)/h.width+1)*(bins/2))]++
	}
	return finite
}

// widen doubles the width; that of an empty histogram becomes the power of two
// above a.
func (h *histogram) widen(a float64) {
	if h.width == 0 {
		_, exponent := math.Frexp(a)
		h.width = math.Ldexp(1, exponent)
		return
	}
	var wide [bins]float64
	for i, n := range h.counts {
		wide[bins/4+i/2] += n
	}
	h.counts, h.width = wide, 2*h.width
}

// merge adds the counts of another histogram.
func (h *histogram) merge(o *histogram) {
	if o.width == 0 {
		return
	}
	c := *o
	if h.width == 0 {
		h.width = c.width
	}
	for c.width < h.width {
		c.widen(0)
	}
	for h.width < c.width {
		h.widen(0)
	}
	for i, n := range c.counts {
		h.counts[i] += n
	}
	h.min, h.max = min(h.min, c.min), max(h.max, c.max)
}

// total is the number of values other than 0.
func (h *histogram) total() (n float64) {
	for _, c := range h.counts {
		n += c
	}
	return n
}

// centre is the middle of bin i.
func (h *histogram) centre(i int) float64 {
	return float64(h.width * (float64((float64(i)+0.5)/(bins/2)) - 1))
}

// clipped is the range between the quantiles tail and 1 − tail.
func (h *histogram) clipped(tail float64) (lo, hi float64) {
	out, low, high := tail*h.total(), 0, bins-1
	for n := h.counts[low]; n <= out && low < bins-1; n += h.counts[low] {
		low++
	}
	for n := h.counts[high]; n <= out && high > 0; n += h.counts[high] {
		high--
	}
	half := float64(h.width / bins)
	return max(h.centre(low)-half, float64(h.min)), min(h.centre(high)+half, float64(h.max))
}

// squaredError is the sum of the squared errors of quantising to the range: the
// variance of a uniform step inside it, the squared distance outside.
func (h *histogram) squaredError(lo, hi float64) (sum float64) {
	step := (hi - lo) / 255
	for i, n := range h.counts {
		v := h.centre(i)
		switch {
		case n == 0:
		case v < lo:
			sum += float64(n * (lo - v) * (lo - v))
		case v > hi:
			sum += float64(n * (v - hi) * (v - hi))
		default:
			sum += float64(n * step * step / 12)
		}
	}
	return sum
}
