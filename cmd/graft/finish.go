package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor"
	"graft/extractor/chunks"
	"graft/extractor/dataset"
	"graft/head/train"
)

func finishCommand() *cli.Command {
	return &cli.Command{
		Name:      "finish",
		Usage:     "join what workers have computed of a plan",
		ArgsUsage: "STORE",
		Description: "Makes the samples tables, joins small parts, drops rows that were computed twice, and reads\n" +
			"a random sample of the photographs again: their hashes, and where the trunk is at hand their\n" +
			"features. If chunks are missing it changes nothing and writes their names to standard output,\n" +
			"one a line (exit code 1); \"graft work --from\" takes them so. If images have no features, they\n" +
			"are written there, with the reason (exit code 3). It may be cut short and run again.\n\n" +
			"Example: graft finish store --plan plan",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "plan", Usage: "the chunks are those of `PLAN`"},
			&cli.StringFlag{Name: "data", Usage: "the photographs are below `ROOT` here (default: where the plan found them)"},
			&cli.IntFlag{Name: "sample", Value: 32, Action: atLeast("sample", 0), Usage: "read `N` photographs again"},
			&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of their choice", DefaultText: "another one each time"},
			jpegFlag(),
		}, trunkFlags()...),
		Action: action(finishOptions, runFinish),
	}
}

type finishOf struct {
	chunks.FinishOptions
	store, plan string
}

func finishOptions(c *cli.Context) (o finishOf, err error) {
	if o.store, err = one(c, "STORE"); err != nil {
		return o, err
	}
	if o.plan, err = required(c, "plan"); err != nil {
		return o, err
	}
	o.Sample, o.Seed, o.Data, o.Progress = c.Int("sample"), c.Uint64("seed"), c.String("data"), new(extractor.Progress)
	if !c.IsSet("seed") {
		o.Seed = rand.Uint64()
	}
	o.Ingest, err = ingestOptions(c)
	return o, err
}

func runFinish(ctx context.Context, t ui.Terminal, o finishOf) error {
	f, err := watched(t, o.Progress, func() (*chunks.Finished, error) { return chunks.Finish(ctx, o.store, o.plan, o.FinishOptions) })
	var missing *chunks.MissingError
	var changed *chunks.ChangedError
	switch {
	case errors.As(err, &missing):
		for _, name := range missing.Chunks {
			fmt.Fprintln(t.Out, name)
			if why := missing.Why[name]; why != "" {
				t.Say("%s: %s", name, why)
			}
		}
		return withHint(err, `their names are on standard output: "graft finish %s --plan %s | graft work --plan %s --features %s" does them`, o.store, o.plan, o.plan, o.store)
	case errors.As(err, &changed):
		for _, line := range changed.List {
			t.Say("%s", line)
		}
		return err
	case err != nil:
		return err
	}
	if n := len(f.Double); n > 0 {
		t.Say("%d chunks were done more than once; %d rows that were there twice are removed", n, f.Removed)
	}
	if f.Listed > 0 {
		t.Say("%d images are listed more than once, and are there once", f.Listed)
	}
	t.Say("%s: %d images, %d rows in %d parts; %d photographs read again, %d of them computed again", o.store, f.Images, f.Rows, f.Parts, f.Checked, f.Again)
	for _, r := range f.Failed {
		fmt.Fprintf(t.Out, "%s\t%s\n", dataset.Escape(r.Path), r.Error)
	}
	if n := f.Without - int64(len(f.Failed)); n > 0 {
		t.Say("and %d more; all are in the samples tables", n)
	}
	return leftOut(train.Images{Failed: int(f.Without), Total: int(f.Images)})
}
