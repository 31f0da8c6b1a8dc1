package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/onnx/ort"
)

func predictCommand() *cli.Command {
	return &cli.Command{
		Name:      "predict",
		Usage:     "label photographs",
		ArgsUsage: "HEAD PATH…",
		Description: "Paths are images and folders of them. One line an image, in the order of the paths.\n\n" +
			"Example: graft predict head.onnx new-photographs --out labels.csv",
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "top-k", Value: 1, Usage: "give the `K` most probable labels"},
			&cli.StringFlag{Name: "format", Value: "csv", Usage: "`csv` or jsonl"},
			&cli.StringFlag{Name: "out", Usage: "write to `FILE` instead of standard output"},
		}, trunkFlags()...),
		Action: predict,
	}
}

func predict(c *cli.Context) error {
	if c.NArg() < 2 {
		return withHint(usagef("predict takes HEAD and one PATH or more"), "graft predict head.onnx photographs")
	}
	format, k := c.String("format"), c.Int("top-k")
	if format != "csv" && format != "jsonl" {
		return usagef("--format is %q; it must be csv or jsonl", format)
	}
	if k < 1 {
		return usagef("--top-k is %d; it must be at least 1", k)
	}
	h, err := readHead(c.Args().First())
	if err != nil {
		return err
	}
	t, err := findTrunkOf(c, h)
	if err != nil {
		return err
	}
	data, err := dataset.Loose(c.Context, c.Args().Tail(), dataOptions(c))
	if err != nil {
		return err
	}
	defer data.Close()
	options, _, err := runtimeOf(c)
	if err != nil {
		return err
	}
	p := &prediction{head: h, trunk: t, data: data, k: min(k, len(h.Classes())), runtime: options}
	return writeTo(c, func(w io.Writer) error {
		return p.run(c, newPredictionWriter(format, w, p.k))
	})
}

// writeTo gives fill the file of --out, which appears whole or not at all, or
// standard output.
func writeTo(c *cli.Context, fill func(io.Writer) error) error {
	out := c.String("out")
	if out == "" {
		w := bufio.NewWriter(c.App.Writer)
		if err := fill(w); err != nil {
			w.Flush()
			return err
		}
		return w.Flush()
	}
	var partial partialError
	err := durable.Write(out, func(w io.Writer) error {
		buffered := bufio.NewWriter(w)
		err := fill(buffered)
		if isPartial(err, &partial) {
			err = nil
		}
		if err != nil {
			return err
		}
		return buffered.Flush()
	})
	if err == nil && partial.failed > 0 {
		return partial
	}
	return err
}

// A prediction labels the photographs of data.
type prediction struct {
	head  *headFile
	trunk *trunkFile
	data  *dataset.Dataset
	k     int

	runtime ort.Options
}

// run predicts every photograph and writes a line for each that can be read.
func (p *prediction) run(c *cli.Context, w predictionWriter) error {
	progress := new(extractor.Progress)
	e := &extractor.Extractor{
		Open: func(ctx context.Context) (extractor.Trunk, error) {
			return p.trunk.open(ctx, p.runtime, []string{p.head.tap})
		},
		Transform: p.head.transform,
		Limits:    limitsOf(c),
		Workers:   c.Int("workers"),
		Progress:  progress,
	}
	if err := w.begin(); err != nil {
		return err
	}
	classes := p.head.Classes()
	probabilities := make([]float64, len(classes))
	stop := showProgress(c.App.ErrWriter, "predict", extractionCount(progress))
	defer stop()
	err := e.Each(c.Context, p.data, func(i int, o extractor.Outcome, computed []extractor.Features) error {
		path := p.data.Samples[i].Path
		if o.Err != nil {
			say(c.App.ErrWriter, "%s: %v", path, o.Err)
			return nil
		}
		p.head.Predict(computed[0].Rows[0], probabilities)
		return w.write(path, best(classes, probabilities, p.k))
	})
	if err != nil {
		return err
	}
	if failed := int(progress.Failed.Load()); failed > 0 {
		return partialError{failed, len(p.data.Samples)}
	}
	return nil
}

// A guess is a label and its probability.
type guess struct {
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`
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

// A predictionWriter writes a line an image.
type predictionWriter interface {
	begin() error
	write(path string, best []guess) error
}

func newPredictionWriter(format string, w io.Writer, k int) predictionWriter {
	if format == "jsonl" {
		return jsonlWriter{json.NewEncoder(w)}
	}
	return &csvWriter{csv.NewWriter(w), k}
}

// csvWriter writes path,label,probability and, for the next best,
// label2,probability2 and so on.
type csvWriter struct {
	*csv.Writer
	k int
}

func (w *csvWriter) begin() error {
	header := []string{"path", "label", "probability"}
	for i := 2; i <= w.k; i++ {
		header = append(header, fmt.Sprintf("label%d", i), fmt.Sprintf("probability%d", i))
	}
	return w.line(header)
}

func (w *csvWriter) write(path string, best []guess) error {
	line := []string{path}
	for _, g := range best {
		line = append(line, g.Label, strconv.FormatFloat(g.Probability, 'f', 6, 64))
	}
	return w.line(line)
}

// line writes at once, so that a reader at the other end of a pipe sees it.
func (w *csvWriter) line(cells []string) error {
	if err := w.Write(cells); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// jsonlWriter writes {"path", "label", "probability", "top": [...]}.
type jsonlWriter struct{ *json.Encoder }

func (w jsonlWriter) begin() error { return nil }

func (w jsonlWriter) write(path string, best []guess) error {
	line := struct {
		Path string `json:"path"`
		guess
		Top []guess `json:"top,omitempty"`
	}{Path: path, guess: best[0]}
	if len(best) > 1 {
		line.Top = best
	}
	return w.Encode(line)
}
