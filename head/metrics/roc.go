package metrics

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// AUC is the area under the ROC curve of class k against the rest: the probability that a row of
// class k gets a higher probability of k than a row of another class, ties counting half. p is
// n×c. It is nil if there are no rows of k, or no others.
//
// It is Mann and Whitney's U from ranks, a sum of halves and so exact; the area below the points
// of gonum's stat.ROC would be the same up to rounding.
func AUC(y []int, p []float64, c, k int) *float64 {
	rows, own := scoredRows(y, p, c, k)
	others := len(y) - own
	if own == 0 || others == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b scored) int { return cmp.Compare(a.p, b.p) })
	var u float64 // Σ over own rows of the others below, ties half
	below := 0
	for i := 0; i < len(rows); {
		j, ownTied, otherTied := i, 0, 0
		for ; j < len(rows) && rows[j].p == rows[i].p; j++ {
			if rows[j].own {
				ownTied++
			} else {
				otherTied++
			}
		}
		u += float64(float64(ownTied) * (float64(below) + float64(float64(otherTied)/2)))
		below += otherTied
		i = j
	}
	auc := u / (float64(own) * float64(others))
	return &auc
}

// scored is a row's probability of a class, and whether it is of that class.
type scored struct {
	p   float64
	own bool
}

// scoredRows is all rows as class k sees them, and how many are its own.
func scoredRows(y []int, p []float64, c, k int) (rows []scored, own int) {
	checkShape(y, p, c)
	rows = make([]scored, len(y))
	for i := range y {
		rows[i] = scored{p[i*c+k], y[i] == k}
		if y[i] == k {
			own++
		}
	}
	return rows, own
}

// An ROCPoint is a point of a receiver operating characteristic: the shares of the other rows
// and of the class's own that a threshold lets through.
type ROCPoint struct{ FalsePositive, TruePositive float64 }

// ROC is the curve of class k against the rest, from (0, 0) to (1, 1); p is n×c. It is nil if
// all rows, or none, are of the class. The area below it is [AUC].
func ROC(y []int, p []float64, c, k int) []ROCPoint {
	rows, own := scoredRows(y, p, c, k)
	if own == 0 || own == len(y) {
		return nil
	}
	scores, is := make([]float64, len(rows)), make([]bool, len(rows))
	for i, r := range rows {
		scores[i], is[i] = r.p, r.own
	}
	stat.SortWeightedLabeled(scores, is, nil)
	tpr, fpr, _ := stat.ROC(nil, scores, is, nil)
	curve := make([]ROCPoint, len(tpr))
	for i := range curve {
		curve[i] = ROCPoint{fpr[i], tpr[i]}
	}
	return curve
}
