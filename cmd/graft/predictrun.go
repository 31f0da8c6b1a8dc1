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
	"graft/extractor/folders"
	"graft/onnx/ort"
)

// A prediction labels the photographs of parts.
type prediction struct {
	*predictor
	parts iter.Seq2[*dataset.Dataset, error]
	total int // images in all parts; 0: nobody knows

	k       int
	judging bool // whether images below least are labelled unsure
	least   float64
	unsure  string

	sorted *folders.Folders // nil: nowhere
	placed [3]int           // by folders.Placed

	runtime ort.Options
	session *ort.Session
}

// A verdict is what is said of a photograph: the best of the guesses, or that
// it is unsure.
type verdict struct {
	Path        string  `json:"path"`
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`     // of the best guess
	Guess       string  `json:"guess,omitempty"` // the best guess, with --min-probability
	Top         []guess `json:"top,omitempty"`   // the best guesses, with --top-k 2 or more
}

// A guess is a label and its probability.
type guess struct {
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`
}

// columns are those of the tables.
func (p *prediction) columns() predictionColumns { return predictionColumns{k: p.k, guess: p.judging} }

// run predicts every photograph and writes a line for each that can be read.
func (p *prediction) run(c *cli.Context, w predictionWriter) error {
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
	if err := w.end(); err != nil {
		return err
	}
	if failed := int(progress.Failed.Load()); failed > 0 {
		return partialError{failed, int(progress.Total.Load())}
	}
	return nil
}

// eachPart predicts part after part; what cannot be read is said to people.
func (p *prediction) eachPart(ctx context.Context, e *extractor.Extractor, w predictionWriter, people io.Writer) error {
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
			v := p.verdict(path, probabilities)
			if err := p.place(v); err != nil {
				return err
			}
			return w.write(v)
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
	return extractor.Shared(p.session), nil
}

// Close ends the session, if there is one.
func (p *prediction) Close() error {
	if p.session == nil {
		return nil
	}
	return p.session.Close()
}

func (p *prediction) verdict(path string, probabilities []float64) *verdict {
	top := best(p.labels, probabilities, p.k)
	v := &verdict{Path: path, Label: top[0].Label, Probability: top[0].Probability}
	if p.judging {
		v.Guess = v.Label
		if v.Probability < p.least {
			v.Label = p.unsure
		}
	}
	if p.k > 1 {
		v.Top = top
	}
	return v
}

// best returns the k most probable labels, of equals the first by name.
func best(labels []string, p []float64, k int) []guess {
	guesses := make([]guess, 0, k+1)
	for i, v := range p {
		at := len(guesses)
		for at > 0 && v > guesses[at-1].Probability {
			at--
		}
		if at < k {
			guesses = append(guesses, guess{})
			copy(guesses[at+1:], guesses[at:])
			guesses[at] = guess{labels[i], v}
			guesses = guesses[:min(len(guesses), k)]
		}
	}
	return guesses
}

// place sorts the photograph into the folder of its label, if that is asked for.
func (p *prediction) place(v *verdict) error {
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
	line := fmt.Sprintf("%s %d images into %s", verb, p.placed[folders.New]+p.placed[folders.Numbered], p.sorted.Dir)
	if n := p.placed[folders.Numbered]; n > 0 {
		line += fmt.Sprintf(", %d of them with a number, since other images have their names", n)
	}
	if n := p.placed[folders.There]; n > 0 {
		line += fmt.Sprintf("; %d were there already and are skipped", n)
	}
	say(c.App.ErrWriter, "%s", line)
}
