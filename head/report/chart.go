package report

import (
	"html/template"
	"math"
	"strconv"
)

// An axis is a range of values and their format.
type axis struct {
	title     string
	low, high float64
	log       bool // values are logarithms to the base 10
	whole     bool // ticks are whole numbers only
	percent   bool
}

// around is an axis that covers all values and ends at round numbers.
func around(title string, values []float64) axis {
	a := axis{title: title, low: math.Inf(1), high: math.Inf(-1)}
	for _, v := range values {
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			a.low, a.high = min(a.low, v), max(a.high, v)
		}
	}
	switch {
	case a.low > a.high:
		a.low, a.high = 0, 1
	case a.low == a.high:
		a.low, a.high = a.low-0.5, a.high+0.5
	}
	step := a.step(5)
	a.low, a.high = step*math.Floor(a.low/step), step*math.Ceil(a.high/step)
	return a
}

// step is the smallest of 1, 2 and 5 times a power of ten that divides the
// axis into at most n parts.
func (a axis) step(n int) float64 {
	rough := (a.high - a.low) / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= rough*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// ticks are the round values on the axis.
func (a axis) ticks() []float64 {
	step := a.step(5)
	if a.log || a.whole {
		step = max(step, 1)
	}
	var list []float64
	for k := math.Ceil(a.low/step - 1e-9); k*step <= a.high+1e-9*step; k++ {
		list = append(list, k*step+0) // never −0
	}
	return list
}

func (a axis) label(v float64) string {
	switch {
	case a.percent:
		return strconv.FormatFloat(100*v, 'g', 4, 64) + " %"
	case a.log:
		return strconv.FormatFloat(math.Pow(10, v), 'g', 3, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// shares is an axis from 0 % to 100 %.
func shares(title string) axis { return axis{title: title, high: 1, percent: true} }

// A chart is a frame with two axes, in which curves are drawn.
type chart struct {
	svg
	x, y          axis
	width, height float64 // of the whole picture
}

const (
	chartLeft   = 54.0
	chartRight  = 24.0
	chartTop    = 12.0
	chartBottom = 44.0
)

func newChart(width, height float64, x, y axis) *chart {
	c := &chart{x: x, y: y, width: width, height: height}
	bottom, right := height-chartBottom, width-chartRight
	for _, v := range y.ticks() {
		at := c.at(point{x.low, v})
		c.add("line", "class", "grid", "x1", chartLeft, "x2", right, "y1", at.y, "y2", at.y)
		c.text("tick end", chartLeft-6, at.y+4, y.label(v))
	}
	for _, v := range x.ticks() {
		at := c.at(point{v, y.low})
		c.add("line", "class", "grid", "x1", at.x, "x2", at.x, "y1", chartTop, "y2", bottom)
		c.text("tick mid", at.x, bottom+16, x.label(v))
	}
	c.text("axis mid", (chartLeft+right)/2, height-8, x.title)
	middle := (chartTop + bottom) / 2
	c.text("axis mid", 0, 0, y.title, "transform", "translate(11 "+coordinate(middle)+") rotate(-90)")
	return c
}

// at is the place in the picture of a point of the axes.
func (c *chart) at(p point) point {
	return point{
		chartLeft + (p.x-c.x.low)/(c.x.high-c.x.low)*(c.width-chartLeft-chartRight),
		c.height - chartBottom - (p.y-c.y.low)/(c.y.high-c.y.low)*(c.height-chartTop-chartBottom),
	}
}

// curve draws a line through points, interrupted where one is not finite.
func (c *chart) curve(class, title string, points []point) {
	var run []point
	flush := func() {
		if len(run) > 0 {
			c.addTitled(title, "path", "class", "curve "+class, "d", pathOf(run))
		}
		run = nil
	}
	for _, p := range points {
		if q := c.at(p); math.IsNaN(q.x+q.y) || math.IsInf(q.x+q.y, 0) {
			flush()
		} else {
			run = append(run, q)
		}
	}
	flush()
}

// mark draws a dot with a title.
func (c *chart) mark(class, title string, p point) {
	q := c.at(p)
	c.addTitled(title, "circle", "class", "mark "+class, "cx", q.x, "cy", q.y, "r", 3.5)
}

func (c *chart) done(label string) template.HTML { return c.picture(c.width, c.height, label) }

// percent is a fraction as 95.4 %.
func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + " %" }

// certainty is a probability as 95.4 %. One that is not quite 0 or 1 is not rounded
// to it.
func certainty(p float64) string {
	switch {
	case p > 0 && p < 0.001:
		return "< 0.1 %"
	case p < 1 && p > 0.999:
		return "> 99.9 %"
	}
	return percent(p)
}
