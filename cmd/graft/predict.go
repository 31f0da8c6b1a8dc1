package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/head/predictions"
)

func predictCommand() *cli.Command {
	return &cli.Command{
		Name:      "predict",
		Usage:     "label photographs",
		ArgsUsage: "HEAD|CLASSIFIER PATH…",
		Description: "Takes a head, or the classifier that \"graft export\" made of one. Paths are images and\n" +
			"folders of them; - reads the paths of images from standard input, a line each. One line an\n" +
			"image, in the order of the paths. Images that cannot be read are named on standard\n" +
			"error.\n\n" +
			"--link-to makes symbolic links to absolute paths: they work across disks and cost no space,\n" +
			"and lead nowhere once the photographs are moved. Neither it nor --copy-to overwrites a file:\n" +
			"another photograph of the same name gets a number.\n\n" +
			"Example: graft predict head.onnx new-photographs --out labels.csv\n" +
			"Example: find /photos -name '*.jpg' | graft predict head.onnx - --min-probability 0.8 --copy-to sorted",
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "top-k", Value: 1, Usage: "give the `K` most probable labels"},
			&cli.Float64Flag{Name: "min-probability", Usage: "label images whose best label has less than `P` as unsure"},
			&cli.StringFlag{Name: "unsure", Value: "unsure", Usage: "the `LABEL` of those"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT`: csv, jsonl or parquet (default: by the name of --out, else csv)"},
			&cli.StringFlag{Name: "out", TakesFile: true, Usage: "write to `FILE` instead of standard output"},
			&cli.StringFlag{Name: "copy-to", TakesFile: true, Usage: "copy the images into `DIR`, one folder a label"},
			&cli.StringFlag{Name: "link-to", TakesFile: true, Usage: "link to the images from `DIR`, one folder a label"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "with -: paths end in NUL, as \"find -print0\" writes them"},
		}, trunkFlags()...),
		Action: predict,
	}
}

func predict(c *cli.Context) error {
	if c.NArg() < 2 {
		return withHint(usagef("predict takes HEAD and one PATH or more"), "graft predict head.onnx photographs")
	}
	paths := c.Args().Tail()
	if len(paths) > 1 && slices.Contains(paths, "-") {
		return usagef("- reads the paths from standard input, and takes no other paths beside it")
	}
	format, err := predictionFormat(c)
	if err != nil {
		return err
	}
	p := &prediction{rule: predictions.Rule{Top: c.Int("top-k"), Least: c.Float64("min-probability")}}
	if c.IsSet("min-probability") {
		p.rule.Unsure = c.String("unsure")
	}
	if err := p.checkFlags(c); err != nil {
		return err
	}
	if p.runtime, _, err = runtimeOf(c); err != nil {
		return err
	}
	if p.predictor, err = readPredictor(c, c.Args().First()); err != nil {
		return err
	}
	if slices.Contains(p.labels, p.rule.Unsure) {
		return withHint(usagef("%q has a class %q", c.Args().First(), p.rule.Unsure), "--unsure LABEL gives the unsure ones another label")
	}
	p.rule.Top = min(p.rule.Top, len(p.labels))
	return p.predictPaths(c, paths, format)
}

// predictPaths predicts what the arguments name and writes it where --out says.
func (p *prediction) predictPaths(c *cli.Context, paths []string, format string) error {
	defer p.Close()
	if paths[0] == "-" {
		p.parts = listedParts(c.Context, c.App.Reader, c.Bool("null"), dataOptions(c))
	} else {
		found, err := dataset.LookAt(c.Context, paths, dataOptions(c))
		if err != nil {
			return err
		}
		p.parts, p.total = found.Parts(c.Context, partSize), found.Count
	}
	err := writeTo(c, func(w io.Writer) error {
		lines, err := predictions.NewWriter(format, w, p.rule.Columns())
		if err != nil {
			return err
		}
		return p.run(c, lines)
	})
	p.sayPlaced(c)
	return err
}

// checkFlags checks what does not depend on the head.
func (p *prediction) checkFlags(c *cli.Context) error {
	copies, links := c.String("copy-to"), c.String("link-to")
	switch {
	case p.rule.Top < 1:
		return usagef("--top-k is %d; it must be at least 1", p.rule.Top)
	case c.IsSet("min-probability") && !(p.rule.Least >= 0 && p.rule.Least <= 1):
		return usagef("--min-probability is %v; it must be from 0 to 1", p.rule.Least)
	case c.String("unsure") == "":
		return usagef("--unsure is empty; it must be a label")
	case copies != "" && links != "":
		return usagef("--copy-to and --link-to exclude each other")
	case copies != "":
		p.sorted = &predictions.Folders{Dir: copies}
	case links != "":
		p.sorted = &predictions.Folders{Dir: links, Link: true}
	}
	return nil
}

// predictionFormat is that of --format, or the one that --out ends in.
func predictionFormat(c *cli.Context) (string, error) {
	formats := []string{"csv", "jsonl", "parquet"}
	format := c.String("format")
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(c.String("out"))), ".")
		if !slices.Contains(formats, format) {
			format = "csv"
		}
	}
	if !slices.Contains(formats, format) {
		return "", usagef("--format is %q; it must be csv, jsonl or parquet", format)
	}
	if format == "parquet" && c.String("out") == "" && isTerminal(c.App.Writer) {
		return "", usagef("parquet is not for a terminal; --out FILE writes it to a file")
	}
	return format, nil
}

// writeTo gives fill the file of --out, which appears whole or not at all, or
// standard output, where a reader at the other end of a pipe sees every line
// at once.
func writeTo(c *cli.Context, fill func(io.Writer) error) error {
	out := c.String("out")
	if out == "" {
		return fill(c.App.Writer)
	}
	var partial partialError
	err := durable.Write(out, func(w io.Writer) error {
		buffered := bufio.NewWriter(w)
		if err := fill(buffered); err != nil && !isPartial(err, &partial) {
			return err
		}
		return buffered.Flush()
	})
	switch {
	case err == nil && partial.failed > 0:
		return partial
	case errors.Is(err, context.Canceled):
		return lostError{err, out}
	}
	return err
}
