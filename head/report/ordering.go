package report

import (
	"cmp"
	"slices"
)

// A cell is a cell of the confusion matrix: the images of one class that were
// predicted as one class.
type cell struct {
	true, predicted int
	rows            []int // ascending probability of the true class
}

func (c cell) right() bool { return c.true == c.predicted }

// An ordering is the images in the order in which a person wants to see them.
type ordering struct {
	cells  []cell // mistakes first, the most frequent ahead, then right ones by class
	worst  []int  // mistakes, ascending probability of the true class
	unsure []int  // right ones, ascending probability of the true class
}

// listed is how many of the worst mistakes, and of the least certain right ones, are shown.
const listed = 24

func newOrdering(p *Page, predicted []int) ordering {
	var o ordering
	at := map[[2]int]int{}
	var wrong, right []int
	for i, y := range p.Y {
		key := [2]int{y, predicted[i]}
		k, ok := at[key]
		if !ok {
			k = len(o.cells)
			at[key] = k
			o.cells = append(o.cells, cell{true: y, predicted: predicted[i]})
		}
		o.cells[k].rows = append(o.cells[k].rows, i)
		if y == predicted[i] {
			right = append(right, i)
		} else {
			wrong = append(wrong, i)
		}
	}
	byTruth := func(a, b int) int { return cmp.Or(cmp.Compare(p.row(a)[p.Y[a]], p.row(b)[p.Y[b]]), cmp.Compare(a, b)) }
	for _, c := range o.cells {
		slices.SortFunc(c.rows, byTruth)
	}
	slices.SortFunc(o.cells, compareCells)
	slices.SortFunc(wrong, byTruth)
	slices.SortFunc(right, byTruth)
	o.worst, o.unsure = wrong[:min(listed, len(wrong))], right[:min(listed, len(right))]
	return o
}

func compareCells(a, b cell) int {
	if a.right() != b.right() {
		if b.right() {
			return -1
		}
		return 1
	}
	if !a.right() {
		if d := cmp.Compare(len(b.rows), len(a.rows)); d != 0 {
			return d
		}
	}
	return cmp.Or(cmp.Compare(a.true, b.true), cmp.Compare(a.predicted, b.predicted))
}

// choose picks at most n images to show: those that are listed, then the first of
// each cell, the second of each, and so on.
func (o ordering) choose(n int) []int {
	var chosen []int
	seen := map[int]bool{}
	take := func(i int) {
		if len(chosen) < n && !seen[i] {
			seen[i] = true
			chosen = append(chosen, i)
		}
	}
	for _, i := range o.worst {
		take(i)
	}
	for _, i := range o.unsure {
		take(i)
	}
	for rank, more := 0, true; more && len(chosen) < n; rank++ {
		more = false
		for _, c := range o.cells {
			if rank < len(c.rows) {
				more = true
				take(c.rows[rank])
			}
		}
	}
	return chosen
}
