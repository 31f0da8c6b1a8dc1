package precision

import "math"

// bins of a histogram. A value is quantised in 255 steps, so that there are
// at least 8 bins for each.
const bins = 8192

// A Histogram counts the values of one tensor, zeros apart. It begins narrow
// and doubles its width whenever a value does not fit.
type Histogram struct {
	Min, Max float32 // of all values
	count    [bins]float64
	width    float64 // the bins cover −width…+width
}

// Add counts values; those that are not finite are passed over, and reported.
func (h *Histogram) Add(values []float32) (finite bool) {
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
		h.Min, h.Max = min(h.Min, v), max(h.Max, v)
		for a >= h.width {
			h.widen(a)
		}
		h.count[int((float64(v)/h.width+1)*(bins/2))]++
	}
	return finite
}

// widen doubles the width, or gives the first: the power of two above a.
func (h *Histogram) widen(a float64) {
	if h.width == 0 {
		_, exponent := math.Frexp(a)
		h.width = math.Ldexp(1, exponent)
		return
	}
	var wide [bins]float64
	for i, n := range h.count {
		wide[bins/4+i/2] += n
	}
	h.count, h.width = wide, 2*h.width
}

// merge adds the counts of another histogram.
func (h *Histogram) merge(o *Histogram) {
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
	for i, n := range c.count {
		h.count[i] += n
	}
	h.Min, h.Max = min(h.Min, c.Min), max(h.Max, c.Max)
}

// total is how many values other than 0 were counted.
func (h *Histogram) total() (n float64) {
	for _, c := range h.count {
		n += c
	}
	return n
}

// centre is the middle of bin i.
func (h *Histogram) centre(i int) float64 {
	return h.width * ((float64(i)+0.5)/(bins/2) - 1)
}

// clipped is the range that leaves a part tail of the values out at each end.
func (h *Histogram) clipped(tail float64) (lo, hi float64) {
	out, low, high := tail*h.total(), 0, bins-1
	for n := h.count[low]; n <= out && low < bins-1; n += h.count[low] {
		low++
	}
	for n := h.count[high]; n <= out && high > 0; n += h.count[high] {
		high--
	}
	half := h.width / bins
	return max(h.centre(low)-half, float64(h.Min)), min(h.centre(high)+half, float64(h.Max))
}

// squaredError is the sum of the squared errors that quantising to the range
// makes: a step's variance inside, the distance outside.
func (h *Histogram) squaredError(lo, hi float64) (sum float64) {
	step := (hi - lo) / 255
	for i, n := range h.count {
		v := h.centre(i)
		switch {
		case n == 0:
		case v < lo:
			sum += n * (lo - v) * (lo - v)
		case v > hi:
			sum += n * (v - hi) * (v - hi)
		default:
			sum += n * step * step / 12
		}
	}
	return sum
}
