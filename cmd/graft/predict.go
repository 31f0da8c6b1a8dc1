package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime/debug"
	"slices"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/serve/client"
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
		Description: "Takes a head, or the classifier that \"graft export\" made of one. Paths are images, and\n" +
			"folders and archives of them; - reads the paths of images from standard input, a line each,\n" +
			"and --list a list, whose paths start at PATH or at the list's folder. One line an image, in\n" +
			"the order of the paths. Images that cannot be read are named on standard error. Bytes of a\n" +
			"path that are not UTF-8 are written as characters from U+EF00 on, and read so, too. With a\n" +
			"head, features that the cache has already are not computed again.\n\n" +
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
			&cli.StringFlag{Name: "format", Usage: "`FORMAT`: csv, tsv, json, jsonl or parquet (default: what --out ends in, else csv; .csv.gz, .jsonl.zst and their like are compressed)"},
			&cli.StringFlag{Name: "out", TakesFile: true, Usage: "write to `FILE` instead of standard output"},
			&cli.StringFlag{Name: "copy-to", TakesFile: true, Usage: "copy the images into `DIR`, one folder a label"},
			&cli.StringFlag{Name: "link-to", TakesFile: true, Usage: "link to the images from `DIR`, one folder a label"},
			&cli.StringFlag{Name: "list", TakesFile: true, Usage: "label the images that a csv, json or jsonl `FILE` names"},
			&cli.StringFlag{Name: "server", Usage: "let the service at `URL` label them, that of \"graft serve\""},
			&cli.StringFlag{Name: "model", Usage: "with --server: ask its model `NAME` (default: its first)"},
			&cli.StringFlag{Name: "token-file", TakesFile: true, Usage: "with --server: the token is the first in `FILE`"},
			&cli.BoolFlag{Name: "null", Aliases: []string{"0"}, Usage: "with -: paths end in NUL, as \"find -print0\" writes them"},
			&cli.BoolFlag{Name: "no-cache", Usage: "compute the features of every image, also those that are in the cache"},
		}, trunkFlags()...),
		Action: action(predictOptions, runPredict),
	}
}

type predictOf struct {
	classify.Options
	head   string         // "": the service
	server client.Options // asked if there is no head
	paths  []string
	data   dataset.Options
	null   bool // paths on standard input end in NUL
	rule   predictions.Rule
	format string
	out    string
	recall *predictions.Recall  // nil: nothing is taken from the cache
	sorted *predictions.Folders // nil: nowhere
}

func predictOptions(c *cli.Context) (o predictOf, err error) {
	o.data, o.null = dataOptions(c), c.Bool("null")
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
	if c.String("out") != "" {
		if o.out, err = outFile(c, "out"); err != nil {
			return o, err
		}
	}
	if o.rule, err = ruleOptions(c); err != nil {
		return o, err
	}
	if o.sorted, err = sortedOptions(c); err != nil {
		return o, err
	}
	if o.Options, err = classifyOptions(c); err == nil && !c.Bool("no-cache") {
		o.recall = new(predictions.Recall)
		o.Recall = o.recall.Find
	}
	return o, err
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

func runPredict(ctx context.Context, t ui.Terminal, o predictOf) error {
	progress := new(extractor.Progress)
	found, err := o.find(ctx, t)
	if err != nil {
		return err
	}
	defer found.Close()
	if o.recall != nil {
		defer o.recall.Close()
	}
	classifier, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer classifier.Close()
	debug.FreeOSMemory() // the trunk's file, which the session has a copy of
	t.Notes(classifier.Notes())
	if labels := classifier.Labels(); slices.Contains(labels, o.rule.Unsure) {
		return withHint(usagef("%q has a class %q", cmp.Or(o.head, o.server.URL), o.rule.Unsure), "--unsure LABEL gives the unsure ones another label")
	}
	o.rule.Top = min(o.rule.Top, len(classifier.Labels()))
	run := predictions.Run{Classifier: classifier, Parts: o.parts(ctx, t, found, progress), Rule: o.rule, Folders: o.sorted, Progress: progress}
	var done *predictions.Done
	err = writeTo(t, o.out, func(w io.Writer) (err error) {
		if run.Writer, err = predictions.NewWriter(o.format, w, o.rule.Columns()); err != nil {
			return err
		}
		done, err = o.shown(t, progress, func() (*predictions.Done, error) { return run.Do(ctx) })
		return err
	})
	if done != nil {
		o.sayRecalled(t, progress)
		sayPlaced(t, o.sorted, done)
	}
	if err == nil {
		err = partial(done.Failed+len(found.Unread), done.Images+len(found.Unread))
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
	return client.New(ctx, o.server)
}

// find looks what there is at the paths.
func (o predictOf) find(ctx context.Context, t ui.Terminal) (*dataset.Paths, error) {
	if o.fromReader() {
		return new(dataset.Paths), nil
	}
	found, err := dataset.FromPaths(ctx, o.paths, o.data)
	if err != nil {
		return nil, err
	}
	t.Notes(found.Notes)
	for _, u := range found.Unread {
		t.Say("%s: %v", u.Path, u)
	}
	if found.Archived > 0 && o.sorted != nil && o.sorted.Link {
		found.Close()
		return nil, withHint(usagef("--link-to links to images on the disk, and %d are in archives", found.Archived), "--copy-to copies them")
	}
	return found, nil
}

// fromReader reports whether the paths come from standard input.
func (o predictOf) fromReader() bool { return slices.Equal(o.paths, []string{"-"}) }

// parts are the photographs, a part at a time.
func (o predictOf) parts(ctx context.Context, t ui.Terminal, found *dataset.Paths, p *extractor.Progress) iter.Seq2[*dataset.Dataset, error] {
	p.Begin("predict", 0)
	p.Expect(found.Count)
	if !o.fromReader() {
		return found.Parts(ctx, dataset.PartSize)
	}
	end := byte('\n')
	if o.null {
		end = 0
	}
	return dataset.FromReader(ctx, t.In, end, o.data)
}

// shown shows the progress, unless the lines themselves show it.
func (o predictOf) shown(t ui.Terminal, p *extractor.Progress, work func() (*predictions.Done, error)) (*predictions.Done, error) {
	if o.out == "" && ui.IsTerminal(t.Out) {
		shown := t.Follow(ui.Notes{Progress: p})
		defer shown.Stop()
		return work()
	}
	return watched(t, p, work)
}

// sayRecalled says what came from the cache, and what of it was damaged.
func (o predictOf) sayRecalled(t ui.Terminal, p *extractor.Progress) {
	if o.recall == nil {
		return
	}
	t.Notes(o.recall.Notes())
	if n := p.Cached.Load(); n > 0 {
		t.Say("%d of %d images: features from the cache", n, p.Done.Load())
	}
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
