package metrics

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"graft/head/internal/kernel"
)

// LogLoss is the mean of −log p of the true class over the rows of p, n×c, in nats.
func LogLoss(y []int, p []float64, c int) float64 {
	checkShape(y, p, c)
	var sum float64
	for i, k := range y {
		sum += logLoss(p[i*c+k])
	}
	return sum / float64(len(y))
}

// logLoss is −log p with p kept 2⁻⁵² away from 0 and 1, as scikit-learn does.
func logLoss(p float64) float64 {
	const eps = 0x1p-52
	return -kernel.Log(min(max(p, eps), 1-eps))
}

// Brier is the Brier score, the mean over the rows of p, n×c, of Σ_c (p_c − [c = y])², in [0, 2].
func Brier(y []int, p []float64, c int) float64 {
	checkShape(y, p, c)
	var sum float64
	for i, k := range y {
		for j, v := range p[i*c : (i+1)*c] {
			if j == k {
				v--
			}
			sum += float64(v * v)
		}
	}
	return sum / float64(len(y))
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

// Bins is the number of bins of [ECE] and [Reliability], the usual one (Guo et al. 2017).
const Bins = 15

// binOf is the bin of a probability: bin b holds (b/15, (b+1)/15].
func binOf(p float64) int { return min(max(int(math.Ceil(p*Bins))-1, 0), Bins-1) }

// ECE is the expected calibration error of p, n×c: Σ_b n_b/n·|accuracy_b − confidence_b| over
// [Bins] bins of equal width of the largest probability, in [0, 1].
func ECE(y []int, p []float64, c int) float64 {
	checkShape(y, p, c)
	var gap [Bins]float64 // Σ (right − confidence)
	for i, k := range y {
		row := p[i*c : (i+1)*c]
		top := floats.MaxIdx(row)
		b := binOf(row[top])
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

// A Bin is the rows whose largest probability lies in (Low, High].
type Bin struct {
	Low, High  float64
	Rows       int
	Right      int
	Confidence float64 // mean of the largest probability; 0 without rows
}

// Reliability sorts the rows of p, n×c, by their largest probability into [Bins] bins of equal
// width. The mean of |Right/Rows − Confidence|, weighted by Rows, is the [ECE].
func Reliability(y []int, p []float64, c int) []Bin {
	checkShape(y, p, c)
	bins := make([]Bin, Bins)
	for b := range bins {
		bins[b].Low, bins[b].High = float64(b)/Bins, float64(b+1)/Bins
	}
	for i, top := range Predictions(p, c) {
		v := p[i*c+top]
		b := &bins[binOf(v)]
		b.Rows++
		b.Confidence += v
		if top == y[i] {
			b.Right++
		}
	}
	for b := range bins {
		if n := bins[b].Rows; n > 0 {
			bins[b].Confidence /= float64(n)
		}
	}
	return bins
}
