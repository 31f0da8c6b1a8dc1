package metrics

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// Options is what a report lists. The zero value will do.
type Options struct {
	Worst    int // rows with the highest loss to list; 0 means 20, −1 none
	Confused int // pairs of classes to list; 0 means 10, −1 none
}

// Judge judges probabilities p, n×C, of rows with classes y, indices into labels. No rows are
// an error, and what [Check] refuses is a [*RowError].
func Judge(labels []string, y []int, p []float64, o Options) (*Report, error) {
	c := len(labels)
	if len(y) == 0 {
		return nil, errors.New("evaluate: no rows")
	}
	if err := Check(y, p, c); err != nil {
		return nil, err
	}
	r := &Report{Total: len(y), Confusion: make([][]int, c)}
	for i := range r.Confusion {
		r.Confusion[i] = make([]int, c)
	}
	for i, top := range Predictions(p, c) {
		r.Confusion[y[i]][top]++
		if top == y[i] {
			r.Correct++
		}
	}
	r.Accuracy = float64(r.Correct) / float64(r.Total)
	r.Interval = Wilson(r.Correct, r.Total)
	r.LogLoss, r.Brier = LogLoss(y, p, c), Brier(y, p, c)
	r.TopK = topShares(y, p, c)
	r.ECE = ECE(y, p, c)
	r.scoreClasses(labels, func(k int) *float64 { return AUC(y, p, c, k) })
	r.Confused = confused(labels, r.Confusion, limit(o.Confused, 10))
	r.Worst = worst(labels, y, p, limit(o.Worst, 20))
	return r, nil
}

// Check reports the first row of p, n×c, that does not sum to 1 within 1e-3 or holds values that
// are not probabilities, and the first class of y outside 0…c−1, as a [*RowError].
func Check(y []int, p []float64, c int) error {
	checkShape(y, p, c)
	for i, k := range y {
		if err := checkRow(p[i*c:(i+1)*c], k); err != nil {
			return &RowError{i, err}
		}
	}
	return nil
}

// checkShape panics unless p is n×c.
func checkShape(y []int, p []float64, c int) {
	if len(p) != len(y)*c {
		panic(fmt.Sprintf("metrics: %d probabilities for %d rows of %d classes", len(p), len(y), c))
	}
}

func checkRow(row []float64, y int) error {
	if y < 0 || y >= len(row) {
		return fmt.Errorf("class index %d, but there are %d labels", y, len(row))
	}
	var sum float64
	for _, v := range row {
		if !(v >= 0 && v <= 1+1e-6) {
			return fmt.Errorf("%v is not a probability", v)
		}
		sum += v
	}
	if math.Abs(sum-1) > 1e-3 {
		return fmt.Errorf("the probabilities sum to %v, not 1", sum)
	}
	return nil
}

// Predictions is the argmax of each row of p, n×c: the most probable class, of equals the first.
func Predictions(p []float64, c int) []int {
	classes := make([]int, len(p)/c)
	for i := range classes {
		classes[i] = floats.MaxIdx(p[i*c : (i+1)*c])
	}
	return classes
}

// limit is how long a list may be: n, by default if n is 0, nothing if it is below.
func limit(n, byDefault int) int { return max(cmp.Or(n, byDefault), 0) }

// scoreClasses fills in the classes, the balanced accuracy and the mean AUC.
func (r *Report) scoreClasses(labels []string, auc func(k int) *float64) {
	c := len(labels)
	var recalls, aucs []float64
	for k, label := range labels {
		row := ClassReport{Label: label, Correct: r.Confusion[k][k], AUC: auc(k)}
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

// mean adds in order: gonum's sum adds in the order that suits the processor, and the last digit
// of a figure would depend on the machine.
func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// confused lists the pairs of classes that are mixed up most, in the order of the labels
// where counts are equal.
func confused(labels []string, confusion [][]int, n int) []Confused {
	pairs := []Confused{}
	for i, row := range confusion {
		for j, k := range row {
			if i != j && k > 0 {
				pairs = append(pairs, Confused{labels[i], labels[j], k})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b Confused) int { return cmp.Compare(b.Count, a.Count) })
	return pairs[:min(n, len(pairs))]
}

// worst lists the rows with the highest loss.
func worst(labels []string, y []int, p []float64, n int) []Worst {
	c, rows := len(labels), make([]int, len(y))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(p[a*c+y[a]], p[b*c+y[b]]) })
	list := make([]Worst, min(n, len(rows)))
	for k := range list {
		i := rows[k]
		row := p[i*c : (i+1)*c]
		list[k] = Worst{i, labels[y[i]], labels[floats.MaxIdx(row)], row[y[i]], logLoss(row[y[i]])}
	}
	return list
}
