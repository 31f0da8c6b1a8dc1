package head

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"graft/head/internal/headtest"
	"graft/head/metrics"
)

func TestMatch(t *testing.T) {
	index, err := Match([]string{"ant", "bee", "cat"}, []string{"cat", "ant"})
	if err != nil || !slices.Equal(index, []int{2, 0}) {
		t.Errorf("%v, %v", index, err)
	}
	d := Relabel(headtest.Data{D: 1, X: []float32{1, 2}, Y: []int{0, 1}}, index)
	if d.Label(0) != 2 || d.Label(1) != 0 {
		t.Errorf("relabelled %d, %d", d.Label(0), d.Label(1))
	}
	_, err = Match([]string{"ant", "bee"}, []string{"ant", "cow"})
	if want := `match classes: the head does not know "cow"; it knows "ant", "bee", the data has "ant", "cow"`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestCalibration(t *testing.T) {
	d, held := problem(70, 300, 20, 3, 0.8), problem(71, 300, 20, 3, 0.8)
	h := trained(t, LBFGS{C: 1e4}, d, names(3))
	hot := h.Calibrated(0.2) // five times too sure
	hot.Temperature = 0
	cool, c, err := Calibrate(t.Context(), hot, held)
	if err != nil {
		t.Fatal(err)
	}
	if c.LogLossAfter >= c.LogLossBefore || c.ECEAfter >= c.ECEBefore || cool.Temperature != c.Temperature {
		t.Errorf("%+v", c)
	}
	r, err := Evaluate(t.Context(), cool, held, metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log loss of the calibrated head", r.LogLoss, c.LogLossAfter, 1e-6)
	near(t, "ECE before, from the head alone", r.Calibration.ECEBefore, c.ECEBefore, 1e-5)
	p, err := Probabilities(t.Context(), hot, held)
	if err != nil {
		t.Fatal(err)
	}
	for _, factor := range []float64{0.99, 1.01} {
		if k := compareTemperature(held.Y, p, 3, c.Temperature*factor); k.LogLossAfter < c.LogLossAfter {
			t.Errorf("temperature %v is better than %v", c.Temperature*factor, c.Temperature)
		}
	}
	if accuracy(t, hot, held) != accuracy(t, cool, held) {
		t.Error("calibration changed predictions")
	}
}

func TestFoldsAreStratified(t *testing.T) {
	y := make([]int, 103)
	for i := range y {
		y[i] = i * i % 7 % 3
	}
	fold, err := Folds(y, names(3), 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	var count [5][3]int
	for i, f := range fold {
		count[f][y[i]]++
	}
	for c := range 3 {
		low, high := 103, 0
		for f := range 5 {
			low, high = min(low, count[f][c]), max(high, count[f][c])
		}
		if high-low > 1 {
			t.Errorf("class %d has %d to %d rows in the folds", c, low, high)
		}
	}
	again, _ := Folds(y, names(3), 5, 1)
	other, _ := Folds(y, names(3), 5, 2)
	if !slices.Equal(fold, again) || slices.Equal(fold, other) {
		t.Error("folds do not follow the seed")
	}
	in, out, err := HoldOut([]int{0, 0, 1, 1, 1, 1, 1, 1, 1, 1}, names(2), 0.25, 3)
	if err != nil || len(in) != 7 || len(out) != 3 || out[0] > 1 || out[1] < 2 {
		t.Errorf("held out %v of %v, %v", out, in, err)
	}
}

// counting is KNN that is trained on so many rows.
type counting struct {
	*testing.T
	rows int
}

func (c counting) Check() error                   { return nil }
func (c counting) Memory(n, d, classes int) int64 { return KNN{}.Memory(n, d, classes) }
func (c counting) Fit(ctx context.Context, d Data, labels []string, observe func(Epoch)) (Predictor, *Record, error) {
	if d.Len() != c.rows {
		c.Errorf("trains on %d rows, want %d", d.Len(), c.rows)
	}
	return KNN{}.Fit(ctx, d, labels, observe)
}

func TestCrossValidate(t *testing.T) {
	d := problem(72, 120, 10, 3, 1)
	v, err := CrossValidate(t.Context(), d, names(3), counting{t, 96}, FoldSettings{K: 5})
	if err != nil {
		t.Fatal(err)
	}
	r, err := metrics.Judge(names(3), d.Y, v.Probabilities, metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Folds) != 5 || r.Correct != v.Correct || v.Interval != r.Interval {
		t.Errorf("%+v, but the probabilities say %v", v, r)
	}
	near(t, "mean over equal folds", v.Accuracy, r.Accuracy, 1e-12)
}

// TestCrossCalibrate: the temperature is what the folds say, or of many rows the tenth held out.
func TestCrossCalibrate(t *testing.T) {
	d := problem(75, 200, 10, 3, 1)
	s := LBFGS{C: 100}
	c, err := CrossCalibrate(t.Context(), d, names(3), s, 4)
	if err != nil {
		t.Fatal(err)
	}
	v, err := CrossValidate(t.Context(), d, names(3), s, FoldSettings{K: 5, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	if want, err := fitTemperature(d.Y, v.Probabilities, 3); err != nil || !reflect.DeepEqual(c, want) {
		t.Errorf("%+v, want %+v (%v)", c, want, err)
	}
	many := generated{largeRows + 20, 3}
	if c, err = CrossCalibrate(t.Context(), many, names(4), counting{t, 18016}, 0); err != nil || c.Rows != 2004 {
		t.Errorf("calibrated on %+v, %v", c, err)
	}
}

func TestKNN(t *testing.T) {
	d, queries := problem(73, 2500, 12, 4, 1), problem(74, 30, 12, 4, 1)
	k, _, err := KNN{K: 7, Temperature: 0.1}.Fit(t.Context(), d, names(4), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float64, 30*4)
	k.Predict(queries.X, got)
	for q := range 30 {
		want, order, cosine := make([]float64, 4), upTo(2500), make([]float64, 2500)
		for i := range cosine {
			var dot, a, b float64
			for j := range 12 {
				u, v := float64(d.X[i*12+j]), float64(queries.X[q*12+j])
				dot, a, b = dot+u*v, a+u*u, b+v*v
			}
			cosine[i] = dot / math.Sqrt(a*b)
		}
		slices.SortFunc(order, func(i, j int) int {
			if cosine[i] > cosine[j] {
				return -1
			}
			return 1
		})
		for _, i := range order[:7] {
			want[d.Y[i]] += math.Exp(cosine[i] / 0.1)
		}
		total := want[0] + want[1] + want[2] + want[3]
		for c := range want {
			near(t, "probability", got[q*4+c], want[c]/total, 1e-5)
		}
	}
}

func TestPredictPanicsOnWrongShapes(t *testing.T) {
	defer func() {
		if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "head: ") {
			t.Errorf("panic %v", s)
		}
	}()
	h := &Head{Labels: names(2), Dim: 3, W: make([]float32, 6), B: make([]float32, 2)}
	h.Predict(make([]float32, 4), make([]float64, 2))
}
