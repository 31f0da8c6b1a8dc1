package head

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/diff/fd"

	"graft/head/internal/kernel"
)

func TestGradientOfCrossEntropy(t *testing.T) {
	worst := 0.0
	for _, l := range []*crossEntropy{
		newCrossEntropy(4, 0, nil),
		newCrossEntropy(4, 0.1, nil),
		newCrossEntropy(4, 0, []float64{0.5, 1, 2, 4}),
		newCrossEntropy(4, 0.3, []float64{0.5, 1, 2, 4}),
	} {
		z := []float64{0.3, -1.2, 2.5, 0.1}
		for y := range z {
			got := slices.Clone(z)
			l.row(got, y)
			want := fd.Gradient(nil, func(z []float64) float64 { return l.row(slices.Clone(z), y) }, z, &fd.Settings{Formula: fd.Central})
			for j := range z {
				worst = max(worst, math.Abs(got[j]-want[j])/max(math.Abs(want[j]), 0.1))
			}
		}
	}
	near(t, "relative error of the gradient", worst, 0, 1e-6)
	t.Logf("largest relative difference %.2g", worst)
}

func TestCrossEntropyDoesNotOverflow(t *testing.T) {
	z := []float64{1000, -1000, 0}
	if loss := newCrossEntropy(3, 0, nil).row(z, 1); loss != 2000 {
		t.Errorf("loss %v, want 2000", loss)
	}
	if z[0] != 1 || z[1] != -1 || z[2] != 0 {
		t.Errorf("gradient %v", z)
	}
}

// logisticProblem is a problem of every kind: two classes and more, weighted and not.
func logisticProblem(t *testing.T, classes int, weights []float64) (*logistic, []float64) {
	t.Helper()
	data := problem(40, 300, 7, classes, 0.5)
	scale, err := NewStandardizer(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	p := newLogistic(matrix{d: 7, f32: data.X, scale: scale}, upTo(300), data.Y, classes, weights)
	p.c = 0.1
	theta := make([]float64, p.dim())
	for i, v := range uniform(41, len(theta)) {
		theta[i] = float64(v)
	}
	return p, theta
}

func TestGradientOfLogisticRegression(t *testing.T) {
	worst := 0.0
	for _, c := range []struct {
		classes int
		weights []float64
	}{{2, nil}, {2, []float64{1, 3}}, {4, nil}, {4, []float64{0.5, 1, 2, 4}}} {
		p, theta := logisticProblem(t, c.classes, c.weights)
		gradient := make([]float64, len(theta))
		p.value(theta, gradient)
		scratch := make([]float64, len(theta))
		value := func(x []float64) float64 { return p.value(x, scratch) }
		want := fd.Gradient(nil, value, theta, &fd.Settings{Formula: fd.Central})
		for j := range want {
			worst = max(worst, math.Abs(gradient[j]-want[j])/kernel.Norm(want))
		}
	}
	near(t, "relative error of the gradient", worst, 0, 1e-6)
	t.Logf("largest relative difference %.2g", worst)
}

func TestHessianOfLogisticRegression(t *testing.T) {
	for _, classes := range []int{2, 4} {
		p, theta := logisticProblem(t, classes, nil)
		v := make([]float64, len(theta))
		for i, u := range uniform(42, len(v)) {
			v[i] = float64(u)
		}
		up, down, image := make([]float64, len(v)), make([]float64, len(v)), make([]float64, len(v))
		const step = 1e-6
		at := func(f float64) []float64 {
			x := slices.Clone(theta)
			for i := range x {
				x[i] += f * v[i]
			}
			return x
		}
		p.value(at(step), up)
		p.value(at(-step), down)
		p.value(theta, make([]float64, len(v)))
		p.hessian(v, image)
		for i := range image {
			near(t, "Hessian times vector", image[i], (up[i]-down[i])/(2*step), 1e-6*kernel.Norm(image))
		}
	}
}
