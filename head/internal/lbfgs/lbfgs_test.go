package lbfgs

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/optimize/functions"

	"graft/head/internal/kernel"
)

// function is one of gonum's, for tests of minimisation.
type function interface {
	Func(x []float64) float64
	Grad(grad, x []float64)
}

// near ends where the gradient is small.
func near(_, gradient []float64) bool { return kernel.Norm(gradient) < 1e-9 }

func problemOf(f function, count *int) Problem {
	return Problem{Value: func(x, gradient []float64) float64 {
		*count++
		f.Grad(gradient, x)
		return f.Func(x)
	}, Done: near}
}

// The functions of Moré, Garbow and Hillstrom and their starts, which gonum has with their minima.
func TestMinimize(t *testing.T) {
	for name, c := range map[string]struct {
		f     function
		start []float64
		least float64
	}{
		"Rosenbrock":     {functions.ExtendedRosenbrock{}, []float64{-1.2, 1, -1.2, 1}, 0},
		"Beale":          {functions.Beale{}, []float64{1, 1}, 0},
		"Wood":           {functions.Wood{}, []float64{-3, -1, -3, -1}, 0},
		"helical valley": {functions.HelicalValley{}, []float64{-1, 0, 0}, 0},
		"Powell":         {functions.ExtendedPowellSingular{}, []float64{3, -1, 0, 3, 3, -1, 0, 3}, 0},
		"Brown":          {functions.BrownBadlyScaled{}, []float64{1, 1}, 0},
		"trigonometric":  {functions.Trigonometric{}, []float64{0.5, 0.5}, 0},
	} {
		count := 0
		x := append([]float64(nil), c.start...)
		r := Minimize(x, problemOf(c.f, &count), Settings{})
		t.Logf("%s: %g after %d iterations, %d evaluations", name, r.F, r.Iterations, count)
		if f := c.f.Func(x); !(f-c.least < 1e-12) || f != r.F {
			t.Errorf("%s: %v at %v, and the result says %v", name, f, x, r.F)
		}
		if float64(count) > 2*float64(r.Iterations)+20 {
			t.Errorf("%s: %d evaluations in %d iterations", name, count, r.Iterations)
		}
	}
}

// Of a quadratic function L-BFGS makes as many steps as there are variables, or a few more.
func TestQuadratic(t *testing.T) {
	const n = 8
	value := func(x, gradient []float64) (f float64) {
		for i, v := range x {
			a := float64(i + 1)
			gradient[i] = a * (v - 1)
			f += a / 2 * (v - 1) * (v - 1)
		}
		return f
	}
	r := Minimize(make([]float64, n), Problem{value, near}, Settings{First: 1})
	if !r.Done || r.Iterations > 3*n {
		t.Errorf("%+v", r)
	}
}

// TestStop: a minimisation ends in a decent way where there is nothing to be had.
func TestStop(t *testing.T) {
	for name, c := range map[string]struct {
		value func(x, gradient []float64) float64
		s     Settings
	}{
		"no minimum":    {func(x, g []float64) float64 { g[0] = -1; return -x[0] }, Settings{Iterations: 20}},
		"wrong slope":   {func(x, g []float64) float64 { g[0] = -1; return x[0] }, Settings{}},
		"not a number":  {func(x, g []float64) float64 { g[0] = 1; return math.NaN() }, Settings{}},
		"constant":      {func(_, g []float64) float64 { g[0] = 1e-3; return 7 }, Settings{}},
		"a single step": {func(x, g []float64) float64 { g[0] = 4 * math.Pow(x[0]-3.5, 3); return math.Pow(x[0]-3.5, 4) }, Settings{Iterations: 1}},
	} {
		x := []float64{1}
		if r := Minimize(x, Problem{c.value, near}, c.s); r.Done || math.IsNaN(x[0]) {
			t.Errorf("%s: %+v at %v", name, r, x)
		}
	}
}

// TestWall: where the function is not finite beyond a place the search stays before it.
func TestWall(t *testing.T) {
	value := func(x, g []float64) float64 {
		g[0] = 1 - 1/x[0]
		return x[0] - math.Log(x[0]) // NaN below 0, least at 1
	}
	x := []float64{30}
	if r := Minimize(x, Problem{value, near}, Settings{First: 100}); !r.Done || math.Abs(x[0]-1) > 1e-8 {
		t.Errorf("%+v at %v", r, x)
	}
}

// The first step that the line search accepts satisfies the strong Wolfe conditions, for the functions of
// Moré and Thuente's article, from steps of 0.001 to 1000.
func TestSearch(t *testing.T) {
	const beta = 0.004
	phi := func(a float64) float64 { return math.Sqrt(1+a*a) - a }
	for name, f := range map[string]func(x float64) (f, slope float64){
		"first": func(x float64) (float64, float64) {
			return -x / (x*x + 2), (x*x - 2) / ((x*x + 2) * (x*x + 2))
		},
		"second": func(x float64) (float64, float64) {
			y := x + beta
			return math.Pow(y, 5) - 2*math.Pow(y, 4), 5*math.Pow(y, 4) - 8*math.Pow(y, 3)
		},
		"sixth": func(x float64) (float64, float64) { // Yanai, Ozawa and Kaneko's
			b1, b2 := phi(0.001), phi(0.001)
			u, v := math.Sqrt((1-x)*(1-x)+0.001*0.001), math.Sqrt(x*x+0.001*0.001)
			return b1*u + b2*v, -b1*(1-x)/u + b2*x/v
		},
	} {
		for _, step := range []float64{1e-3, 0.1, 10, 1000} {
			f0, slope0 := f(0)
			s, trials := newSearch(f0, slope0, step), 1
			at, fx, slope := step, 0.0, 0.0
			for ; ; trials++ {
				at = s.step
				fx, slope = f(at)
				if s.tell(fx, slope) {
					break
				}
				if s.stuck || trials == maxTrials {
					t.Fatalf("%s from %v: stuck at %v after %d trials", name, step, at, trials)
				}
			}
			if fx > f0+decrease*at*slope0 || math.Abs(slope) > -curvature*slope0 || trials > 12 {
				t.Errorf("%s from %v: at %v after %d trials the value is %v and the slope %v", name, step, at, trials, fx, slope)
			}
		}
	}
}
