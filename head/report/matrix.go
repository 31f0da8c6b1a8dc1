package report

import (
	"fmt"
	"html/template"
	"math"
	"unicode/utf8"

	"graft/head/metrics"
)

// matrixLayout is how a confusion matrix is drawn.
type matrixLayout struct {
	cell      float64 // pixels of a side
	numbers   bool    // counts are written into the cells
	labels    bool    // classes are written at the sides
	turned    bool    // those of the columns run upwards
	left, top float64 // room for them
}

const (
	labelLetters = 18  // longer labels are cut in the middle
	letterWidth  = 6.6 // pixels, about
)

func layoutOf(r *metrics.Report) matrixLayout {
	m := matrixLayout{cell: 4, left: 24, top: 24}
	switch c := len(r.Classes); {
	case c <= 3:
		m.cell = 84
	case c <= 8:
		m.cell = 54
	case c <= 16:
		m.cell = 36
	case c <= 30:
		m.cell = 26
	case c <= 60:
		m.cell = 13
	case c <= 150:
		m.cell = 9 // 100 classes fit the page
	default:
		return m // labels would be illegible
	}
	m.labels, m.numbers = true, m.cell >= 26
	longest := 4
	for _, c := range r.Classes {
		longest = max(longest, min(utf8.RuneCountInString(c.Label), labelLetters))
	}
	width := math.Ceil(float64(longest) * letterWidth)
	m.left = width + 12
	if m.turned = width > m.cell; m.turned {
		m.top = m.left
	}
	return m
}

// at is the upper left corner of a cell.
func (m matrixLayout) at(row, column int) (x, y float64) {
	return m.left + float64(column)*m.cell, m.top + float64(row)*m.cell
}

// drawMatrix draws the confusion matrix as a heat map: a row per true class, a
// column per predicted one. The opacity of a cell is its share of the row; it
// links to its images.
func drawMatrix(r *metrics.Report) template.HTML {
	m := layoutOf(r)
	side := m.cell * float64(len(r.Classes))
	var s svg
	s.add("rect", "class", "frame", "x", m.left, "y", m.top, "width", side, "height", side)
	if m.labels {
		s.matrixLabels(r, m)
	}
	for i, row := range r.Confusion {
		for j, n := range row {
			if n > 0 {
				s.matrixCell(r, i, j, m)
			}
		}
	}
	s.text("axis mid", m.left+side/2, m.top+side+18, "predicted")
	s.text("axis mid", 0, 0, "true", "transform", fmt.Sprintf("translate(%s %s) rotate(90)", coordinate(m.left+side+10), coordinate(m.top+side/2)))
	return s.picture(m.left+side+24, m.top+side+26, "Confusion matrix: a row is the true class, a column what was predicted")
}

func (s *svg) matrixLabels(r *metrics.Report, m matrixLayout) {
	class := "tick"
	switch {
	case m.cell < 10:
		class = "tick tiny"
	case m.cell < 20:
		class = "tick small"
	}
	below := m.cell*0.05 + 3 // of the baseline below the middle of the letters
	for k, c := range r.Classes {
		label := shorten(plain(c.Label))
		x, y := m.at(k, k)
		s.text(class+" end", m.left-7, y+m.cell/2+below, label)
		if m.turned {
			s.text(class, 0, 0, label, "transform", fmt.Sprintf("translate(%s %s) rotate(-90)", coordinate(x+m.cell/2+below), coordinate(m.top-7)))
		} else {
			s.text(class+" mid", x+m.cell/2, m.top-8, label)
		}
	}
}

func (s *svg) matrixCell(r *metrics.Report, i, j int, m matrixLayout) {
	n, support := r.Confusion[i][j], r.Classes[i].Support
	share := float64(n) / float64(support)
	class, title := "wrong", fmt.Sprintf("%s taken for %s: %d of %d (%s)", r.Classes[i].Label, r.Classes[j].Label, n, support, percent(share))
	if i == j {
		class, title = "right", fmt.Sprintf("%s recognised: %d of %d (%s)", r.Classes[i].Label, n, support, percent(share))
	}
	x, y := m.at(i, j)
	gap := min(1, m.cell/18)
	s.open("a", "href", "#"+cellID(i, j))
	faintest := 0.14 // a single mistake in a large class must still be seen
	if !m.numbers {
		faintest = 0.4
	}
	s.addTitled(title, "rect", "class", "cell "+class, "x", x+gap, "y", y+gap, "width", m.cell-2*gap, "height", m.cell-2*gap,
		"rx", min(3, m.cell/8), "fill-opacity", faintest+(1-faintest)*share)
	if m.numbers {
		class := "number mid"
		if share > 0.6 {
			class += " inverse"
		}
		s.text(class, x+m.cell/2, y+m.cell/2+5, fmt.Sprint(n))
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
