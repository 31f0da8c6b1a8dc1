package head

import (
	"testing"

	"graft/head/internal/headtest"
)

// integers is a problem without a rounding: features from −8 to 8, one of which is shifted for each class.
func integers(n, d, c int) headtest.Data {
	r := headtest.Data{D: d}
	for i := range n {
		for j := range d {
			v := (i*i*31+j*j*17+i*j*7)%17 - 8
			if j == i%c {
				v += 5
			}
			r.X = append(r.X, float32(v))
		}
		r.Y = append(r.Y, i%c)
	}
	return r
}

// Heads are the same bytes on every architecture and system. scripts/test-release runs this one on Arm and Windows;
// TestSameBytes is longer.
func TestGoldenHeads(t *testing.T) {
	for name, c := range map[string]struct {
		s       Solver
		n, d, c int
		want    string
	}{
		"rmsprop":          {RMSprop{Epochs: 5, Momentum: 0.9, LabelSmoothing: 0.1}, 90, 37, 3, "5082013ba920feaf"},
		"lbfgs":            {LBFGS{}, 90, 21, 3, "cab412031575cbac"},
		"lbfgs, few rows":  {LBFGS{}, 40, 67, 3, "01c00584fc948df0"},
		"lbfgs, two":       {LBFGS{ClassWeights: ClassWeights{Auto: true}}, 50, 70, 2, "bf116aa8d7ca09dc"},
		"lbfgs, two, many": {LBFGS{}, 90, 21, 2, "86fa11c7765db136"},
		"lbfgs, collinear": {LBFGS{C: 1e6}, 120, 37, 4, "33d7a12c706b9b54"},
		"knn":              {KNN{}, 90, 37, 3, "f52605bd778eedd9"},
	} {
		if got := hashOf(t, c.s, integers(c.n, c.d, c.c), c.c); got != c.want {
			t.Errorf("%s: hash %s, want %s", name, got, c.want)
		}
	}
}

// So are temperatures, and the losses that are kept with them.
func TestGoldenCalibration(t *testing.T) {
	c, err := CrossCalibrate(t.Context(), integers(90, 21, 3), names(3), LBFGS{C: 0.01}, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", c)
	got := [...]float64{c.Temperature, c.LogLossBefore, c.LogLossAfter, c.ECEBefore, c.ECEAfter}
	if want := [...]float64{0.3231493774827428, 1.04471078200242, 1.0016238132044752, 0.11010284280758031, 0.0973893076917086}; got != want {
		t.Errorf("%v, want %v", got, want)
	}
}
