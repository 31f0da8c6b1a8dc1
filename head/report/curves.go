package report

import (
	"fmt"
	"html/template"
	"math"

	"graft/head"
)

// A figure is a chart with its caption and legend.
type figure struct {
	Chart   template.HTML
	Caption string
	Legend  []legendLine
}

type legendLine struct{ Class, Label string }

const curveWidth, curveHeight = 400, 250

// drawCurves draws the learning curves of the record: loss and accuracy by epoch,
// and the grids of rates or penalties that were tried.
func drawCurves(r *head.Record) []figure {
	if r == nil {
		return nil
	}
	var figures []figure
	if epochs := lastStage(r.Epochs); len(epochs) > 1 {
		figures = append(figures,
			epochFigure(epochs, r.StoppedAt, "loss", func(e head.Epoch) float64 { return e.Loss }, func(s head.Score) float64 { return s.Loss }),
			epochFigure(epochs, r.StoppedAt, "accuracy", func(e head.Epoch) float64 { return e.Accuracy }, func(s head.Score) float64 { return s.Accuracy }))
	}
	if len(r.Sweep) > 1 {
		figures = append(figures, sweepFigure(r.Sweep))
	}
	if len(r.Rates) > 1 {
		figures = append(figures, ratesFigure(r.Rates))
	}
	return figures
}

// lastStage is the epochs of the final training or, if the search for a rate
// trained the head, of the search.
func lastStage(epochs []head.Epoch) []head.Epoch {
	for i := len(epochs) - 1; i > 0; i-- {
		if epochs[i-1].Stage != epochs[i].Stage {
			return epochs[i:]
		}
	}
	return epochs
}

func epochFigure(epochs []head.Epoch, stopped int, what string, trained func(head.Epoch) float64, held func(head.Score) float64) figure {
	var train, val []point
	var values []float64
	for _, e := range epochs {
		train = append(train, point{float64(e.Epoch), trained(e)})
		values = append(values, trained(e))
		if e.Val != nil {
			val = append(val, point{float64(e.Epoch), held(*e.Val)})
			values = append(values, held(*e.Val))
		}
	}
	y := around(what, values)
	if what == "accuracy" {
		y.low, y.high, y.percent = max(y.low, 0), min(y.high, 1), true
	}
	x := axis{title: "epoch", whole: true, low: float64(epochs[0].Epoch), high: float64(epochs[len(epochs)-1].Epoch)}
	c := newChart(curveWidth, curveHeight, x, y)
	c.curve("main", "training images", train)
	f := figure{Legend: []legendLine{{"main", "training images, before each step"}}}
	if val != nil {
		c.curve("second", "held-out images", val)
		f.Legend = append(f.Legend, legendLine{"second", "held-out images"})
	}
	if epochs[0].Stage != "" {
		f.Caption = "While learning rates competed: in each epoch the one that led. "
	}
	if stopped > 0 {
		f.Caption += fmt.Sprintf("The head of epoch %d was kept.", stopped)
	}
	f.Chart = c.done("Learning curve: " + what + " by epoch")
	return f
}

// sweepFigure shows the accuracy of every penalty on images not trained on.
func sweepFigure(sweep []head.SweepRow) figure {
	var list []point
	var values, logs []float64
	for _, s := range sweep {
		list = append(list, point{math.Log10(s.C), s.Accuracy})
		values, logs = append(values, s.Accuracy-s.Spread, s.Accuracy+s.Spread), append(logs, math.Log10(s.C))
	}
	c := newChart(curveWidth, curveHeight, logarithmic("C, inverse strength of the penalty", logs), accuracies(values))
	for _, s := range sweep {
		if s.Spread > 0 {
			x := math.Log10(s.C)
			low, high := c.at(point{x, max(s.Accuracy-s.Spread, c.y.low)}), c.at(point{x, min(s.Accuracy+s.Spread, c.y.high)})
			c.add("line", "class", "whisker", "x1", low.x, "x2", high.x, "y1", low.y, "y2", high.y)
		}
	}
	c.curve("main", "accuracy on images not trained on", list)
	f := figure{Caption: "Accuracy on images not trained on, for each penalty that was tried."}
	for i, s := range sweep {
		if s.Chosen {
			c.mark("main", fmt.Sprintf("chosen: C = %.4g, accuracy %s", s.C, percent(s.Accuracy)), list[i])
			f.Caption += fmt.Sprintf(" Chosen: C = %.4g.", s.C)
		}
	}
	f.Chart = c.done("Accuracy by penalty")
	return f
}

// ratesFigure shows the accuracy of every learning rate on the hold-out.
func ratesFigure(rates []head.RateRow) figure {
	var list []point
	var values, logs []float64
	f := figure{Caption: "Accuracy on the hold-out, for each learning rate that was tried."}
	for _, r := range rates {
		logs = append(logs, math.Log10(r.Rate))
		if !r.Failed {
			list, values = append(list, point{math.Log10(r.Rate), r.Val.Accuracy}), append(values, r.Val.Accuracy)
		}
	}
	c := newChart(curveWidth, curveHeight, logarithmic("learning rate", logs), accuracies(values))
	c.curve("main", "accuracy on the hold-out", list)
	for _, r := range rates {
		if r.Chosen {
			c.mark("main", fmt.Sprintf("chosen: %.4g, accuracy %s", r.Rate, percent(r.Val.Accuracy)), point{math.Log10(r.Rate), r.Val.Accuracy})
			f.Caption += fmt.Sprintf(" Chosen: %.4g.", r.Rate)
		}
	}
	f.Chart = c.done("Accuracy by learning rate")
	return f
}

func logarithmic(title string, logs []float64) axis {
	a := around(title, logs)
	a.low, a.high, a.log = math.Floor(a.low), math.Ceil(a.high), true
	return a
}

func accuracies(values []float64) axis {
	a := around("accuracy", values)
	a.low, a.high, a.percent = max(a.low, 0), min(a.high, 1), true
	return a
}
