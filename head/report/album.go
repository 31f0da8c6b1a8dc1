package report

import (
	"cmp"
	"context"
	"fmt"
)

// An album is the images that a page shows.
type album struct {
	page      *Page
	predicted []int
	chosen    map[int]bool
	pictures  pictures
}

// cellView is a cell of the matrix with its images.
type cellView struct {
	ID    string
	Title string
	Wrong bool
	Shots []shot
	More  int // images that are not shown
}

func (p *Page) album(ctx context.Context, g gallery, predicted []int) (*album, error) {
	a := &album{page: p, predicted: predicted, chosen: map[int]bool{}}
	most, source := cmp.Or(p.MaxThumbnails, defaultThumbnails), p.Thumbnails
	if most < 0 { // names only
		most, source = defaultThumbnails, nil
	}
	rows := g.choose(most)
	twice := map[int]bool{}
	for _, list := range [][]int{g.worst, g.unsure} {
		for _, i := range list {
			twice[i] = true
		}
	}
	var shown []string
	for _, i := range rows {
		a.chosen[i] = true
		shown = append(shown, p.Names[i])
		if twice[i] {
			shown = append(shown, p.Names[i])
		}
	}
	var err error
	a.pictures, err = fetch(ctx, source, shown)
	return a, err
}

// listed are images with their probabilities, which lead to their cell.
func (a *album) listed(rows []int) []shot {
	var list []shot
	for _, i := range rows {
		s := a.shotOf(i)
		s.Bars = a.bars(i)
		list = append(list, s)
	}
	return list
}

// cells are all images that are shown, by cell.
func (a *album) cells(g gallery) []cellView {
	var list []cellView
	for _, c := range g.cells {
		v := cellView{ID: cellID(c.true, c.predicted), Wrong: !c.right(), Title: a.title(c)}
		for _, i := range c.rows {
			if !a.chosen[i] {
				v.More++
				continue
			}
			s := a.shotOf(i)
			s.ID = imageID(i)
			s.Bars = []probability{{Value: certainty(a.page.row(i)[a.predicted[i]])}}
			v.Shots = append(v.Shots, s)
		}
		list = append(list, v)
	}
	return list
}

func (a *album) title(c cell) string {
	count := fmt.Sprintf("%d images", len(c.rows))
	if len(c.rows) == 1 {
		count = "1 image"
	}
	is, as := plain(a.page.Labels[c.true]), plain(a.page.Labels[c.predicted])
	if c.right() {
		return fmt.Sprintf("%s, recognised: %s", is, count)
	}
	return fmt.Sprintf("%s, taken for %s: %s", is, as, count)
}

// note says why pictures are missing, if some are.
func (a *album) note() string {
	total, failed := len(a.page.Y), len(a.pictures.failed)
	switch {
	case a.page.MaxThumbnails < 0:
		return "No pictures were asked for, so images are shown by name only."
	case a.page.Thumbnails == nil:
		return "The photographs were not at hand when this page was made, so images are shown by name only."
	case a.pictures.full:
		return fmt.Sprintf("Pictures of %d of the %d images are shown, to keep the page small.", len(a.pictures.src), total)
	case failed > 0:
		return fmt.Sprintf("%d images could not be shown; the reasons are in their places.", failed)
	case len(a.chosen) < total:
		return fmt.Sprintf("%d of the %d images are shown.", len(a.chosen), total)
	}
	return ""
}
