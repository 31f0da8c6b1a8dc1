package head

import (
	"math"
	"slices"
	"testing"

	"graft/head/internal/headtest"
	"graft/head/internal/parallel"
)

type lbfgsGolden struct {
	Cases []struct {
		Name          string
		C, Objective  float64
		Balanced      bool
		Probabilities [][]float64
	}
	Sweeps []struct {
		Seed, N, D, Classes int
		Signal              float32
		Accuracy            []float64
		C                   float64
	}
}

func TestLBFGSReachesScikitLearnsOptimum(t *testing.T) {
	var g lbfgsGolden
	golden(t, "lbfgs.json", &g)
	problems := map[string]headtest.Data{
		"three classes":                         problem(10, 90, 12, 3, 0.4),
		"two classes, fewer rows than features": problem(11, 40, 100, 2, 0.5),
		"separable and collinear":               collinear(12, 40, 60),
		"collinear, more rows than features":    collinear(15, 200, 20),
		"unbalanced, weighted":                  unbalanced(16),
	}
	for _, c := range g.Cases {
		data, ok := problems[c.Name]
		if !ok {
			t.Fatalf("no problem %q", c.Name)
		}
		labels := names(len(c.Probabilities[0]))
		h, r, err := LBFGS{C: c.C, ClassWeights: ClassWeights{Auto: c.Balanced}}.Fit(t.Context(), data, labels, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %v after %d iterations, %.2g above", c.Name, r.Objective, r.Iterations, r.Objective/c.Objective-1)
		near(t, c.Name, r.Objective/c.Objective, 1, 1e-8)
		p := make([]float64, len(labels)*len(c.Probabilities))
		h.Predict(data.X[:len(c.Probabilities)*data.D], p)
		for i, row := range c.Probabilities {
			for j, v := range row {
				near(t, c.Name+": probability", p[i*len(labels)+j], v, 2e-5)
			}
		}
	}
}

// unbalanced is head.py's: four classes, of the last a fifth, 230 rows.
func unbalanced(seed uint64) headtest.Data {
	all := problem(seed, 400, 6, 4, 0.5)
	out := headtest.Data{D: 6}
	for i, y := range all.Y {
		if (y < 3 || i%5 == 0) && len(out.Y) < 230 {
			out.X = append(out.X, all.X[i*6:(i+1)*6]...)
			out.Y = append(out.Y, y)
		}
	}
	return out
}

func TestSweepChoosesScikitLearnsC(t *testing.T) {
	var g lbfgsGolden
	golden(t, "lbfgs.json", &g)
	for _, s := range g.Sweeps {
		data := problem(uint64(s.Seed), s.N, s.D, s.Classes, s.Signal)
		fold := make([]int, s.N)
		for i := range fold {
			fold[i] = i / s.Classes % 5
		}
		fit := func(f LBFGS) *Record {
			_, r, err := f.Fit(t.Context(), data, names(s.Classes), nil)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "chosen C", r.C/s.C, 1, 1e-9)
			return r
		}
		fit(LBFGS{fold: fold, large: true})
		r := fit(LBFGS{fold: fold})
		for i, row := range r.Sweep {
			// Both stop a hair before the optimum; a row on the fence may fall to either side.
			near(t, "accuracy in the sweep", row.Accuracy, s.Accuracy[i], 1.01/float64(s.N))
		}
	}
}

// The problems that go over the rows together get what each gets alone.
func TestPass(t *testing.T) {
	for _, c := range []struct{ n, d, classes int }{{230, 37, 3}, {230, 37, 2}, {90, 5, 5}} {
		data := problem(98, c.n, c.d, c.classes, 1)
		features, err := newReduced(t.Context(), data, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		fold := make([]int, c.n)
		for i := range fold {
			fold[i] = i * i % 3
		}
		weights := []float64{1, 2, 0.5, 1, 1}[:c.classes]
		splits := splitsOf(fold, 3)
		pass, problems := newPass(features.x, splits, data.Y, c.classes, weights)
		pass.begin(len(problems))
		parallel.For(len(problems), len(problems), func(i, _ int) {
			p, alone := problems[i], newLogistic(features.x, splits[i].in, data.Y, c.classes, weights)
			p.c, alone.c = 2, 2
			theta := make([]float64, p.dim())
			for j := range theta {
				theta[j] = math.Sin(float64(i + j))
			}
			got, want := slices.Clone(theta), slices.Clone(theta)
			near(t, "value", p.value(theta, got), alone.value(theta, want), 1e-12)
			if i == 1 { // another joins the second time
				p.value(theta, got)
			}
			for j := range want {
				near(t, "gradient", got[j], want[j], 1e-12)
			}
			p.hessian(theta, got)
			pass.leave()
			alone.hessian(theta, want)
			for j := range want {
				near(t, "Hessian", got[j], want[j], 1e-12)
			}
		})
	}
}

// TestManyRowsAreHeldOutNotFolded: beyond largeRows a tenth of each class chooses C.
func TestManyRowsAreHeldOutNotFolded(t *testing.T) {
	for n, want := range map[int]int{largeRows: 5, largeRows + 20: 1} {
		s := gridSearch{LBFGS: LBFGS{Folds: 5}, labels: names(2), y: problem(90, n, 1, 2, 1).Y, n: n}
		splits, err := s.splits()
		if err != nil || len(splits) != want {
			t.Fatalf("%d rows: %d splits, %v", n, len(splits), err)
		}
		if want == 1 && (len(splits[0].out) != 2002 || len(splits[0].in) != n-2002) {
			t.Errorf("%d of %d rows held out", len(splits[0].out), n)
		}
	}
}

// Features that are float16 give the same head when they are held as that; others one that differs by
// their rounding.
func TestFloat16(t *testing.T) {
	d := problem(97, 200, 24, 3, 1)
	fit := func(s LBFGS) *Head {
		p, _, err := s.Fit(t.Context(), d, names(3), nil)
		if err != nil {
			t.Fatal(err)
		}
		return p.(*Head)
	}
	rounded, exact := fit(LBFGS{C: 1, Float16: true}), fit(LBFGS{C: 1})
	for i, w := range rounded.W {
		near(t, "weight", float64(w), float64(exact.W[i]), 2e-3)
	}
	for i, v := range d.X {
		d.X[i] = float32(int(v*512)) / 512
	}
	if !slices.Equal(fit(LBFGS{C: 1, Float16: true}).W, fit(LBFGS{C: 1}).W) {
		t.Error("features that are float16 are changed")
	}
	d.X[30] = 70000
	if _, _, err := (LBFGS{C: 1, Float16: true}).Fit(t.Context(), d, names(3), nil); !isRowError(err) {
		t.Errorf("a feature that is no float16: error %v", err)
	}
}
