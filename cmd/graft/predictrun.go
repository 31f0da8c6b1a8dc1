package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/head/predictions"
	"graft/onnx/ort"
)

// A prediction labels the photographs of parts.
type prediction struct {
	*predictor
	parts iter.Seq2[*dataset.Dataset, error]
	total int // images in all parts; 0: nobody knows

	rule predictions.Rule

	sorted *predictions.Folders // nil: nowhere
	placed [3]int               // by predictions.Placed

	runtime ort.Options
	session *ort.Session
}

// run predicts every photograph and writes a line for each that can be read.
func (p *prediction) run(c *cli.Context, w predictions.Writer) error {
	progress := new(extractor.Progress)
	e := &extractor.Extractor{
		Open:      p.open,
		Transform: p.transform,
		Limits:    limitsOf(c),
		Workers:   c.Int("workers"),
		Progress:  progress,
	}
	people, stop := c.App.ErrWriter, func() {}
	if c.String("out") != "" || !isTerminal(c.App.Writer) { // else the lines themselves show it
		shown := startProgress(people, "predict", partsCount(progress, p.total))
		people, stop = shown, shown.stop
	}
	err := p.eachPart(c.Context, e, w, people)
	stop()
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if failed := int(progress.Failed.Load()); failed > 0 {
		return partialError{failed, int(progress.Total.Load())}
	}
	return nil
}

// eachPart predicts part after part; what cannot be read is said to people.
func (p *prediction) eachPart(ctx context.Context, e *extractor.Extractor, w predictions.Writer, people io.Writer) error {
	probabilities := make([]float64, len(p.labels))
	for data, err := range p.parts {
		if err != nil {
			return err
		}
		err = e.Each(ctx, data, func(i int, o extractor.Outcome, computed []extractor.Features) error {
			path := data.Samples[i].Path
			if o.Err != nil {
				say(people, "%s", unreadable(path, o.Err))
				return nil
			}
			p.predict(computed[0].Rows[0], probabilities)
			v := p.rule.Predict(path, p.labels, probabilities)
			if err := p.place(v); err != nil {
				return err
			}
			return w.Write(v)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unreadable says why an image could not be read, and names it once.
func unreadable(path string, err error) string {
	named := fmt.Sprintf("read %q: ", path)
	return path + ": " + strings.TrimPrefix(oneLine(err.Error()), named)
}

// open gives the session that all parts share.
func (p *prediction) open(ctx context.Context) (extractor.Trunk, error) {
	if p.session == nil {
		s, err := p.predictor.open(ctx, p.runtime)
		if err != nil {
			return nil, err
		}
		p.session = s
	}
	return p.session, nil
}

// Close ends the session, if there is one.
func (p *prediction) Close() error {
	if p.session == nil {
		return nil
	}
	return p.session.Close()
}

// place sorts the photograph into the folder of its label, if that is asked for.
func (p *prediction) place(v *predictions.Prediction) error {
	if p.sorted == nil {
		return nil
	}
	placed, err := p.sorted.Put(v.Path, v.Label)
	if err == nil {
		p.placed[placed]++
	}
	return err
}

// sayPlaced says what has become of the folders, also when a run was cut short.
func (p *prediction) sayPlaced(c *cli.Context) {
	if p.sorted == nil {
		return
	}
	verb := "copied"
	if p.sorted.Link {
		verb = "linked"
	}
	line := fmt.Sprintf("%s %d images into %s", verb, p.placed[predictions.PlacedNew]+p.placed[predictions.PlacedNumbered], p.sorted.Dir)
	if n := p.placed[predictions.PlacedNumbered]; n > 0 {
		line += fmt.Sprintf(", %d of them with a number, since other images have their names", n)
	}
	if n := p.placed[predictions.PlacedAlready]; n > 0 {
		line += fmt.Sprintf("; %d were there already and are skipped", n)
	}
	say(c.App.ErrWriter, "%s", line)
}
