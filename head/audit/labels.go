package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A labelIssue is a sample whose label is probably wrong.
type labelIssue struct {
	row       int     // of the probabilities
	suggested int     // the class with the largest probability
	quality   float64 // probability of the given label, 0…1: the lower, the likelier an error
}

// labelIssues finds likely label errors by confident learning and orders them,
// the likeliest error first.
//
// p is n×C: out-of-fold probabilities, of a classifier that was not trained on
// the sample. y has n class indices 0…C−1. The method is that of Northcutt,
// Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset
// Labels, JAIR 70 (2021), section 3, prune by noise rate: the joint counts of
// given and true labels are estimated from the samples that are confidently of
// a class, and that many samples are pruned for each pair of classes, those with
// the largest margin first. Result and order are those of cleanlab's
// find_label_issues with return_indices_ranked_by="self_confidence".
func labelIssues(p []float64, y []int, classes int) ([]labelIssue, error) {
	n := len(y)
	if classes < 2 || len(p) != n*classes {
		return nil, fmt.Errorf("audit: %d probabilities for %d samples of %d classes", len(p), n, classes)
	}
	for i, c := range y {
		if c < 0 || c >= classes {
			return nil, fmt.Errorf("audit: sample %d has class %d of %d", i, c, classes)
		}
	}
	l := labelled{p: p, y: y, classes: classes, counts: make([]int, classes)}
	for _, c := range y {
		l.counts[c]++
	}
	noise := pruneCounts(l.calibrate(l.confidentJoint()))
	var issues []labelIssue
	for i, suspect := range l.prune(noise) {
		guess := l.guess(i)
		if suspect && guess != y[i] {
			issues = append(issues, labelIssue{i, guess, l.row(i)[y[i]]})
		}
	}
	slices.SortStableFunc(issues, func(a, b labelIssue) int { return cmp.Compare(a.quality, b.quality) })
	return issues, nil
}

// labelled is n samples with probabilities and given labels.
type labelled struct {
	p       []float64 // n×classes
	y       []int
	classes int
	counts  []int // samples of each given label
}

func (l *labelled) row(i int) []float64 { return l.p[i*l.classes : (i+1)*l.classes] }

// guess is the argmax of row i; the given label wins a tie.
func (l *labelled) guess(i int) int {
	best, row := l.y[i], l.row(i)
	for c, v := range row {
		if v > row[best] {
			best = c
		}
	}
	return best
}

// thresholds are, for each class, the mean probability of the class among the
// samples labelled so: at or above it a sample counts as confidently of the class.
func (l *labelled) thresholds() []float64 {
	own := make([][]float64, l.classes)
	for i, c := range l.y {
		own[c] = append(own[c], l.row(i)[c])
	}
	t := make([]float64, l.classes)
	for c, p := range own {
		t[c] = math.Inf(1) // nothing is confidently of a class without samples
		if len(p) > 0 {
			t[c] = max(sum(p)/float64(len(p)), 2*confidenceSlack)
		}
	}
	return t
}

// confidenceSlack absorbs rounding where a probability equals its threshold.
const confidenceSlack = 1e-6

// confidentJoint counts, classes×classes, the samples labelled i (row) that are
// confidently of class j (column). The diagonal is at least 1.
func (l *labelled) confidentJoint() []float64 {
	thresholds := l.thresholds()
	joint := make([]float64, l.classes*l.classes)
	for i, given := range l.y {
		if c := confidentClass(l.row(i), thresholds); c >= 0 {
			joint[given*l.classes+c]++
		}
	}
	for c := range l.classes {
		joint[c*l.classes+c] = max(joint[c*l.classes+c], 1)
	}
	return joint
}

// confidentClass is the class that reaches its threshold, the argmax if several
// do, −1 if none does.
func confidentClass(row, thresholds []float64) int {
	first, reached := -1, 0
	for c, v := range row {
		if v >= thresholds[c]-confidenceSlack {
			if reached == 0 {
				first = c
			}
			reached++
		}
	}
	if reached > 1 {
		return slices.Index(row, slices.Max(row))
	}
	return first
}

// calibrate scales the joint so that its rows sum to the number of samples of
// each label, in whole numbers.
func (l *labelled) calibrate(joint []float64) []float64 {
	for c, n := range l.counts {
		row := joint[c*l.classes : (c+1)*l.classes]
		of := sum(row)
		for j := range row {
			row[j] = row[j] / of * float64(n) // in this order: halves are rounded below
		}
	}
	total := sum(joint)
	for i := range joint {
		joint[i] = joint[i] / total * float64(len(l.y))
	}
	for c := range l.classes {
		roundKeepingSum(joint[c*l.classes : (c+1)*l.classes])
	}
	return joint
}

// prune marks, for each pair of a given label k and another class j, counts[j][k]
// of the samples labelled k, those with the largest margin p_j − p_k. A class of
// one sample is left alone.
func (l *labelled) prune(counts [][]int) []bool {
	suspects := make([]bool, len(l.y))
	for k := range l.classes {
		if l.counts[k] <= 1 {
			continue
		}
		var members []int
		for i, c := range l.y {
			if c == k {
				members = append(members, i)
			}
		}
		for j := range l.classes {
			if j == k || counts[j][k] <= 0 {
				continue
			}
			margin := func(i int) float64 { return l.row(i)[j] - l.row(i)[k] }
			order := slices.Clone(members)
			slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(margin(b), margin(a)) })
			for _, i := range order[:min(counts[j][k], len(order))] {
				suspects[i] = true
			}
		}
	}
	return suspects
}
