package audit

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("check").Parse(pageText))

// Bounds of what a page shows, so that it stays below some 10 MB.
const (
	pageCards = 60 // findings of a kind
	pageGroup = 12 // photographs of a group
)

// Thumbnail gives a small picture, a JPEG, of the photograph at a path; nil if
// there is none.
type Thumbnail func(path string) []byte

// WritePage writes the report as one HTML page that needs nothing else: no
// script, no network. Names and labels are escaped.
func (r *Report) WritePage(w io.Writer, thumbnail Thumbnail) error {
	if err := page.Execute(w, newPage(r, thumbnail)); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// view is what the template reads beside the report.
type view struct {
	*Report
	Name      string
	Tiles     []tile
	Agreement float64 // per cent
	Groups    cards[groupCard]
	Suspects  cards[card]
	Broken    cards[Unreadable]
	Problems  []cards[card]
	largest   int
}

// tile is a number at the top that leads to a section.
type tile struct {
	Anchor, Text string
	N            int
}

// card is a photograph with what was found.
type card struct {
	Source          template.URL // a data URI; "" if there is no picture
	Path            string
	Text, Suggested string
	Detail          string
}

type groupCard struct {
	Group
	Pictures cards[card]
}

// cards are the first of something, and how many more there are.
type cards[T any] struct {
	Heading string
	Cards   []T
	More    int
}

// dealt makes cards of the first of n.
func dealt[T any](n, most int, card func(i int) T) (c cards[T]) {
	for i := range min(n, most) {
		c.Cards = append(c.Cards, card(i))
	}
	c.More = max(0, n-most)
	return c
}

func newPage(r *Report, thumbnail Thumbnail) *view {
	picture := func(m Image, text string) card {
		return card{Source: dataURI(thumbnail(m.Path)), Path: m.Path, Text: text}
	}
	v := &view{Report: r, Name: filepath.Base(r.Data)}
	v.Groups = dealt(len(r.Duplicates), pageCards, func(i int) groupCard {
		g := r.Duplicates[i]
		return groupCard{g, dealt(len(g.Images), pageGroup, func(k int) card { return picture(g.Images[k], g.Images[k].caption()) })}
	})
	v.Broken = dealt(len(r.Unreadable), 10*pageCards, func(i int) Unreadable { return r.Unreadable[i] })
	for _, remarks := range r.PicturesBy() {
		c := dealt(len(remarks), pageCards, func(i int) card {
			c := picture(remarks[i].Image, remarks[i].Label)
			c.Detail = remarks[i].Detail
			return c
		})
		c.Heading = fmt.Sprintf("%s (%d)", Explain(remarks[0].Problem), len(remarks))
		v.Problems = append(v.Problems, c)
	}
	suspects := 0
	if j := r.Labels; j != nil {
		suspects = len(j.Suspects)
		v.Agreement = 100 * j.Accuracy
		v.Suspects = dealt(suspects, pageCards, func(i int) card {
			s := j.Suspects[i]
			c := picture(s.Image, s.Label)
			c.Suggested, c.Detail = s.Suggested, fmt.Sprintf("%.0f %%", 100*s.Probability)
			return c
		})
	}
	v.Tiles = []tile{
		{"duplicates", "duplicate groups", len(r.Duplicates)}, {"duplicates", "of them leaks", r.Leaks()},
		{"labels", "doubtful labels", suspects}, {"unreadable", "unreadable files", len(r.Unreadable)},
		{"pictures", "doubtful pictures", len(r.Pictures)}, {"classes", "small classes", len(r.Classes.Remarks)},
	}
	for _, s := range r.Classes.Sizes {
		v.largest = max(v.largest, s.Images)
	}
	return v
}

// Share is n in per cent of the largest class.
func (v *view) Share(n int) int { return 100 * n / max(v.largest, 1) }

// caption is the split and the label.
func (m Image) caption() string {
	if m.Split == "" {
		return m.Label
	}
	return m.Split + " / " + m.Label
}

// dataURI is safe as it is: the bytes are encoded, not quoted.
func dataURI(jpeg []byte) template.URL {
	if jpeg == nil {
		return ""
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg))
}
