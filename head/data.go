package head

import (
	"errors"
	"fmt"
	"slices"

	"graft/head/internal/kernel"
	"graft/head/metrics"
)

// Rows is n rows of d features. They are asked for one at a time, in any order, as often as
// needed, from one goroutine at a time: nothing requires them to be in memory.
type Rows interface {
	Len() int                       // n
	Dim() int                       // d
	Row(i int, dst []float32) error // copies row i to dst, d long
}

// Data is rows with labels.
type Data interface {
	Rows
	Label(i int) int // the class of row i: an index into the labels
}

// Viewer is Data with augmented views of every row, numbered 1…Views(). If Views() is positive,
// [RMSprop] trains on view 1 + (epoch mod Views()), epochs counted from 0; everything else uses
// Row, which is view 0.
type Viewer interface {
	Data
	Views() int
	View(i, view int, dst []float32) error // copies a view of row i to dst, d long
}

// RowError says which row is at fault, by its number in the data that subsets were taken of.
type RowError = metrics.RowError

// isRowError reports whether an error already says which row it is about.
func isRowError(err error) bool {
	var row *RowError
	return errors.As(err, &row)
}

// Subset is the rows of d that index names, in that order. Views are passed through.
func Subset(d Data, index []int) Data {
	s := subset{rowSubset{d, index}, d}
	if v, ok := d.(Viewer); ok {
		return viewSubset{s, v}
	}
	return s
}

// SubsetRows is the rows of r that index names, in that order.
func SubsetRows(r Rows, index []int) Rows { return rowSubset{r, index} }

type rowSubset struct {
	Rows
	index []int
}

func (s rowSubset) Len() int { return len(s.index) }
func (s rowSubset) Row(i int, dst []float32) error {
	return s.at(i, s.Rows.Row(s.index[i], dst))
}

// SafeForConcurrentUse is that of the rows.
func (s rowSubset) SafeForConcurrentUse() bool { return concurrent(s.Rows) }

// at makes err an error about row i by its number before the subset, unless it names a row already.
func (s rowSubset) at(i int, err error) error {
	if err == nil || isRowError(err) {
		return err
	}
	return &RowError{Row: s.index[i], Err: err}
}

type subset struct {
	rowSubset
	data Data
}

func (s subset) Label(i int) int { return s.data.Label(s.index[i]) }

type viewSubset struct {
	subset
	viewer Viewer
}

func (s viewSubset) Views() int { return s.viewer.Views() }
func (s viewSubset) View(i, view int, dst []float32) error {
	return s.at(i, s.viewer.View(s.index[i], view, dst))
}

// original is the number of row i in the rows of which r is a subset.
func original(r Rows, i int) int {
	for {
		switch s := r.(type) {
		case rowSubset:
			r, i = s.Rows, s.index[i]
		case subset:
			r, i = s.data, s.index[i]
		case viewSubset:
			r, i = s.data, s.index[i]
		case relabelled:
			r = s.Data
		default:
			return i
		}
	}
}

// readRow copies row i of d (an augmented view if view > 0) to dst and checks that every
// value is finite.
func readRow(d Rows, i, view int, dst []float32) error {
	var err error
	if v, ok := d.(Viewer); ok && view > 0 {
		err = v.View(i, view, dst)
	} else {
		err = d.Row(i, dst)
	}
	if err != nil {
		if isRowError(err) {
			return err
		}
		return &RowError{Row: original(d, i), Err: err}
	}
	if j := notFinite(dst[:d.Dim()]); j >= 0 {
		return &RowError{Row: original(d, i), Err: fmt.Errorf("feature %d is %v; features must be finite", j, dst[j])}
	}
	return nil
}

// notFinite is the index of the first value of x that is NaN or infinite, −1 if none is.
func notFinite(x []float32) int {
	if kernel.Finite(x) {
		return -1
	}
	return slices.IndexFunc(x, func(v float32) bool { return v-v != 0 })
}

// checkData reports data that cannot be trained on with these labels, and counts the rows of each
// class.
func checkData(d Data, labels []string) ([]int, error) {
	if d.Len() == 0 {
		return nil, fmt.Errorf("train a head: the data has no rows")
	}
	if d.Dim() <= 0 {
		return nil, fmt.Errorf("train a head: rows of %d features", d.Dim())
	}
	if len(labels) < 2 {
		return nil, fmt.Errorf("train a head: one class only (%q); there must be two or more", labels)
	}
	counts, err := countClasses(d, len(labels))
	if err != nil {
		return nil, err
	}
	present, last := 0, 0
	for c, n := range counts {
		if n > 0 {
			present, last = present+1, c
		}
	}
	if present < 2 {
		return nil, fmt.Errorf("train a head: every row is of class %q; there must be two classes or more", labels[last])
	}
	return counts, nil
}

// checkValidation reports validation data, if val is not nil, that does not fit d.
func checkValidation(val, d Data, labels []string) error {
	if val == nil {
		return nil
	}
	if val.Len() == 0 {
		return fmt.Errorf("validation: the data has no rows")
	}
	if val.Dim() != d.Dim() {
		return fmt.Errorf("validation: rows of %d features, training has %d", val.Dim(), d.Dim())
	}
	if _, err := countClasses(val, len(labels)); err != nil {
		return fmt.Errorf("validation: %w", err)
	}
	return nil
}

// countClasses counts the rows of each of c classes.
func countClasses(d Data, c int) ([]int, error) {
	if b, ok := d.(Blocked); ok {
		return b.Counts(), nil
	}
	counts := make([]int, c)
	for i := range d.Len() {
		y := d.Label(i)
		if y < 0 || y >= c {
			return nil, &RowError{Row: original(d, i), Err: fmt.Errorf("class index %d, but there are %d labels", y, c)}
		}
		counts[y]++
	}
	return counts, nil
}
