package metrics

import (
	"math"
	"math/rand/v2"
	"testing"
)

// example is n rows of c classes with random probabilities, about four in five of them right.
func example(n, c int) (y []int, p []float64) {
	r := rand.New(rand.NewPCG(1, uint64(c)))
	for i := range n {
		y = append(y, i%c)
		said := i % c
		if r.IntN(5) == 0 {
			said = r.IntN(c)
		}
		row, sum := make([]float64, c), 0.0
		for j := range row {
			row[j] = r.Float64() / float64(c)
			if j == said {
				row[j] = 0.5 + 2*r.Float64()
			}
			sum += row[j]
		}
		for _, v := range row {
			p = append(p, v/sum)
		}
	}
	return y, p
}

// TestReliabilityIsTheCalibrationError: the bins say what the figure says.
func TestReliabilityIsTheCalibrationError(t *testing.T) {
	for _, c := range []int{2, 3, 20} {
		y, p := example(500, c)
		var sum float64
		rows, right := 0, 0
		for _, b := range Reliability(y, p, c) {
			rows, right = rows+b.Rows, right+b.Right
			sum += math.Abs(float64(b.Right) - float64(b.Rows)*b.Confidence)
			if b.Rows > 0 && !(b.Confidence > b.Low && b.Confidence <= b.High) {
				t.Errorf("%d classes: the mean of bin (%v, %v] is %v", c, b.Low, b.High, b.Confidence)
			}
		}
		correct := 0
		for i, k := range Predictions(p, c) {
			if k == y[i] {
				correct++
			}
		}
		if want := ECE(y, p, c); rows != 500 || right != correct || math.Abs(sum/500-want) > 1e-12 {
			t.Errorf("%d classes: bins of %d rows, %d right, error %v; want 500, %d, %v", c, rows, right, sum/500, correct, want)
		}
	}
}

func TestROCHasTheArea(t *testing.T) {
	y, p := example(300, 4)
	for i := range p { // ties
		p[i] = math.Round(50*p[i]) / 50
	}
	for k := range 4 {
		curve := ROC(y, p, 4, k)
		if first, last := curve[0], curve[len(curve)-1]; first != (ROCPoint{}) || last != (ROCPoint{1, 1}) {
			t.Errorf("class %d: the curve runs from %v to %v", k, first, last)
		}
		var area float64
		for i := 1; i < len(curve); i++ {
			a, b := curve[i-1], curve[i]
			area += (b.FalsePositive - a.FalsePositive) * (a.TruePositive + b.TruePositive) / 2
		}
		near(t, "area below the curve", area, areaByPairs(y, p, 4, k), 1e-12)
		near(t, "AUC", *AUC(y, p, 4, k), areaByPairs(y, p, 4, k), 1e-12)
	}
	if ROC([]int{1, 1}, []float64{.5, .5, .2, .8}, 2, 0) != nil || AUC([]int{1, 1}, []float64{.5, .5, .2, .8}, 2, 0) != nil {
		t.Error("a class without rows has a curve")
	}
}

// areaByPairs is the share of pairs of an own row and another in which the own has the higher
// probability, ties counting half: Mann and Whitney's U.
func areaByPairs(y []int, p []float64, c, k int) float64 {
	var won, pairs float64
	for i, own := range y {
		for j, other := range y {
			if own != k || other == k {
				continue
			}
			pairs++
			switch a, b := p[i*c+k], p[j*c+k]; {
			case a > b:
				won++
			case a == b:
				won += 0.5
			}
		}
	}
	return won / pairs
}
