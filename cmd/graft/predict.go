package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/serve"
	"graft/cmd/graft/internal/ui"
	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/head/classify"
	"graft/head/predictions"
)

func predictCommand() *cli.Command {
	return &cli.Command{
		Name:      "predict",
		Usage:     "label photographs",
		ArgsUsage: "[HEAD|CLASSIFIER] PATH…",
		Description: "Takes a head, or the classifier that \"graft export\" made of one. Paths are images and\n" +
			"folders of them; - reads the paths of images from standard input, a line each. One line an\n" +
			"image, in the order of the paths. Images that cannot be read are named on standard\n" +
			"error.\n\n" +
			"--link-to makes symbolic links to absolute paths: they work across disks and cost no space,\n" +
			"and lead nowhere once the photographs are moved. Neither it nor --copy-to overwrites a file:\n" +
			"another photograph of the same name gets a number.\n\n" +
			"With --server a service labels the photographs, and there is no HEAD: they are sent to it,\n" +
			"and nothing else is needed here.\n\n" +
			"Example: graft predict head.onnx new-photographs --out labels.csv\n" +
			"Example: find /photos -name '*.jpg' | graft predict head.onnx - --min-probability 0.8 --copy-to sorted",
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "top-k", Value: 1, Usage: "give the `K` most probable labels"},
			&cli.Float64Flag{Name: "min-probability", Usage: "label images whose best label has less than `P` as unsure"},
			&cli.StringFlag{Name: "unsure", Value: "unsure", Usage: "the `LABEL` of those"},
			&cli.StringFlag{Name: "format", Usage: "`FORMAT`: csv, tsv, json, jsonl or parquet (default: by the name of --out, else csv)"},
			&cli.StringFlag{Name: "out", TakesFile: true, Usage: "write to `FILE` instead of standard output"},
			&cli.StringFlag{Name: "copy-to", TakesFile: true, Usage: "copy the images into `DIR`, one folder a label"},
			&cli.StringFlag{Name: "link-to", TakesFile: true, Usage: "link to the images from `DIR`, one folder a label"},
			&cli.StringFlag{Name: "server", Usage: "let the service at `URL` label them, that of \"graft serve\""},
			&cli.StringFlag{Name: "model", Usage: "with --server: ask its model `NAME` (default: its first)"},
			&cli.StringFlag{Name: "token-file", TakesFile: true, Usage: "with --server: the token is the first in `FILE`"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "with -: paths end in NUL, as \"find -print0\" writes them"},
		}, trunkFlags()...),
		Action: action(predictOptions, runPredict),
	}
}

type predictOf struct {
	classify.Options
	head   string              // "": the service
	server serve.ClientOptions // asked if there is no head
	paths  []string
	data   dataset.Options
	null   bool // paths on standard input end in NUL
	rule   predictions.Rule
	format string
	out    string
	sorted *predictions.Folders // nil: nowhere
}

func predictOptions(c *cli.Context) (o predictOf, err error) {
	o.out, o.data, o.null = c.String("out"), dataOptions(c), c.Bool("null")
	if c.IsSet("server") {
		o.server, o.paths, err = serverOptions(c)
	} else {
		o.head, o.paths, err = headAndPaths(c)
	}
	if err != nil {
		return o, err
	}
	if len(o.paths) > 1 && slices.Contains(o.paths, "-") {
		return o, usagef("- reads the paths from standard input, and takes no other paths beside it")
	}
	if o.format, err = formatOption(c); err != nil {
		return o, err
	}
	if o.rule, err = ruleOptions(c); err != nil {
		return o, err
	}
	if o.sorted, err = sortedOptions(c); err != nil {
		return o, err
	}
	o.Options, err = classifyOptions(c)
	return o, err
}

// headAndPaths are the arguments.
func headAndPaths(c *cli.Context) (head string, paths []string, err error) {
	if c.NArg() < 2 {
		return "", nil, withHint(usagef("predict takes HEAD and one PATH or more"), "graft predict head.onnx photographs")
	}
	for _, flag := range []string{"model", "token-file"} {
		if c.IsSet(flag) {
			return "", nil, usagef("--%s is for --server", flag)
		}
	}
	return c.Args().First(), c.Args().Tail(), nil
}

// serverOptions say which service is asked; the arguments are paths.
func serverOptions(c *cli.Context) (o serve.ClientOptions, paths []string, err error) {
	if !c.Args().Present() {
		return o, nil, withHint(usagef("predict --server takes one PATH or more"), "graft predict --server http://127.0.0.1:8080 photographs")
	}
	for _, flag := range []string{"device", "trunk", "precision", "batch-size", "gpu-mem", "conv-search", "max-pixels"} {
		fromEnvironment := os.Getenv("GRAFT_"+strings.ToUpper(flag)) != "" // of device and trunk: not meant for this
		if c.IsSet(flag) && !fromEnvironment {
			return o, nil, usagef("--%s is not for --server: the service has its own", flag)
		}
	}
	o = serve.ClientOptions{URL: c.String("server"), Model: c.String("model"), Workers: c.Int("workers")}
	if path := c.String("token-file"); path != "" {
		o.Token, err = firstToken(path)
	}
	return o, c.Args().Slice(), err
}

// firstToken is the first line of a file of tokens.
func firstToken(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line, nil
		}
	}
	return "", fmt.Errorf("read the token: %q holds none", path)
}

