package metrics

import "math"

// Interval is a confidence interval of a fraction.
type Interval struct {
	Level float64 `json:"level"` // 0.95
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Wilson is the 95 % score interval of the fraction correct/total (Wilson 1927). It lies in [0, 1]
// and is 0–1 for total = 0.
func Wilson(correct, total int) Interval {
	const z = 1.959963984540054 // the normal distribution's 97.5 % quantile
	if total == 0 {
		return Interval{0.95, 0, 1}
	}
	n := float64(total)
	p := float64(correct) / n
	mid := p + z*z/(2*n)
	half := float64(z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n)))
	scale := 1 + z*z/n
	i := Interval{0.95, max((mid-half)/scale, 0), min((mid+half)/scale, 1)}
	if correct == 0 {
		i.Low = 0 // exactly, whatever rounding says
	}
	if correct == total {
		i.High = 1
	}
	return i
}
