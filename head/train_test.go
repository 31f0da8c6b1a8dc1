package head

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"graft/head/internal/headtest"
	"graft/head/metrics"
)

// trained is the head that a solver makes.
func trained(t *testing.T, s Solver, d Data, labels []string) *Head {
	t.Helper()
	p, _, err := s.Fit(t.Context(), d, labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Head)
}

// accuracy judges a head on the rows it is given.
func accuracy(t *testing.T, p Predictor, d Data) float64 {
	t.Helper()
	r, err := Evaluate(t.Context(), p, d, metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Accuracy
}

func TestSameBytesOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	wide, narrow := problem(50, 200, 700, 8, 2), problem(51, 45, 100, 3, 2)
	type result struct {
		head *Head
		kind string
	}
	var first []result
	for _, cores := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(cores)
		var all []result
		for kind, s := range map[string]RMSprop{
			"plain": {Epochs: 3, Seed: 7, Batch: 64},
			"rates": {Epochs: 3, RateAuto: true, Standardize: true, FeatureDropout: 0.5},
			"every": {Epochs: 3, Momentum: 0.9, Centered: true, EarlyStop: 1},
		} {
			all = append(all, result{trained(t, s, wide, names(8)), kind})
		}
		for kind, c := range map[string]struct {
			d headtest.Data
			s LBFGS
		}{"lbfgs, reduced": {narrow, LBFGS{Folds: 2}}, "lbfgs": {problem(52, 700, 20, 3, 1), LBFGS{C: 1}}} {
			all = append(all, result{trained(t, c.s, c.d, names(3)), kind})
		}
		slices.SortFunc(all, func(a, b result) int { return strings.Compare(a.kind, b.kind) })
		if first == nil {
			first = all
		}
		for i := range all {
			if !reflect.DeepEqual(all[i].head, first[i].head) {
				t.Errorf("%s: %d cores give another head than one", all[i].kind, cores)
			}
		}
	}
}

func TestEveryOptionLearns(t *testing.T) {
	d, labels := problem(60, 240, 40, 3, 1.5), names(3)
	for name, s := range map[string]RMSprop{
		"default":     {},
		"rates":       {RateAuto: true},
		"early stop":  {RateAuto: true, EarlyStop: 2},
		"standardize": {Standardize: true},
		"dropout":     {FeatureDropout: 0.5, Rate: 0.003},
		"weights":     {ClassWeights: ClassWeights{Auto: true}},
		"validation":  {Validation: problem(61, 60, 40, 3, 1.5)},
	} {
		var seen []Epoch
		h, r, err := s.Fit(t.Context(), d, labels, func(e Epoch) { seen = append(seen, e) })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if a := accuracy(t, h, d); a < 0.85 {
			t.Errorf("%s: accuracy %v", name, a)
		}
		if len(seen) < len(r.Epochs) || len(r.Epochs) == 0 {
			t.Errorf("%s: %d epochs reported, %d recorded", name, len(seen), len(r.Epochs))
		}
		if s.RateAuto && (len(r.Rates) != 10 || r.HeldOut != 48) {
			t.Errorf("%s: %d rates, %d rows held out", name, len(r.Rates), r.HeldOut)
		}
		if s.Validation != nil && seen[0].Val == nil {
			t.Errorf("%s: no score on validation", name)
		}
	}
}

// viewed records which views training asks for.
type viewed struct {
	headtest.Data
	asked map[int]int
}

func (v viewed) Views() int { return 3 }
func (v viewed) View(i, view int, dst []float32) error {
	v.asked[view]++
	return v.Row(i, dst)
}

func TestViewsTakeTurns(t *testing.T) {
	d := viewed{problem(62, 40, 8, 2, 1), map[int]int{}}
	if _, _, err := (RMSprop{Epochs: 4, EarlyStop: 9}).Fit(t.Context(), d, names(2), nil); err != nil {
		t.Fatal(err)
	}
	if want := map[int]int{1: 64, 2: 32, 3: 32}; !reflect.DeepEqual(d.asked, want) {
		t.Errorf("views asked for %v, want %v", d.asked, want)
	}
}

