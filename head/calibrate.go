package head

import (
	"context"
	"fmt"
	"math"

	"graft/head/metrics"
)

// Temperatures are sought between these. Rows that are all classified right would have one
// of 0, rows without any pattern an infinite one.
const (
	minTemperature = 0.05
	maxTemperature = 20
)

// Calibrate finds the temperature that gives h the lowest log loss on d, which it must not
// have been trained on (Guo et al. 2017), and returns the calibrated head. No prediction
// changes, only how sure it is.
func Calibrate(ctx context.Context, h *Head, d Data) (*Head, *metrics.Calibration, error) {
	p, err := Probabilities(ctx, h, d)
	if err != nil {
		return nil, nil, err
	}
	c, err := FitTemperature(classes(d), p, len(h.Labels))
	if err != nil {
		return nil, nil, err
	}
	return h.Calibrated(c.Temperature), c, nil
}

// FitTemperature finds the temperature that suits probabilities p, n×c, of rows with classes
// y: those that a head gave rows it was not trained on, as [CrossValidate] collects them. A
// temperature T turns p into p^(1/T), divided by its sum. It lies in 0.05…20.
func FitTemperature(y []int, p []float64, c int) (*metrics.Calibration, error) {
	if len(y) == 0 {
		return nil, fmt.Errorf("calibrate: no rows")
	}
	if err := metrics.Check(y, p, c); err != nil {
		return nil, err
	}
	// The loss is convex in 1/T, so the sign of its slope says on which side the minimum is.
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

// lossSlope is the derivative of the summed log loss by beta = 1/T:
// Σ_i Σ_c q_ic·log p_ic − log p_iy, with q ∝ p^beta.
func lossSlope(y []int, p []float64, c int, beta float64) float64 {
	var slope float64
	q := make([]float64, c)
	for i, k := range y {
		row := p[i*c : (i+1)*c]
		tempered(row, q, beta)
		for j, v := range row {
			slope += q[j] * logOf(v)
		}
		slope -= logOf(row[k])
	}
	return slope
}

// logOf is log p, bounded where p is too small for float64.
func logOf(p float64) float64 { return math.Log(max(p, math.SmallestNonzeroFloat64)) }

// tempered is p^beta, divided by its sum.
func tempered(p, q []float64, beta float64) {
	for j, v := range p {
		q[j] = beta * logOf(v)
	}
	softmax(q)
}

// compareTemperature measures p before and after the temperature.
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

// Calibrated is h with its weights and biases divided by a temperature, and that noted, so
// that a head that has been written and read needs nothing else.
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
