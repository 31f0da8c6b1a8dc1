package report

import (
	"fmt"
	"html/template"

	"graft/head/metrics"
)

// drawReliability draws accuracy against confidence, and a histogram of the
// confidences below.
func drawReliability(bins []metrics.Bin) template.HTML {
	const width, height, histogram = 400, 340, 70
	c := newChart(width, height, shares("how sure the head was"), shares("how often it was right"))
	c.curve("ideal", "as it should be", []point{{0, 0}, {1, 1}})
	most := 1
	for _, b := range bins {
		most = max(most, b.Rows)
	}
	var points []point
	for _, b := range bins {
		if b.Rows == 0 {
			continue
		}
		accuracy, interval := float64(b.Right)/float64(b.Rows), metrics.Wilson(b.Right, b.Rows)
		title := fmt.Sprintf("%s to %s sure: %d of %d right (%s), 95 %% interval %s–%s; %s sure on average",
			percent(b.Low), percent(b.High), b.Right, b.Rows, percent(accuracy), percent(interval.Low), percent(interval.High), percent(b.Confidence))
		from, to := c.at(point{b.Low, 0}), c.at(point{b.High, float64(b.Rows) / float64(most) * histogram / (height - chartTop - chartBottom)})
		c.addTitled(title, "rect", "class", "count", "x", from.x+1, "y", to.y, "width", to.x-from.x-2, "height", from.y-to.y)
		low, high := c.at(point{b.Confidence, interval.Low}), c.at(point{b.Confidence, interval.High})
		c.add("line", "class", "whisker", "x1", low.x, "x2", high.x, "y1", low.y, "y2", high.y)
		points = append(points, point{b.Confidence, accuracy})
	}
	c.curve("main", "measured", points)
	k := 0
	for _, b := range bins {
		if b.Rows > 0 {
			c.mark("main", fmt.Sprintf("%d images: %s sure, %s right", b.Rows, percent(b.Confidence), percent(points[k].y)), points[k])
			k++
		}
	}
	return c.done("Reliability diagram: how often the head was right against how sure it was")
}
