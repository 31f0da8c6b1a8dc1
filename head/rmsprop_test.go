package head

import (
	"math"
	"testing"
)

func TestRMSpropIsPyTorchs(t *testing.T) {
	var g struct {
		N, D, Classes, Batch int
		Signal               float32
		Given                []float64
		Cases                []struct {
			Momentum  float64
			Centered  bool
			Decay     float64 `json:"weight_decay"`
			Smoothing float64 `json:"label_smoothing"`
			Weights   []float64
			After     map[int]struct{ W, B []float32 }
		}
	}
	golden(t, "rmsprop.json", &g)
	if len(g.Cases) != 32 {
		t.Fatalf("%d cases", len(g.Cases))
	}
	data := problem(1, g.N, g.D, g.Classes, g.Signal)
	start := fixedStart{w: uniform(2, g.Classes*g.D), b: uniform(3, g.Classes), order: make([]int32, g.N)}
	for i := range start.w {
		start.w[i] /= 2
	}
	for i := range start.b {
		start.b[i] /= 2
	}
	for i := range start.order {
		start.order[i] = int32(i)
	}
	given := map[string]float64{}
	for i, w := range g.Given {
		given[names(g.Classes)[i]] = w
	}
	worst := 0.0
	for _, c := range g.Cases {
		for steps, want := range c.After {
			s := RMSprop{Epochs: steps / 5, Batch: g.Batch, Momentum: c.Momentum, Centered: c.Centered, WeightDecay: c.Decay, LabelSmoothing: c.Smoothing, fixed: &start}
			if c.Weights != nil {
				s.ClassWeights.Given = given
			}
			h := trained(t, s, data, names(g.Classes))
			for i, v := range want.W {
				worst = max(worst, math.Abs(float64(h.W[i]-v)))
			}
			for i, v := range want.B {
				worst = max(worst, math.Abs(float64(h.B[i]-v)))
			}
			if worst > 1e-6 {
				t.Fatalf("%+v: %g off after %d steps", s, worst, steps)
			}
		}
	}
	t.Logf("largest difference %g", worst)
}
