package head

import (
	"strings"
	"testing"
)

// tapWith is a tap whose heads are wrong on the rows named, of n in two classes by turns.
func tapWith(name string, n int, wrong ...int) Tap {
	v := &CrossValidation{Correct: n - len(wrong), Total: n, Probabilities: make([]float64, 2*n)}
	v.Accuracy = float64(v.Correct) / float64(n)
	for i := range n {
		v.Probabilities[2*i+i%2] = 1
	}
	for _, i := range wrong {
		v.Probabilities[2*i+i%2], v.Probabilities[2*i+1-i%2] = 0, 1
	}
	return Tap{Name: name, CrossValidation: v}
}

// TestAdviseTap has the four cases of transfer learning.
func TestAdviseTap(t *testing.T) {
	for _, c := range []struct {
		n           int
		early, deep []int // rows that each gets wrong
		recommended string
		p           float64
		want        string
	}{
		{100, upTo(10), []int{1}, "deep", 2 * 0.00390625, "near to what the trunk was trained on, and there are few of them (50 a class), so a linear head on it"},
		{100, nil, []int{1, 2, 3}, "deep", 0.5, "no earlier one is better beyond chance"},
		{100, []int{50}, upTo(12), "early", 2 * 14 / 8192. * 2, "take early: it beats deep, the deepest tap (0.9900 against 0.8800, p = 0.0068), so the images are far"},
		{2000, upTo(10), upTo(9), "deep", 1, "there are many of them (1000 a class), so training the whole trunk further"},
		{2000, nil, upTo(9), "early", 4. / 512, "training the whole trunk on them would give more, which graft does not do"},
	} {
		y := make([]int, c.n)
		for i := range y {
			y[i] = i % 2
		}
		a := AdviseTap([]Tap{tapWith("bad", c.n, upTo(20)...), tapWith("early", c.n, c.early...), tapWith("deep", c.n, c.deep...)}, y, 2)
		if a.Recommended != c.recommended || !strings.Contains(a.Reason, c.want) {
			t.Errorf("%s: %q does not say %q", a.Recommended, a.Reason, c.want)
		}
		near(t, "p", a.P, c.p, 1e-12)
	}
}
