package report

import (
	"fmt"
	"html/template"
	"math"
	"unicode/utf8"

	"graft/head"
)

// matrixStyle is how a confusion matrix of c classes is drawn.
type matrixStyle struct {
	cell    float64 // pixels of a side
	numbers bool    // counts are written into the cells
	labels  bool    // classes are written at the sides
}

func styleOf(c int) matrixStyle {
	switch {
	case c <= 3:
		return matrixStyle{84, true, true}
	case c <= 8:
		return matrixStyle{54, true, true}
	case c <= 16:
		return matrixStyle{36, true, true}
	case c <= 30:
		return matrixStyle{26, true, true}
	case c <= 60:
		return matrixStyle{13, false, true}
	case c <= 150:
		return matrixStyle{9, false, true} // 100 classes fit the page
	}
	return matrixStyle{4, false, false}
}

const (
	labelLetters = 18  // longer labels are cut in the middle
	letterWidth  = 6.6 // pixels, about
)

// drawMatrix draws the confusion matrix as a heat map: a row a true class, a
// column a predicted one. A cell is as strong as its share of the row, and
// leads to its images.
func drawMatrix(r *head.Report) template.HTML {
	c := len(r.Classes)
	style, margin := styleOf(c), matrixMargin(r)
	if !style.labels {
		margin = 24
	}
	side := style.cell * float64(c)
	var s svg
	s.add("rect", "class", "frame", "x", margin, "y", margin, "width", side, "height", side)
	if style.labels {
		matrixLabels(&s, r, style, margin)
	}
	for i, row := range r.Confusion {
		for j, n := range row {
			if n > 0 {
				s.matrixCell(r, i, j, style, margin)
			}
		}
	}
	s.text("axis mid", margin+side/2, margin+side+18, "predicted")
	s.text("axis mid", 0, 0, "true", "transform", fmt.Sprintf("translate(%s %s) rotate(90)", coordinate(margin+side+10), coordinate(margin+side/2)))
	return s.picture(margin+side+24, margin+side+26, "Confusion matrix: a row is the true class, a column what was predicted")
}

// matrixMargin is the room that the longest label takes.
func matrixMargin(r *head.Report) float64 {
	longest := 4
	for _, c := range r.Classes {
		longest = max(longest, min(utf8.RuneCountInString(c.Label), labelLetters))
	}
	return math.Ceil(float64(longest)*letterWidth) + 12
}

func matrixLabels(s *svg, r *head.Report, style matrixStyle, margin float64) {
	class := "tick"
	switch {
	case style.cell < 10:
		class = "tick tiny"
	case style.cell < 20:
		class = "tick small"
	}
	for k, c := range r.Classes {
		label := shorten(plain(c.Label))
		middle := margin + (float64(k)+0.5)*style.cell
		s.text(class+" end", margin-7, middle+style.cell*0.05+3, label)
		turned := fmt.Sprintf("translate(%s %s) rotate(-90)", coordinate(middle+style.cell*0.05+3), coordinate(margin-7))
		if style.cell >= 54 && float64(utf8.RuneCountInString(label))*letterWidth < style.cell {
			s.text(class+" mid", middle, margin-8, label)
			continue
		}
		s.text(class, 0, 0, label, "transform", turned)
	}
}

func (s *svg) matrixCell(r *head.Report, i, j int, style matrixStyle, margin float64) {
	n, support := r.Confusion[i][j], r.Classes[i].Support
	share := float64(n) / float64(support)
	class := "wrong"
	if i == j {
		class = "right"
	}
	x, y := margin+float64(j)*style.cell, margin+float64(i)*style.cell
	gap := 1.0
	if style.cell < 10 {
		gap = style.cell / 18
	}
	s.open("a", "href", "#"+cellID(i, j))
	title := fmt.Sprintf("%s taken for %s: %d of %d (%s)", r.Classes[i].Label, r.Classes[j].Label, n, support, percent(share))
	if i == j {
		title = fmt.Sprintf("%s recognised: %d of %d (%s)", r.Classes[i].Label, n, support, percent(share))
	}
	// A single mistake in a large class must still be seen.
	s.addTitled(title, "rect", "class", "cell "+class, "x", x+gap, "y", y+gap, "width", style.cell-2*gap, "height", style.cell-2*gap, "fill-opacity", 0.14+0.86*share)
	if style.numbers {
		class := "number mid"
		if share > 0.6 {
			class += " inverse"
		}
		s.text(class, x+style.cell/2, y+style.cell/2+5, fmt.Sprint(n))
	}
	s.close("a")
}

// cellID is the anchor of the images of a cell.
func cellID(true, predicted int) string { return fmt.Sprintf("c%d-%d", true, predicted) }

// imageID is the anchor of an image among those of its cell.
func imageID(row int) string { return fmt.Sprintf("i%d", row) }

// shorten cuts a label in its middle, since names differ at their ends.
func shorten(label string) string {
	return fitText(label, func(s string) bool { return utf8.RuneCountInString(s) <= labelLetters })
}
