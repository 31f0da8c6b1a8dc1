package precision

import (
	"math"
	"slices"
	"testing"
)

func TestQuantiseWeights(t *testing.T) {
	w := widen(weights(4*5, 2))
	for i := range 5 {
		w[5+i] = 0 // a dead channel
	}
	bias := []float64{0.25, 0, -3, 1e9}
	q := quantiseWeights(w, bias, 0.01, 127)
	for i, v := range w {
		c := i / 5
		if d := math.Abs(v - float64(q.scale[c])*float64(q.weight[i])); d > 0.5001*float64(q.scale[c]) {
			t.Errorf("weight %d: %v became %v steps of %v", i, v, q.weight[i], q.scale[c])
		}
	}
	for c, b := range bias {
		if d := math.Abs(b - float64(q.products[c])*float64(q.bias[c])); d > 0.5001*float64(q.products[c])+1e-6*math.Abs(b) {
			t.Errorf("bias %d: %v became %v steps of %v", c, b, q.bias[c], q.products[c])
		}
	}
	if largest := slices.Max(q.weight[:5]); largest != 127 && slices.Min(q.weight[:5]) != -127 {
		t.Errorf("the first channel's weights are %v", q.weight[:5])
	}
}

// TestCorrect: with every channel at its mean, a convolution in two groups
// gives the same as before, but for the rounding of the bias itself.
func TestCorrect(t *testing.T) {
	const step = 0.01
	dims, means := []int64{4, 3, 2, 1}, []float64{0.5, 2, 0, 1, 0.25, 3}
	w, bias := widen(weights(4*3*2, 1)), []float64{0.1, -0.2, 0, 5}
	q := quantiseWeights(w, bias, step, 127)
	before := q.bias[1]
	q.correct(w, means, dims)
	if q.bias[1] == before {
		t.Error("no bias was changed")
	}
	for c := range 4 {
		want, got := bias[c], float64(q.products[c])*float64(q.bias[c])
		for i := range 6 {
			mean := means[c/2*3+i/2]
			want += w[c*6+i] * mean
			got += float64(q.scale[c]) * float64(q.weight[c*6+i]) * mean
		}
		if math.Abs(got-want) > 1.01*float64(q.products[c]) { // of two roundings
			t.Errorf("channel %d: %v, want %v", c, got, want)
		}
	}
	unchanged := slices.Clone(q.bias)
	q.correct(w, nil, dims)
	q.correct(w, means[:4], dims)
	if !slices.Equal(q.bias, unchanged) {
		t.Error("corrected without the means")
	}
}
