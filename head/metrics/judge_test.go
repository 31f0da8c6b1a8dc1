package metrics

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestReportString(t *testing.T) {
	r := Report{Accuracy: 146. / 153, Correct: 146, Total: 153, Interval: Wilson(146, 153)}
	if got, want := r.String(), "0.9542 (146/153), 95 % interval 0.909–0.978"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestReportListsAndNulls(t *testing.T) {
	p := []float64{.8, .1, .1, .3, .6, .1, .2, .7, .1, .9, .05, .05}
	r, err := Judge(names(3), []int{0, 0, 1, 1}, p, Options{Worst: 2, Confused: 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Confused{{"ant", "bee", 1}}; !reflect.DeepEqual(r.Confused, want) {
		t.Errorf("confused %v, want %v", r.Confused, want)
	}
	if len(r.Worst) != 2 || r.Worst[0].Row != 3 || r.Worst[0].True != "bee" || r.Worst[0].Predicted != "ant" || r.Worst[1].Row != 1 {
		t.Errorf("worst %v", r.Worst)
	}
	if c := r.Classes[2]; c.Recall != nil || c.F1 != nil || c.AUC != nil {
		t.Errorf("a class without rows has %+v", c)
	}
	near(t, "balanced accuracy", r.Balanced, 0.5, 0)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"accuracy", "correct", "total", "interval", "classes", "confusion", "balanced_accuracy", "top_k", "log_loss", "brier", "ece", "auc", "confused", "worst"} {
		if !strings.Contains(string(b), `"`+name+`":`) {
			t.Errorf("no field %s in %s", name, b)
		}
	}
}

func TestJudgeRefuses(t *testing.T) {
	for _, c := range []struct {
		p    []float64
		y    int
		want string
	}{
		{[]float64{.5, .4}, 0, "sum to 0.9"},
		{[]float64{math.NaN(), 1}, 0, "not a probability"},
		{[]float64{-.5, 1.5}, 0, "not a probability"},
		{[]float64{.5, .5}, 2, "class index 2"},
	} {
		_, err := Judge(names(2), []int{c.y}, c.p, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

func TestCompareSays(t *testing.T) {
	var y, a, b []int
	add := func(n, rightA, rightB int) {
		for range n {
			y, a, b = append(y, 1), append(a, rightA), append(b, rightB)
		}
	}
	add(5, 1, 1)
	add(1, 0, 1)
	add(9, 1, 0)
	add(2, 0, 0)
	c := Compare(y, a, b)
	near(t, "p", c.P, 0.021484375, 1e-12) // 2·(1+10)/2¹⁰
	for _, want := range []string{"of 17 images A alone is right on 9, B alone on 1, both on 5, neither on 2: A is better", "2 of 100"} {
		if !strings.Contains(c.String(), want) {
			t.Errorf("%q does not say %q", c, want)
		}
	}
	for text, c := range map[string]*Comparison{
		"nothing tells them apart":         Compare([]int{1, 2}, []int{1, 1}, []int{1, 1}),
		"a tie":                            Compare([]int{1, 1}, []int{1, 0}, []int{0, 1}),
		"B is ahead, but it may be chance": Compare([]int{1, 1}, []int{1, 0}, []int{1, 1}),
	} {
		if !strings.Contains(c.String(), text) {
			t.Errorf("%q does not say %q", c, text)
		}
	}
}
