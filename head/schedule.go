package head

import "math"

// Schedules of the learning rate.
const (
	Constant = "constant"
	Cosine   = "cosine" // falls to 0 along half a cosine
)

// rateFactor is what the learning rate is multiplied by in a step, counted from 0, of steps in all, of which
// perEpoch are an epoch: linear scaling, the warm-up, the schedule.
func (s RMSprop) rateFactor(step, steps, perEpoch int) float64 {
	factor := 1.0
	if s.LinearScaling {
		factor = float64(s.Batch) / referenceBatch
	}
	warm := int(s.Warmup * float64(perEpoch))
	switch {
	case step < warm:
		factor = factor * float64(step+1) / float64(warm)
	case s.Schedule == Cosine:
		factor = factor * (1 + cosPi(float64(step-warm)/float64(steps-warm))) / 2
	}
	return factor
}

// referenceBatch is the batch size that a rate is for with linear scaling (Goyal et al. 2017).
const referenceBatch = 32

// cosPi is cos(π·u) for u in [0, 1]: a Taylor series, summed in one way on every processor.
func cosPi(u float64) float64 {
	if u > 0.5 {
		return -cosPi(1 - u)
	}
	x := float64(math.Pi * u)
	square, sum := float64(x*x), 1.0
	for k := 22.0; k >= 2; k -= 2 {
		sum = 1 - float64(square*sum)/(k*(k-1))
	}
	return sum
}
