package precision

import (
	"fmt"
	"math"
	"slices"
)

// A Method chooses the range of values that 8 bits stand for.
type Method string

// The methods.
const (
	MinMax     Method = "minmax"     // all values that were seen
	Percentile Method = "percentile" // all but one in 100,000 at each end
	MSE        Method = "mse"        // the one with the least mean squared error
)

// Methods lists every method.
var Methods = []Method{MinMax, Percentile, MSE}

// ParseMethod reads the name of a method.
func ParseMethod(s string) (Method, error) {
	if !slices.Contains(Methods, Method(s)) {
		return "", fmt.Errorf("unknown method %q; known are minmax, percentile, mse", s)
	}
	return Method(s), nil
}

// tail is the part of the values that Percentile leaves out at each end.
const tail = 1e-5

// A valueRange is quantised to 0…255: v ≈ scale·(q − zero).
type valueRange struct{ lo, hi float64 }

// rangeOf chooses the range for what h has counted. It holds 0, which must be
// exact: convolutions pad with it and ReLU gives it.
func (m Method) rangeOf(h *Histogram) valueRange {
	all := valueRange{min(float64(h.Min), 0), max(float64(h.Max), 0)}
	switch m {
	case Percentile:
		lo, hi := h.clipped(tail)
		return valueRange{min(lo, 0), max(hi, 0)}
	case MSE:
		return leastError(h, all)
	}
	return all
}

// leastError tries ranges from a fifth of the whole on, the two ends one after
// the other.
func leastError(h *Histogram, all valueRange) valueRange {
	const steps = 100
	best, least := all, h.squaredError(all.lo, all.hi)
	try := func(r valueRange) {
		if e := h.squaredError(r.lo, r.hi); r.hi > r.lo && e < least {
			best, least = r, e
		}
	}
	for i := steps / 5; i < steps; i++ {
		try(valueRange{all.lo, all.hi * float64(i) / steps})
	}
	for i, hi := steps/5, best.hi; i < steps && all.lo < 0; i++ {
		try(valueRange{all.lo * float64(i) / steps, hi})
	}
	return best
}

// scale is the step between two values, and zero the integer that stands for 0.
func (r valueRange) scale() (scale float32, zero uint8) {
	step := (r.hi - r.lo) / 255
	if !(step > 1e-30) {
		return 1, 0 // nothing but zeros was seen
	}
	return float32(step), uint8(max(0, min(255, math.RoundToEven(-r.lo/step))))
}
