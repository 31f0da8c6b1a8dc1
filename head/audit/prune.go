package audit

import (
	"cmp"
	"math"
	"slices"
)

// pruneCounts turns the joint of given (rows) and true labels (columns) into
// the number of samples to prune, indexed by true class, then given label. At
// least one sample of every class must remain: what the diagonal lacks is taken
// in equal parts from the other entries of its column.
func pruneCounts(joint []float64) [][]int {
	classes := int(math.Sqrt(float64(len(joint))))
	counts := make([][]float64, classes) // transposed: [true][given]
	for j := range counts {
		counts[j] = make([]float64, classes)
		for i := range counts[j] {
			counts[j][i] = joint[i*classes+j]
		}
	}
	for k := range classes {
		keepOne(counts, k)
	}
	whole := make([][]int, classes)
	for j, row := range counts {
		whole[j] = make([]int, classes)
		for i := range row {
			row[i] = math.Trunc(row[i])
		}
		roundKeepingSum(row)
		for i, v := range row {
			whole[j][i] = int(v)
		}
	}
	return whole
}

// keepOne raises entry k of the diagonal to 1, at the cost of column k.
func keepOne(counts [][]float64, k int) {
	lack := max(1-counts[k][k], 0)
	others := -1.0
	for _, row := range counts {
		if row[k] != 0 {
			others++
		}
	}
	for _, row := range counts {
		row[k] = max(row[k]-lack/max(others, 1), 0)
	}
	counts[k][k] = max(counts[k][k], 1)
}

// roundKeepingSum rounds the entries of x to whole numbers whose sum is the
// rounded sum of x, by adjusting the entries that rounding changed most.
func roundKeepingSum(x []float64) {
	want := math.RoundToEven(sum(x))
	whole := make([]float64, len(x))
	for i, v := range x {
		whole[i] = math.RoundToEven(v)
	}
	for have := sum(whole); have != want; have = sum(whole) {
		step := 1.0
		if want < have {
			step = -1
		}
		order := make([]int, len(x))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x[a]-whole[a], x[b]-whole[b]) })
		if step > 0 {
			slices.Reverse(order)
		}
		for _, i := range order[:min(int(math.Abs(want-have)), len(x))] {
			whole[i] += step
		}
	}
	copy(x, whole)
}

// sum is pairwise summation in the order of NumPy (gonum's floats.Sum has
// another), so that halves are rounded the way they are in cleanlab.
func sum(x []float64) float64 {
	switch n := len(x); {
	case n < 8:
		var s float64
		for _, v := range x {
			s += v
		}
		return s
	case n <= 128:
		r := [8]float64(x)
		i := 8
		for ; i+8 <= n; i += 8 {
			for j, v := range x[i : i+8] {
				r[j] += v
			}
		}
		s := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
		for _, v := range x[i:] {
			s += v
		}
		return s
	default:
		half := n/2 - n/2%8
		return sum(x[:half]) + sum(x[half:])
	}
}
