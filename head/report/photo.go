package report

import (
	"cmp"
	"html/template"
	"path"
	"slices"
)

// photo is an image on the page, with or without its picture.
type photo struct {
	ID     string
	Src    template.HTMLAttr
	Reason string // why there is no picture, if pictures were asked for
	Name   string
	Short  string
	Wrong  bool
	Link   string
	Bars   []probability
}

// probability is a bar below an image.
type probability struct {
	Label, Value string
	Width        float64 // of 100
	Class        string  // true, wrong or ""
}

// photoOf is image i, linked to its cell.
func (s *selection) photoOf(i int) photo {
	p := s.page
	name := plain(p.Names[i])
	return photo{
		Src: s.pictures.src[p.Names[i]], Name: name, Short: path.Base(name), Wrong: p.Y[i] != s.predicted[i],
		Reason: s.pictures.reason(p.Names[i]), Link: "#" + cellID(p.Y[i], s.predicted[i]),
	}
}

// bars are the three most probable classes, and the true one.
func (s *selection) bars(i int) []probability {
	row, y := s.page.row(i), s.page.Y[i]
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
		b := probability{Label: plain(s.page.Labels[k]), Value: certainty(row[k]), Width: 100 * row[k]}
		switch k {
		case y:
			b.Class = "true"
		case s.predicted[i]:
			b.Class = "wrong"
		}
		list = append(list, b)
	}
	return list
}
