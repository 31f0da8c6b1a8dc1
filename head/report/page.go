package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"graft/head"
	"graft/head/metrics"
)

// A Page is the report of a head on n images of C classes. The same Page gives
// the same bytes.
type Page struct {
	Title  string    // "" means "Report"
	Facts  []Fact    // what was judged, and with what; facts of the record are added
	Labels []string  // C, in the order of the probabilities
	Names  []string  // n: the images' paths, with slashes; any bytes
	Y      []int     // n true classes, indices into Labels
	P      []float64 // n×C probabilities; rows sum to 1

	// Record is how the head was trained; nil if that is not known.
	Record *head.Record
	// Features, n rows, are drawn as a scatter plot; nil leaves it out.
	Features head.Data
	// Thumbnails shows the images; nil if they are gone, which the page then says.
	Thumbnails Thumbnails
	// MaxThumbnails is how many different images are shown; 0 means 1000, −1 names only.
	MaxThumbnails int

	Untrained bool     // the trunk's weights are random
	Leaked    int      // of the n images, those that the head was trained on
	Warnings  []string // further ones, of the caller
}

// A Fact is a line of the table of what the report is about.
type Fact struct{ Name, Value string }

// Thumbnails makes small pictures.
type Thumbnails interface {
	// Thumbnail is a picture of the photograph at a path as a JPEG file, about 144 pixels
	// wide. An error is shown in its place. It is called from several goroutines at a time.
	Thumbnail(path string) ([]byte, error)
}

// Write writes the page as HTML: one file that needs nothing else. Probabilities
// or labels that do not fit are an error.
func (p *Page) Write(ctx context.Context, w io.Writer) error {
	if err := p.check(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	r, err := metrics.Judge(p.Labels, p.Y, p.P, metrics.Options{Worst: -1, Confused: -1})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	v, err := p.data(ctx, r)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

func (p *Page) check() error {
	n, c := len(p.Y), len(p.Labels)
	switch {
	case n == 0:
		return errors.New("no images")
	case c < 2:
		return fmt.Errorf("%d classes; it takes two", c)
	case len(p.Names) != n || len(p.P) != n*c:
		return fmt.Errorf("%d names and %d probabilities for %d images of %d classes", len(p.Names), len(p.P), n, c)
	case p.Features != nil && p.Features.Len() != n:
		return fmt.Errorf("features of %d images, not of %d", p.Features.Len(), n)
	}
	return nil
}

// row is the probabilities of image i.
func (p *Page) row(i int) []float64 {
	c := len(p.Labels)
	return p.P[i*c : (i+1)*c]
}

// predicted is the class that each image was taken for.
func (p *Page) predicted() []int { return metrics.Predictions(p.P, len(p.Labels)) }
