package head

import (
	"fmt"
	"math"
)

// A Purpose is what rows are set aside for.
type Purpose int

// The purposes.
const (
	ForAccuracy    Purpose = iota + 1 // to estimate it by cross-validation
	ForPenalty                        // to choose that of [LBFGS]
	ForRate                           // to choose the learning rate of [RMSprop], or when to stop
	ForCalibration                    // to fit a temperature
)

// A FoldsError says that there are too few rows, or too few of a class, to set some aside.
type FoldsError struct {
	Purpose Purpose
	Err     error
}

// Error is the reason.
func (e *FoldsError) Error() string { return e.Err.Error() }

// Unwrap gives the reason.
func (e *FoldsError) Unwrap() error { return e.Err }

// Folds deals n rows with classes y (0…c−1) out to k stratified folds: fold[i] is in 0…k−1. Every
// fold gets its part of every class, whose sizes differ by one at most between folds; which rows
// share a fold is drawn from the seed. A class with a single row, or fewer than two classes, is an
// error: a fold could not be judged.
func Folds(y []int, labels []string, k int, seed uint64) ([]int, error) {
	byClass, err := rowsByClass(y, labels)
	if err != nil {
		return nil, fmt.Errorf("folds: %w", err)
	}
	if k < 2 || k > len(y) {
		return nil, fmt.Errorf("folds: %d folds of %d rows; there must be from 2 to the number of rows", k, len(y))
	}
	r, fold, next := newRandom(seed, streamFolds), make([]int, len(y)), 0
	for _, rows := range byClass {
		shuffle(r, rows)
		for _, i := range rows {
			fold[i] = next % k
			next++
		}
	}
	return fold, nil
}

// HoldOut sets a fraction, in (0, 1), of the rows of every class aside, at least one row on each
// side. train and held are row numbers in ascending order.
func HoldOut(y []int, labels []string, fraction float64, seed uint64) (train, held []int, err error) {
	if !(fraction > 0 && fraction < 1) {
		return nil, nil, fmt.Errorf("hold-out: a fraction of %v; it must be between 0 and 1", fraction)
	}
	byClass, err := rowsByClass(y, labels)
	if err != nil {
		return nil, nil, fmt.Errorf("hold-out: %w", err)
	}
	r, out := newRandom(seed, streamFolds), make([]bool, len(y))
	for _, rows := range byClass {
		shuffle(r, rows)
		n := int(math.Round(fraction * float64(len(rows))))
		for _, i := range rows[:min(max(n, 1), max(len(rows)-1, 0))] {
			out[i] = true
		}
	}
	for i, o := range out {
		if o {
			held = append(held, i)
		} else {
			train = append(train, i)
		}
	}
	return train, held, nil
}

// rowsByClass lists the rows of each class that has any.
func rowsByClass(y []int, labels []string) ([][]int, error) {
	rows, present := make([][]int, len(labels)), 0
	for i, c := range y {
		if c < 0 || c >= len(labels) {
			return nil, &RowError{Row: i, Err: fmt.Errorf("class index %d, but there are %d labels", c, len(labels))}
		}
		rows[c] = append(rows[c], i)
	}
	for c, r := range rows {
		if len(r) == 1 {
			return nil, fmt.Errorf("class %q has a single row; there must be two or more to set some aside", labels[c])
		}
		if len(r) > 0 {
			present++
		}
	}
	if present < 2 {
		return nil, fmt.Errorf("one class only; there must be two or more")
	}
	return rows, nil
}

// classes is the class of every row.
func classes(d Data) []int {
	y := make([]int, d.Len())
	for i := range y {
		y[i] = d.Label(i)
	}
	return y
}

// split is rows to train on, and rows to judge on.
type split struct{ in, out []int }

// splitsOf turns the number of each row's fold into k splits.
func splitsOf(fold []int, k int) []split {
	splits := make([]split, k)
	for i, f := range fold {
		for j := range splits {
			if j == f {
				splits[j].out = append(splits[j].out, i)
			} else {
				splits[j].in = append(splits[j].in, i)
			}
		}
	}
	return splits
}
