package head

import (
	"cmp"
	"math"
	"slices"
)

// logLoss is −log p with p kept 2⁻⁵² away from 0 and 1, as scikit-learn does.
func logLoss(p float64) float64 {
	const eps = 0x1p-52
	return -math.Log(min(max(p, eps), 1-eps))
}

// proper fills in the scores that the whole distribution counts for.
func (r *Report) proper(y []int, p []float64, c int) {
	for i, k := range y {
		r.LogLoss += logLoss(p[i*c+k])
		for j, v := range p[i*c : (i+1)*c] {
			if j == k {
				v--
			}
			r.Brier += v * v
		}
	}
	r.LogLoss /= float64(len(y))
	r.Brier /= float64(len(y))
}

// topShares counts rows by the rank of their class.
func topShares(y []int, p []float64, c int) []TopShare {
	shares := []TopShare{}
	for _, k := range []int{1, 2, 3, 5, 10} {
		if k == 1 || k < c {
			shares = append(shares, TopShare{K: k})
		}
	}
	for i, k := range y {
		rank, own := 0, p[i*c+k]
		for j, v := range p[i*c : (i+1)*c] {
			if v > own || v == own && j < k {
				rank++
			}
		}
		for s := range shares {
			if rank < shares[s].K {
				shares[s].Accuracy++
			}
		}
	}
	for s := range shares {
		shares[s].Accuracy /= float64(len(y))
	}
	return shares
}

// eceBins is the usual number (Guo et al. 2017).
const eceBins = 15

// calibrationError is Σ_b n_b/n·|accuracy_b − confidence_b| over bins of equal width of the
// largest probability; bin b holds (b/15, (b+1)/15].
func calibrationError(y []int, p []float64, c int) float64 {
	var gap [eceBins]float64 // Σ (right − confidence)
	for i, k := range y {
		row := p[i*c : (i+1)*c]
		top := best(row)
		b := min(max(int(math.Ceil(row[top]*eceBins))-1, 0), eceBins-1)
		gap[b] -= row[top]
		if top == k {
			gap[b]++
		}
	}
	var sum float64
	for _, g := range gap {
		sum += math.Abs(g)
	}
	return sum / float64(len(y))
}

// perClass fills in the classes, the balanced accuracy and the mean AUC.
func (r *Report) perClass(labels []string, y []int, p []float64) {
	c := len(labels)
	var recalls, aucs []float64
	for k, label := range labels {
		row := ClassReport{Label: label, Correct: r.Confusion[k][k], AUC: rocAUC(y, p, c, k)}
		for j := range c {
			row.Support += r.Confusion[k][j]
			row.Predicted += r.Confusion[j][k]
		}
		if row.Predicted > 0 {
			row.Precision = float64(row.Correct) / float64(row.Predicted)
		}
		if row.Support > 0 {
			recall := float64(row.Correct) / float64(row.Support)
			f1 := 2 * float64(row.Correct) / float64(row.Support+row.Predicted)
			row.Recall, row.F1 = &recall, &f1
			recalls = append(recalls, recall)
		}
		if row.AUC != nil {
			aucs = append(aucs, *row.AUC)
		}
		r.Classes = append(r.Classes, row)
	}
	r.Balanced = mean(recalls)
	if aucs != nil {
		m := mean(aucs)
		r.AUC = &m
	}
}

func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// rocAUC is the probability that a row of class k gets a higher probability of k than a row
// of another class, ties counting half: Mann and Whitney's U from ranks. It is nil if there
// are no rows of k, or no others.
func rocAUC(y []int, p []float64, c, k int) *float64 {
	type scored struct {
		p   float64
		own bool
	}
	rows, own := make([]scored, len(y)), 0
	for i := range y {
		rows[i] = scored{p[i*c+k], y[i] == k}
		if y[i] == k {
			own++
		}
	}
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
		u += float64(ownTied) * (float64(below) + float64(otherTied)/2)
		below += otherTied
		i = j
	}
	auc := u / (float64(own) * float64(others))
	return &auc
}
