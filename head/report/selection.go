package report

import (
	"cmp"
	"context"
	"fmt"
)

// A selection is the images that a page shows.
type selection struct {
	page      *Page
	predicted []int
	chosen    map[int]bool
	pictures  pictures
}

// cellData is a cell of the confusion matrix with its images.
type cellData struct {
	ID     string
	Title  string
	Wrong  bool
	Photos []photo
	More   int // images that are not shown
}

// selection chooses the images to show and makes their pictures.
func (p *Page) selection(ctx context.Context, o ordering, predicted []int) (*selection, error) {
	s := &selection{page: p, predicted: predicted, chosen: map[int]bool{}}
	most, source := cmp.Or(p.MaxThumbnails, defaultThumbnails), p.Thumbnails
	if most < 0 { // names only
		most, source = defaultThumbnails, nil
	}
	rows := o.choose(most)
	twice := map[int]bool{}
	for _, list := range [][]int{o.worst, o.unsure} {
		for _, i := range list {
			twice[i] = true
		}
	}
	var shown []string
	for _, i := range rows {
		s.chosen[i] = true
		shown = append(shown, p.Names[i])
		if twice[i] {
			shown = append(shown, p.Names[i])
		}
	}
	var err error
	s.pictures, err = fetch(ctx, source, shown)
	return s, err
}

// listed are images with their probabilities, which link to their cell.
func (s *selection) listed(rows []int) []photo {
	var list []photo
	for _, i := range rows {
		p := s.photoOf(i)
		p.Bars = s.bars(i)
		list = append(list, p)
	}
	return list
}

// cells are the images that are shown, by cell.
func (s *selection) cells(o ordering) []cellData {
	var list []cellData
	for _, c := range o.cells {
		v := cellData{ID: cellID(c.true, c.predicted), Wrong: !c.right(), Title: s.title(c)}
		for _, i := range c.rows {
			if !s.chosen[i] {
				v.More++
				continue
			}
			p := s.photoOf(i)
			p.ID = imageID(i)
			p.Bars = []probability{{Value: certainty(s.page.row(i)[s.predicted[i]])}}
			v.Photos = append(v.Photos, p)
		}
		list = append(list, v)
	}
	return list
}

func (s *selection) title(c cell) string {
	count := fmt.Sprintf("%d images", len(c.rows))
	if len(c.rows) == 1 {
		count = "1 image"
	}
	is, as := plain(s.page.Labels[c.true]), plain(s.page.Labels[c.predicted])
	if c.right() {
		return fmt.Sprintf("%s, recognised: %s", is, count)
	}
	return fmt.Sprintf("%s, taken for %s: %s", is, as, count)
}

// note says why pictures are missing; "" if none is.
func (s *selection) note() string {
	total, failed := len(s.page.Y), len(s.pictures.failed)
	switch {
	case s.page.MaxThumbnails < 0:
		return "No pictures were asked for, so images are shown by name only."
	case s.page.Thumbnails == nil:
		return "The photographs were not at hand when this page was made, so images are shown by name only."
	case s.pictures.full:
		return fmt.Sprintf("Pictures of %d of the %d images are shown, to keep the page small.", len(s.pictures.src), total)
	case failed > 0:
		return fmt.Sprintf("%d images could not be shown; the reasons are in their places.", failed)
	case len(s.chosen) < total:
		return fmt.Sprintf("%d of the %d images are shown.", len(s.chosen), total)
	}
	return ""
}
