package head

import (
	"fmt"

	"graft/head/metrics"
)

// A Tap is an output of a trunk and how heads on its features do in cross-validation. It
// marshals to JSON; the field names are kept stable.
type Tap struct {
	Name    string  `json:"tap"`
	Dim     int     `json:"dim"`
	Seconds float64 `json:"seconds"` // duration of the cross-validation
	*CrossValidation
}

// TapAdvice is which tap of a trunk suits some images, by the four cases of transfer learning
// (CS231n, "Transfer Learning", to which PyTorch's tutorial refers):
//
//	        near to what the trunk was trained on   far from it
//	few     a linear head on the deepest tap        a linear head on an earlier tap
//	many    train the whole trunk further           train the whole trunk
//
// Deep features are specific to what a trunk was trained on, early ones are not. So images
// count as far if an earlier tap beats the deepest one: McNemar's exact p-value of the best of
// the earlier ones, times their number (Bonferroni), is below 0.05. It marshals to JSON; the field
// names are kept stable.
type TapAdvice struct {
	Taps        []Tap   `json:"taps"` // as given, the deepest last
	Recommended string  `json:"recommended"`
	Far         bool    `json:"far"`
	Many        bool    `json:"many"`
	PerClass    float64 `json:"images_per_class"` // mean
	Earlier     string  `json:"best_earlier_tap"` // of equals the first
	P           float64 `json:"p"`                // that it differs from the deepest tap by chance
	Reason      string  `json:"reason"`
}

// manyPerClass is the mean number of images per class from which on they count as many. It is a
// rule of thumb; nothing but the advice depends on it.
const manyPerClass = 1000

// AdviseTap recommends one of two or more taps, the deepest last, that have been cross-validated
// with the same folds of the same rows, which have classes y of c.
func AdviseTap(taps []Tap, y []int, c int) *TapAdvice {
	last := len(taps) - 1
	best := 0
	for i, t := range taps[:last] {
		if t.Correct > taps[best].Correct {
			best = i
		}
	}
	earlier, deepest := taps[best], taps[last]
	versus := metrics.Compare(y, metrics.Predictions(earlier.Probabilities, c), metrics.Predictions(deepest.Probabilities, c))
	t := &TapAdvice{
		Taps: taps, Recommended: deepest.Name, Earlier: earlier.Name,
		PerClass: float64(len(y)) / float64(c), P: min(1, versus.P*float64(last)),
	}
	t.Many = t.PerClass >= manyPerClass
	if t.Far = versus.OnlyA > versus.OnlyB && t.P < 0.05; t.Far {
		t.Recommended = earlier.Name
	}
	t.Reason = t.reason(earlier, deepest)
	return t
}

// reason is the advice in one sentence.
func (t *TapAdvice) reason(earlier, deepest Tap) string {
	count := fmt.Sprintf("there are few of them (%.0f a class)", t.PerClass)
	if t.Many {
		count = fmt.Sprintf("there are many of them (%.0f a class)", t.PerClass)
	}
	how := fmt.Sprintf("%.4f against %.4f, p = %.2g", earlier.Accuracy, deepest.Accuracy, t.P)
	near := fmt.Sprintf("take %s, the deepest tap: no earlier one is better beyond chance (%s, the best of them, has %s), so the images are near to what the trunk was trained on, and %s, so ",
		deepest.Name, earlier.Name, how, count)
	far := fmt.Sprintf("take %s: it beats %s, the deepest tap (%s), so the images are far from what the trunk was trained on, and %s, so ",
		earlier.Name, deepest.Name, how, count)
	switch {
	case t.Far && t.Many:
		return far + "training the whole trunk on them would give more, which graft does not do: train it elsewhere, starting from its weights, and import it"
	case t.Far:
		return far + "a linear head on an earlier tap is what they allow"
	case t.Many:
		return near + "training the whole trunk further may give a little more, which graft does not do: a linear head is the quick and safe part of it"
	}
	return near + "a linear head on it is what they allow"
}
