package metrics

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"
)

// Comparison is two classifiers on the same rows. Only the rows that one of them classifies right
// and the other wrong tell them apart. It marshals to JSON; the field names are kept stable.
type Comparison struct {
	Total   int     `json:"total"`
	Both    int     `json:"both"`   // rows that both classify right
	OnlyA   int     `json:"only_a"` // that A classifies right and B wrong
	OnlyB   int     `json:"only_b"` // that B classifies right and A wrong
	Neither int     `json:"neither"`
	P       float64 `json:"p"` // McNemar's exact two-sided p-value
}

// Compare counts how predicted classes a and b agree with the true classes y, and tests whether one
// is right more often by [McNemar]. It panics if the lengths differ.
func Compare(y, a, b []int) *Comparison {
	if len(a) != len(y) || len(b) != len(y) {
		panic(fmt.Sprintf("metrics: %d and %d predictions for %d rows", len(a), len(b), len(y)))
	}
	c := &Comparison{Total: len(y)}
	for i, k := range y {
		switch rightA, rightB := a[i] == k, b[i] == k; {
		case rightA && rightB:
			c.Both++
		case rightA:
			c.OnlyA++
		case rightB:
			c.OnlyB++
		default:
			c.Neither++
		}
	}
	c.P = McNemar(c.OnlyA, c.OnlyB)
	return c
}

// McNemar is the exact two-sided p-value of McNemar's test (1947), for a rows that only classifier A
// gets right and b rows that only B does. If neither were better, these rows would be tosses of a
// fair coin: it is the probability that a+b tosses fall at least as unevenly.
func McNemar(a, b int) float64 {
	if a == b {
		return 1
	}
	tosses := distuv.Binomial{N: float64(a + b), P: 0.5}
	return min(1, 2*tosses.CDF(float64(min(a, b))))
}

// String is the comparison in words.
func (c *Comparison) String() string {
	counts := fmt.Sprintf("of %d images A alone is right on %d, B alone on %d, both on %d, neither on %d",
		c.Total, c.OnlyA, c.OnlyB, c.Both, c.Neither)
	better := "A"
	if c.OnlyB > c.OnlyA {
		better = "B"
	}
	switch {
	case c.OnlyA+c.OnlyB == 0:
		return counts + ": on these images they are right and wrong together; nothing tells them apart"
	case c.OnlyA == c.OnlyB:
		return counts + ": a tie (p = 1); these images do not tell which is better"
	case c.P < 0.05:
		return fmt.Sprintf("%s: %s is better; if they were equally good, a difference as large would come up in %s such comparisons (p = %.2g)",
			counts, better, share(c.P), c.P)
	}
	return fmt.Sprintf("%s: %s is ahead, but it may be chance; if they were equally good, a difference as large would come up in %s such comparisons (p = %.2g)",
		counts, better, share(c.P), c.P)
}

// share is a probability as a number of cases.
func share(p float64) string {
	switch {
	case p < 1e-4:
		return "fewer than one in 10,000"
	case p < 0.01:
		return fmt.Sprintf("%.0f of 10,000", p*10000)
	}
	return fmt.Sprintf("%.0f of 100", p*100)
}