func TestBadTraining(t *testing.T) {
	good := problem(63, 20, 4, 2, 1)
	spoilt := problem(63, 20, 4, 2, 1)
	spoilt.X[13*4+2] = float32(math.NaN())
	lone := problem(63, 20, 4, 2, 1)
	for i := range lone.Y {
		lone.Y[i] = min(i, 1)
	}
	one := headtest.Data{X: good.X, D: 4, Y: make([]int, 20)}
	fit := func(d Data, s Solver) error {
		p, r, err := s.Fit(context.Background(), d, names(2), nil)
		if p != nil || r != nil {
			t.Errorf("%v: also %v and %v", err, p, r)
		}
		return err
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	_, _, cancelled := RMSprop{}.Fit(stopped, good, names(2), nil)
	for _, c := range []struct {
		err  error
		want string
	}{
		{fit(one, RMSprop{}), `every row is of class "ant"; there must be two classes or more`},
		{fit(one, LBFGS{}), `every row is of class "ant"`},
		{fit(headtest.Data{D: 4}, RMSprop{}), "no rows"},
		{fit(spoilt, RMSprop{}), "row 13: feature 2 is NaN"},
		{fit(spoilt, LBFGS{}), "row 13: feature 2 is NaN"},
		{fit(good, RMSprop{Rate: 1e38, Batch: 8}), "epoch 1, batch 2: the loss is not finite"},
		{fit(spoilt, KNN{}), "row 13: feature 2 is NaN"},
		{fit(good, KNN{K: -1}), "k is -1"},
		{fit(lone, RMSprop{EarlyStop: 1}), `class "ant" has a single row`},
		{fit(lone, LBFGS{}), `choosing C: folds: class "ant" has a single row`},
		{fit(good, LBFGS{C: -1}), "C is -1"},
		{fit(good, LBFGS{C: 1e13}), "C is 1e+13"},
		{fit(good, LBFGS{Folds: 21}), "21 folds of 20 rows"},
		{fit(good, RMSprop{Alpha: 1}), "alpha is 1; it must be in [0, 1)"},
		{fit(good, RMSprop{Epochs: -1}), "epochs is -1"},
		{fit(good, RMSprop{Rate: math.NaN()}), "lr is NaN"},
		{fit(good, RMSprop{FeatureDropout: 1}), "feature dropout is 1"},
		{fit(good, RMSprop{ClassWeights: ClassWeights{Given: map[string]float64{"cow": 2}}}), `no class "cow"; there are "ant", "bee"`},
		{fit(good, LBFGS{ClassWeights: ClassWeights{Given: map[string]float64{"ant": 0}}}), `"ant" has the weight 0`},
		{fit(good, RMSprop{Validation: problem(1, 4, 5, 2, 1)}), "validation: rows of 5 features, training has 4"},
		{fit(good, RMSprop{Validation: problem(1, 6, 4, 3, 1)}), "validation: row 2: class index 2"},
		{fit(good, LBFGS{Validation: problem(1, 6, 4, 3, 1)}), "validation: row 2: class index 2"},
		{fit(headtest.Data{X: good.X, D: 4, Y: append([]int{5}, good.Y[1:]...)}, RMSprop{}), "row 0: class index 5"},
		{cancelled, "context canceled"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %q, want %q", c.err, c.want)
		}
	}
	var row *RowError
	if err := fit(Subset(spoilt, []int{12, 13, 14}), RMSprop{}); !errors.As(err, &row) || row.Row != 13 {
		t.Errorf("%v does not name row 13 of the whole data", err)
	}
}

func TestRecordIsJSON(t *testing.T) {
	d := problem(64, 40, 6, 2, 1)
	s := RMSprop{Epochs: 2, RateAuto: true, ClassWeights: ClassWeights{Given: map[string]float64{"ant": 2}}}
	_, r, err := s.Fit(t.Context(), d, names(2), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Record
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*r, back) {
		t.Errorf("%+v came back as %+v", *r, back)
	}
	for _, name := range []string{"solver", "rmsprop", "rows", "dim", "counts", "held_out", "epochs", "rates", "lr", "class_weights", "early_stop"} {
		if !strings.Contains(string(b), `"`+name+`":`) {
			t.Errorf("no field %s in %s", name, b)
		}
	}
}

// generated is rows that are made when asked for.
type generated struct{ n, d int }

func (g generated) Len() int        { return g.n }
func (g generated) Dim() int        { return g.d }
func (g generated) Label(i int) int { return i % 4 }
func (g generated) Row(i int, dst []float32) error {
	for j := range dst {
		dst[j] = float32((i*31+j*17)%101)/50 - 1
	}
	return nil
}

func TestMemoryDoesNotGrowWithRows(t *testing.T) {
	used := func(n int) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, _, err := (RMSprop{Epochs: 1, Batch: 256, Standardize: true}).Fit(t.Context(), generated{n, 512}, names(4), nil); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	used(100)
	few, many := used(1000), used(9000)
	if grown := many - few; grown > 8000*32 { // the rows themselves would be 8000·2048
		t.Errorf("8000 more rows take %d bytes more", grown)
	}
}
