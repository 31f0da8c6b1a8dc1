package report

import (
	"cmp"
	"slices"
)

// A cell is the images of one class that were taken for one class: a cell of
// the confusion matrix.
type cell struct {
	true, predicted int
	rows            []int // mistakes: the surest first; right ones: the least certain first
}

func (c cell) right() bool { return c.true == c.predicted }

// A gallery is the images in the order in which a person wants to see them.
type gallery struct {
	cells  []cell // mistakes first, the most frequent ahead, then right ones by class
	worst  []int  // mistakes, those that gave the true class least first
	unsure []int  // right ones, the least certain first
}

// listed is how many worst mistakes and least certain right ones are shown.
const listed = 24

func newGallery(p *Page, predicted []int) gallery {
	var g gallery
	at := map[[2]int]int{}
	var wrong, right []int
	for i, y := range p.Y {
		key := [2]int{y, predicted[i]}
		k, ok := at[key]
		if !ok {
			k = len(g.cells)
			at[key] = k
			g.cells = append(g.cells, cell{true: y, predicted: predicted[i]})
		}
		g.cells[k].rows = append(g.cells[k].rows, i)
		if y == predicted[i] {
			right = append(right, i)
		} else {
			wrong = append(wrong, i)
		}
	}
	// For right ones, too, the probability of the true class says how certain they are.
	order := func(a, b int) int { return cmp.Or(cmp.Compare(p.row(a)[p.Y[a]], p.row(b)[p.Y[b]]), cmp.Compare(a, b)) }
	for _, c := range g.cells {
		slices.SortFunc(c.rows, order)
	}
	slices.SortFunc(g.cells, compareCells)
	slices.SortFunc(wrong, order)
	slices.SortFunc(right, order)
	g.worst, g.unsure = wrong[:min(listed, len(wrong))], right[:min(listed, len(right))]
	return g
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

// choose picks at most n images to show: those that are listed, then one of
// each cell in turn, so that no cell remains without as long as there is room.
func (g gallery) choose(n int) []int {
	var chosen []int
	seen := map[int]bool{}
	take := func(i int) {
		if len(chosen) < n && !seen[i] {
			seen[i] = true
			chosen = append(chosen, i)
		}
	}
	for _, i := range g.worst {
		take(i)
	}
	for _, i := range g.unsure {
		take(i)
	}
	for rank, more := 0, true; more && len(chosen) < n; rank++ {
		more = false
		for _, c := range g.cells {
			if rank < len(c.rows) {
				more = true
				take(c.rows[rank])
			}
		}
	}
	return chosen
}
