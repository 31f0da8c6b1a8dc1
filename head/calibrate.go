package head

import (
	"context"
	"fmt"
	"math"

	"graft/head/internal/kernel"
	"graft/head/metrics"
)

// Bounds of temperatures. The optimum is 0 for rows that are all classified right, and infinite for
// rows without any pattern.
const (
	minTemperature = 0.05
	maxTemperature = 20
)

// Calibrate finds the temperature that gives h the lowest log loss on d, on which it must not have
// been trained (Guo et al. 2017), and returns the calibrated head. It changes probabilities, and no
// prediction. [CrossCalibrate] needs no rows of their own.
func Calibrate(ctx context.Context, h *Head, d Data) (*Head, *metrics.Calibration, error) {
	p, err := Probabilities(ctx, h, d)
	if err != nil {
		return nil, nil, err
	}
	c, err := fitTemperature(classes(d), p, len(h.Labels))
	if err != nil {
		return nil, nil, err
	}
	return h.Calibrated(c.Temperature), c, nil
}

// fitTemperature finds the temperature, in 0.05…20, with the lowest log loss for probabilities p,
// n×c, of rows with classes y on which the head was not trained. A temperature T turns p into
// p^(1/T), divided by its sum.
func fitTemperature(y []int, p []float64, c int) (*metrics.Calibration, error) {
	if len(y) == 0 {
		return nil, fmt.Errorf("calibrate: no rows")
	}
	if err := metrics.Check(y, p, c); err != nil {
		return nil, err
	}
	// The loss is convex in 1/T, so the sign of its derivative says on which side the minimum is.
	low, high := 1/float64(maxTemperature), 1/minTemperature
	for range 200 {
		mid := math.Sqrt(low * high)
		if lossSlope(y, p, c, mid) < 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return compareTemperature(y, p, c, 1/math.Sqrt(low*high)), nil
}

// lossSlope is the derivative of the summed log loss with respect to beta = 1/T:
// Σ_i Σ_c q_ic·log p_ic − log p_iy, with q ∝ p^beta.
func lossSlope(y []int, p []float64, c int, beta float64) float64 {
	var slope float64
	q := make([]float64, c)
	for i, k := range y {
		row := p[i*c : (i+1)*c]
		tempered(row, q, beta)
		for j, v := range row {
			slope += float64(q[j] * logOf(v))
		}
		slope -= logOf(row[k])
	}
	return slope
}

// logOf is log p, bounded where p has underflowed.
func logOf(p float64) float64 { return kernel.Log(max(p, math.SmallestNonzeroFloat64)) }

// tempered sets q to p^beta, divided by its sum.
func tempered(p, q []float64, beta float64) {
	for j, v := range p {
		q[j] = beta * logOf(v)
	}
	softmax(q)
}

// compareTemperature scores p before and after temperature t.
func compareTemperature(y []int, p []float64, c int, t float64) *metrics.Calibration {
	q := make([]float64, len(p))
	for i := 0; i < len(p); i += c {
		tempered(p[i:i+c], q[i:i+c], 1/t)
	}
	return &metrics.Calibration{
		Temperature: t, Rows: len(y),
		LogLossBefore: metrics.LogLoss(y, p, c), LogLossAfter: metrics.LogLoss(y, q, c),
		ECEBefore: metrics.ECE(y, p, c), ECEAfter: metrics.ECE(y, q, c),
	}
}

// Calibrated is h with its weights and biases divided by a temperature, which is noted, so that a
// head needs nothing else once it has been written and read.
func (h *Head) Calibrated(temperature float64) *Head {
	c := h.Clone()
	for _, part := range [][]float32{c.W, c.B} {
		for i, v := range part {
			part[i] = float32(float64(v) / temperature)
		}
	}
	c.Temperature = temperature
	if h.Temperature != 0 {
		c.Temperature *= h.Temperature
	}
	return c
}
