package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"graft/head/metrics"
)

const (
	rocColoured = 6   // curves with a colour and a line in the legend, where classes are many
	rocDrawn    = 100 // curves altogether, the others pale
)

// rocLine is the line of a class in the legend.
type rocLine struct {
	Colour string // the class of its style
	Label  string
	AUC    string
}

// drawROC draws the curves: few classes in the colours of the map; of many classes
// those with the smallest areas in colour, on top of the others.
func drawROC(p *Page, r *metrics.Report) (template.HTML, []rocLine) {
	var classes []int
	for k, c := range r.Classes {
		if c.AUC != nil {
			classes = append(classes, k)
		}
	}
	if len(classes) == 0 {
		return "", nil
	}
	few := len(p.Labels) <= mapColours
	if !few {
		slices.SortStableFunc(classes, func(a, b int) int { return cmp.Compare(*r.Classes[a].AUC, *r.Classes[b].AUC) })
		classes = classes[:min(rocDrawn, len(classes))]
	}
	c := newChart(400, 340, shares("others let through"), shares("own found"))
	c.curve("ideal", "by chance", []point{{0, 0}, {1, 1}})
	var legend []rocLine
	for rank, k := range slices.Backward(classes) {
		line := rocLine{"pale", plain(p.Labels[k]), fmt.Sprintf("%.4f", *r.Classes[k].AUC)}
		switch {
		case few:
			line.Colour = fmt.Sprintf("k%d", k)
		case rank < rocColoured:
			line.Colour = fmt.Sprintf("k%d", rank)
		}
		if line.Colour != "pale" {
			legend = append(legend, line)
		}
		c.curve(line.Colour, line.Label+", area "+line.AUC, c.visible(metrics.ROC(p.Y, p.P, len(p.Labels), k)))
	}
	slices.Reverse(legend)
	return c.done("ROC curves, one class against the rest"), legend
}

// visible leaves out points within half a pixel of the one before: with many
// images a curve has more points than the picture has pixels.
func (c *chart) visible(curve []metrics.ROCPoint) []point {
	const near = 0.5
	var points []point
	var last point
	for i, v := range curve {
		p := point{v.FalsePositive, v.TruePositive}
		q := c.at(p)
		if i > 0 && i < len(curve)-1 && max(q.x-last.x, last.y-q.y) < near {
			continue
		}
		points, last = append(points, p), q
	}
	return points
}