// ruleOptions say what becomes of probabilities.
func ruleOptions(c *cli.Context) (predictions.Rule, error) {
	r := predictions.Rule{Top: c.Int("top-k"), Least: c.Float64("min-probability")}
	judging, unsure := c.IsSet("min-probability"), c.String("unsure")
	switch {
	case r.Top < 1:
		return r, usagef("--top-k is %d; it must be at least 1", r.Top)
	case judging && !(r.Least >= 0 && r.Least <= 1):
		return r, usagef("--min-probability is %v; it must be from 0 to 1", r.Least)
	case unsure == "":
		return r, usagef("--unsure is empty; it must be a label")
	case judging:
		r.Unsure = unsure
	}
	return r, nil
}

// sortedOptions say where the photographs go.
func sortedOptions(c *cli.Context) (*predictions.Folders, error) {
	copies, links := c.String("copy-to"), c.String("link-to")
	switch {
	case copies != "" && links != "":
		return nil, usagef("--copy-to and --link-to exclude each other")
	case copies != "":
		return &predictions.Folders{Dir: copies}, nil
	case links != "":
		return &predictions.Folders{Dir: links, Link: true}, nil
	}
	return nil, nil
}

// formatOption is that of --format, or the one that --out ends in.
func formatOption(c *cli.Context) (string, error) {
	format, out := c.String("format"), c.String("out")
	if format == "" {
		format = cmp.Or(predictions.FormatOf(out), "csv")
	}
	if !slices.Contains(predictions.Formats, format) {
		return "", usagef("--format is %q; it must be one of %s", format, strings.Join(predictions.Formats, ", "))
	}
	if format == "parquet" && out == "" && ui.IsTerminal(c.App.Writer) {
		return "", usagef("parquet is not for a terminal; --out FILE writes it to a file")
	}
	return format, nil
}

func runPredict(ctx context.Context, t ui.Terminal, o predictOf) error {
	progress := new(extractor.Progress)
	parts, err := o.parts(ctx, t, progress)
	if err != nil {
		return err
	}
	classifier, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer classifier.Close()
	t.Notes(classifier.Notes())
	if labels := classifier.Labels(); slices.Contains(labels, o.rule.Unsure) {
		return withHint(usagef("%q has a class %q", cmp.Or(o.head, o.server.URL), o.rule.Unsure), "--unsure LABEL gives the unsure ones another label")
	}
	o.rule.Top = min(o.rule.Top, len(classifier.Labels()))
	run := predictions.Run{Classifier: classifier, Parts: parts, Rule: o.rule, Folders: o.sorted, Progress: progress}
	var done *predictions.Done
	err = writeTo(t, o.out, func(w io.Writer) (err error) {
		if run.Writer, err = predictions.NewWriter(o.format, w, o.rule.Columns()); err != nil {
			return err
		}
		done, err = o.shown(t, progress, func() (*predictions.Done, error) { return run.Do(ctx) })
		return err
	})
	if done != nil {
		sayPlaced(t, o.sorted, done)
	}
	if err == nil {
		err = partial(done.Failed, done.Images)
	}
	return err
}

// An opened classifier is one here, or one of a service.
type opened interface {
	predictions.Classifier
	Notes() []string
	Close() error
}

// open opens the head, or asks the service.
func (o predictOf) open(ctx context.Context) (opened, error) {
	if o.head != "" {
		return classify.Open(o.head, o.Options)
	}
	return serve.NewClient(ctx, o.server)
}

// parts are the photographs, a part at a time.
func (o predictOf) parts(ctx context.Context, t ui.Terminal, p *extractor.Progress) (iter.Seq2[*dataset.Dataset, error], error) {
	p.Begin("predict", 0)
	if o.paths[0] == "-" {
		end := byte('\n')
		if o.null {
			end = 0
		}
		p.Expect(0)
		return dataset.FromReader(ctx, t.In, end, o.data), nil
	}
	found, err := dataset.FromPaths(ctx, o.paths, o.data)
	if err != nil {
		return nil, err
	}
	t.Notes(found.Notes)
	p.Expect(found.Count)
	return found.Parts(ctx, partSize), nil
}

// partSize is how many paths are under way at once.
const partSize = 4096

// shown shows the progress, unless the lines themselves show it.
func (o predictOf) shown(t ui.Terminal, p *extractor.Progress, work func() (*predictions.Done, error)) (*predictions.Done, error) {
	if o.out == "" && ui.IsTerminal(t.Out) {
		shown := t.Follow(ui.Notes{Progress: p})
		defer shown.Stop()
		return work()
	}
	return watched(t, p, work)
}

// sayPlaced says what has become of the folders, also when a run was cut short.
func sayPlaced(t ui.Terminal, f *predictions.Folders, done *predictions.Done) {
	if f == nil {
		return
	}
	verb := "copied"
	if f.Link {
		verb = "linked"
	}
	numbered := done.Placed[predictions.PlacedNumbered]
	line := fmt.Sprintf("%s %d images into %s", verb, done.Placed[predictions.PlacedNew]+numbered, f.Dir)
	if numbered > 0 {
		line += fmt.Sprintf(", %d of them with a number, since other images have their names", numbered)
	}
	if n := done.Placed[predictions.PlacedAlready]; n > 0 {
		line += fmt.Sprintf("; %d were there already and are skipped", n)
	}
	t.Say("%s", line)
}

// writeTo gives fill the file out, which appears whole or not at all, or of ""
// standard output, where a reader at the other end of a pipe sees every line at
// once.
func writeTo(t ui.Terminal, out string, fill func(io.Writer) error) error {
	if out == "" {
		return fill(t.Out)
	}
	err := durable.Write(out, func(w io.Writer) error {
		buffered := bufio.NewWriter(w)
		if err := fill(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	})
	if errors.Is(err, context.Canceled) {
		return lostError{err, out}
	}
	return err
}
