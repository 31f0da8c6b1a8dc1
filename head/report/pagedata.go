package report

import (
	"cmp"
	"context"
	"fmt"
	"html/template"

	"graft/head/metrics"
)

// pageData is what page.html is filled with.
type pageData struct {
	frame
	Script template.JS

	Headline headline
	Scores   []score
	Warnings []string
	Facts    []Fact

	Curves   []figure
	NoCurves string
	Matrix   template.HTML
	Pairs    []pair
	Classes  []classRow
	Trained  bool // Classes know how many images were trained on

	Reliability template.HTML
	ROC         template.HTML
	ROCLegend   []rocLine
	ROCMore     int // classes without a line in the legend

	PicturesNote string
	Worst        []photo
	Mistakes     int
	Unsure       []photo
	Cells        []cellData
	Map          *figure
}

type headline struct {
	Accuracy, Right, Interval string
	Bar                       template.HTML
}

type score struct{ Name, Value, Hint string }

type pair struct {
	True, Predicted, Link, Share string
	Count                        int
}

type classRow struct {
	metrics.ClassReport
	Trained              int
	Precision            string
	Recall, F1, AUC      string
	Link                 string  // to the images recognised; "" if there are none
	RecallLow, RecallLen float64 // of 100
}

// data computes and draws everything that the page shows.
func (p *Page) data(ctx context.Context, r *metrics.Report) (*pageData, error) {
	predicted := p.predicted()
	v := &pageData{
		frame: newFrame(cmp.Or(p.Title, "Report")), Script: template.JS(script), Headline: headlineOf(r), Scores: scoresOf(r),
		Warnings: p.warnings(r), Facts: p.facts(),
		Curves: drawCurves(p.Record), Matrix: drawMatrix(r), Trained: p.Record != nil,
		Reliability: drawReliability(metrics.Reliability(p.Y, p.P, len(p.Labels))),
	}
	if len(v.Curves) == 0 {
		v.NoCurves = p.noCurves()
	}
	v.ROC, v.ROCLegend = drawROC(p, r)
	v.ROCMore = len(p.Labels) - len(v.ROCLegend)
	v.Classes = p.classRows(r)
	order := newOrdering(p, predicted)
	v.Pairs = p.pairs(r, order)
	shown, err := p.selection(ctx, order, predicted)
	if err != nil {
		return nil, err
	}
	v.PicturesNote, v.Mistakes = shown.note(), r.Total-r.Correct
	v.Worst, v.Unsure, v.Cells = shown.listed(order.worst), shown.listed(order.unsure), shown.cells(order)
	if p.Features == nil {
		return v, nil
	}
	m, err := project(ctx, p.Features)
	if err != nil {
		return nil, err
	}
	if m != nil {
		f := drawMap(p, m, predicted, func(i int) bool { return shown.chosen[i] })
		v.Map = &f
	}
	return v, nil
}

func headlineOf(r *metrics.Report) headline {
	return headline{
		Accuracy: percent(r.Accuracy),
		Right:    fmt.Sprintf("%d of %d images right", r.Correct, r.Total),
		Interval: fmt.Sprintf("95 %% interval %s – %s", percent(r.Interval.Low), percent(r.Interval.High)),
		Bar:      drawInterval(r),
	}
}

// drawInterval draws the accuracy with its interval on a line from 0 to 1, and the
// accuracy of always predicting the most frequent class.
func drawInterval(r *metrics.Report) template.HTML {
	const width, height, left, right, y = 400, 46, 12, 388, 16
	at := func(v float64) float64 { return left + v*(right-left) }
	var s svg
	s.add("line", "class", "track", "x1", left, "x2", right, "y1", y, "y2", y)
	s.addTitled(fmt.Sprintf("95 %% interval %s – %s", percent(r.Interval.Low), percent(r.Interval.High)), "line", "class", "span", "x1", at(r.Interval.Low), "x2", at(r.Interval.High), "y1", y, "y2", y)
	s.addTitled("accuracy "+percent(r.Accuracy), "circle", "class", "mark main", "cx", at(r.Accuracy), "cy", y, "r", 7)
	share, label := largestClass(r)
	s.addTitled(fmt.Sprintf("always predicting %s: %s", label, percent(share)), "line", "class", "guess", "x1", at(share), "x2", at(share), "y1", y-11, "y2", y+11)
	s.text("tick", left-4, height-4, "0 %")
	s.text("tick end", right+4, height-4, "100 %")
	if share > 0.3 && share < 0.65 {
		s.text("tick mid", at(share), height-4, "largest class "+percent(share))
	}
	return s.picture(width, height, "Accuracy and its interval")
}

func scoresOf(r *metrics.Report) []score {
	list := []score{
		{"balanced accuracy", percent(r.Balanced), "mean recall of the classes"},
		{"log loss", fmt.Sprintf("%.4f", r.LogLoss), "nats; lower is better"},
		{"Brier score", fmt.Sprintf("%.4f", r.Brier), "0 to 2; lower is better"},
		{"calibration error", percent(r.ECE), "expected, 15 bins"},
	}
	if r.AUC != nil {
		list = append(list, score{"ROC AUC", fmt.Sprintf("%.4f", *r.AUC), "mean, one against the rest"})
	}
	for _, t := range r.TopK {
		if t.K > 1 {
			list = append(list, score{fmt.Sprintf("top %d", t.K), percent(t.Accuracy), "class among the most probable"})
		}
	}
	return list
}

func (p *Page) classRows(r *metrics.Report) []classRow {
	trained := map[string]int{}
	if p.Record != nil {
		for _, c := range p.Record.Counts {
			trained[c.Label] = c.Rows
		}
	}
	rows := make([]classRow, len(r.Classes))
	for k, c := range r.Classes {
		interval := metrics.Wilson(c.Correct, c.Support)
		rows[k] = classRow{
			ClassReport: c, Trained: trained[c.Label], Precision: percent(c.Precision),
			Recall: optional(c.Recall, percent), F1: optional(c.F1, percent), AUC: optional(c.AUC, func(v float64) string { return fmt.Sprintf("%.4f", v) }),
			RecallLow: 100 * interval.Low, RecallLen: 100 * (interval.High - interval.Low),
		}
		rows[k].Label = plain(c.Label)
		if c.Correct > 0 {
			rows[k].Link = "#" + cellID(k, k)
		}
	}
	return rows
}

func optional(v *float64, write func(float64) string) string {
	if v == nil {
		return "–"
	}
	return write(*v)
}

// pairsListed is how many of the most confused pairs are listed.
const pairsListed = 15

func (p *Page) pairs(r *metrics.Report, o ordering) []pair {
	var list []pair
	for _, c := range o.cells {
		if c.right() || len(list) == pairsListed {
			break
		}
		list = append(list, pair{
			True: plain(p.Labels[c.true]), Predicted: plain(p.Labels[c.predicted]), Link: "#" + cellID(c.true, c.predicted),
			Count: len(c.rows), Share: percent(float64(len(c.rows)) / float64(r.Classes[c.true].Support)),
		})
	}
	return list
}
