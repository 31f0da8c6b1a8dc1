package precision

import (
	"fmt"
	"math"
	"slices"
)

// A Method chooses the range of values that is quantised to 8 bits.
type Method string

// The methods.
const (
	MinMax     Method = "minmax"     // the minimum and the maximum
	Percentile Method = "percentile" // all but one in 100,000 at each end
	MSE        Method = "mse"        // the range with the least mean squared error
)

// methods lists every method.
var methods = []Method{MinMax, Percentile, MSE}

// ParseMethod reads the name of a method.
func ParseMethod(s string) (Method, error) {
	if !slices.Contains(methods, Method(s)) {
		return "", fmt.Errorf("unknown method %q; known are minmax, percentile, mse", s)
	}
	return Method(s), nil
}

// tail is the fraction of the values that Percentile leaves out at each end.
const tail = 1e-5

// A valueRange is quantised to 0…255: v ≈ scale·(q − zero).
type valueRange struct{ lo, hi float64 }

// rangeOf chooses the range for a histogram. It contains 0, which must be exact:
// convolutions pad with it, and a ReLU returns it.
func (m Method) rangeOf(h *histogram) valueRange {
	all := valueRange{min(float64(h.min), 0), max(float64(h.max), 0)}
	switch m {
	case Percentile:
		lo, hi := h.clipped(tail)
		return valueRange{min(lo, 0), max(hi, 0)}
	case MSE:
		return leastError(h, all)
	}
	return all
}

// leastError searches a grid of ranges from a fifth of the whole on, first the
// upper end, then the lower one.
func leastError(h *histogram, all valueRange) valueRange {
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
		return 1, 0 // all values are zero
	}
	return float32(step), uint8(max(0, min(255, math.RoundToEven(-r.lo/step))))
}
