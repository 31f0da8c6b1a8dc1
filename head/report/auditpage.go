package report

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"strings"

	"graft/head/audit"
)

// Bounds of what an audit's page shows.
const (
	auditCards = 60  // findings of a kind
	auditGroup = 12  // photographs of a group
	auditFiles = 600 // unreadable files, which have no picture
)

// WriteAudit writes what an audit found as one HTML page that needs nothing else. Thumbnails shows
// the photographs; nil if they are gone, which the page then says.
func WriteAudit(ctx context.Context, w io.Writer, r *audit.Report, t Thumbnails) error {
	v := newAuditData(r)
	var err error
	if v.pictures, err = fetch(ctx, t, v.shown); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	v.PicturesNote = v.note(t)
	var b bytes.Buffer
	if err := auditTemplate.Execute(&b, v); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// An auditData is what audit.html is filled with.
type auditData struct {
	frame
	*audit.Report
	Tiles        []tile
	Agreement    string // of the heads with the labels
	Groups       cards[groupCard]
	Suspects     cards[card]
	Broken       cards[audit.Unreadable]
	Problems     []cards[card]
	PicturesNote string

	shown    []string // the paths of all pictures, one for each place
	pictures pictures
	largest  int // class, in images
}

// tile is a number at the top that leads to a section.
type tile struct {
	Anchor, Text string
	N            int
}

// card is a photograph with what was found.
type card struct {
	Path      string
	Label     string
	Suggested string // the label that it may deserve
	Detail    string

	view *auditData
	key  string // the path as the caller has it
}

// Names are those of the folders and the file, between which the path may be broken.
func (c card) Names() []string { return strings.Split(c.Path, "/") }

// Src is the attribute of the picture, "" if there is none.
func (c card) Src() template.HTMLAttr { return c.view.pictures.src[c.key] }

// Reason says why there is no picture, "" if there is one or none was asked for.
func (c card) Reason() string { return c.view.pictures.reason(c.key) }

type groupCard struct {
	audit.Group
	Similarity string
	Images     cards[card]
}

// cards are the first of something, and how many more there are.
type cards[T any] struct {
	Heading string
	Cards   []T
	More    int
}

// deal makes cards of the first of n.
func deal[T any](n, most int, card func(i int) T) (c cards[T]) {
	for i := range min(n, most) {
		c.Cards = append(c.Cards, card(i))
	}
	c.More = max(0, n-most)
	return c
}

func newAuditData(r *audit.Report) *auditData {
	v := &auditData{frame: newFrame("Check of " + filepath.Base(r.Data)), Report: r}
	v.Groups = deal(len(r.Duplicates), auditCards, func(i int) groupCard { return v.group(r.Duplicates[i]) })
	suspects := 0
	if j := r.Labels; j != nil {
		suspects, v.Agreement = len(j.Suspects), percent(j.Accuracy)
		v.Suspects = deal(suspects, auditCards, func(i int) card {
			s := j.Suspects[i]
			c := v.card(s.Image, s.Label)
			c.Suggested, c.Detail = plain(s.Suggested), certainty(s.Probability)
			return c
		})
	}
	v.Broken = deal(len(r.Unreadable), auditFiles, func(i int) audit.Unreadable {
		u := r.Unreadable[i]
		u.Path, u.Reason = plain(u.Path), plain(u.Reason)
		return u
	})
	for _, remarks := range r.PicturesBy() {
		c := deal(len(remarks), auditCards, func(i int) card {
			c := v.card(remarks[i].Image, remarks[i].Label)
			c.Detail = remarks[i].Detail
			return c
		})
		c.Heading = fmt.Sprintf("%s (%d)", audit.Explain(remarks[0].Problem), len(remarks))
		v.Problems = append(v.Problems, c)
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

// card is an image whose picture will be fetched.
func (v *auditData) card(m audit.Image, label string) card {
	v.shown = append(v.shown, m.Path)
	return card{Path: plain(m.Path), Label: plain(label), view: v, key: m.Path}
}

func (v *auditData) group(g audit.Group) groupCard {
	c := groupCard{Group: g, Similarity: fmt.Sprintf("%.2f", g.Similarity)}
	c.Images = deal(len(g.Images), auditGroup, func(i int) card {
		m := g.Images[i]
		if m.Split != "" {
			return v.card(m, m.Split+" / "+m.Label)
		}
		return v.card(m, m.Label)
	})
	return c
}

// note says why pictures are missing, if some are.
func (v *auditData) note(t Thumbnails) string {
	switch failed := len(v.pictures.failed); {
	case t == nil:
		return "The photographs were not at hand when this page was made, so images are shown by name only."
	case v.pictures.full:
		return "Some pictures are left out, to keep the page small."
	case failed > 0:
		return fmt.Sprintf("%d images could not be shown; the reasons are in their places.", failed)
	}
	return ""
}

// Share is n in per cent of the largest class.
func (v *auditData) Share(n int) int { return 100 * n / max(v.largest, 1) }
