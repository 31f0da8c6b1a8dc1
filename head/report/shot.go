package report

import (
	"cmp"
	"html/template"
	"path"
	"slices"
)

// shot is an image on the page, or the place where it would be.
type shot struct {
	ID     string
	Src    template.HTMLAttr
	Reason string // why there is no picture, if pictures were asked for
	Name   string
	Short  string
	Wrong  bool
	Link   string
	Bars   []probability
}

type probability struct {
	Label, Value string
	Width        float64 // of 100
	Class        string  // true, wrong or ""
}

// shotOf is an image with its most probable classes, and its own.
func (a *album) shotOf(i int) shot {
	p := a.page
	name := plain(p.Names[i])
	s := shot{
		Src: a.pictures.src[p.Names[i]], Name: name, Short: path.Base(name), Wrong: p.Y[i] != a.predicted[i],
		Reason: a.pictures.reason(p.Names[i]), Link: "#" + cellID(p.Y[i], a.predicted[i]),
	}
	return s
}

// bars are the three most probable classes, and the true one.
func (a *album) bars(i int) []probability {
	row, y := a.page.row(i), a.page.Y[i]
	order := make([]int, len(row))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(row[y], row[x]) })
	shown := order[:min(3, len(order))]
	if !slices.Contains(shown, y) {
		shown = append(slices.Clone(shown[:2]), y)
	}
	var list []probability
	for _, k := range shown {
		b := probability{Label: plain(a.page.Labels[k]), Value: certainty(row[k]), Width: 100 * row[k]}
		switch k {
		case y:
			b.Class = "true"
		case a.predicted[i]:
			b.Class = "wrong"
		}
		list = append(list, b)
	}
	return list
}
