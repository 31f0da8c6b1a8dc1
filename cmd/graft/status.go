package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/chunks"
)

func statusCommand() *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "how far the work on a plan is",
		ArgsUsage: "STORE",
		Description: "Says which chunks are done, missing, stopped in the middle or done twice, also while workers\n" +
			"are at work. A chunk that has been begun is in hand, or workers have died at it: after\n" +
			"some five the image that is to blame is known, and the next one leaves it out.\n\n" +
			"Example: graft status store --plan plan",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "plan", Usage: "the chunks are those of `PLAN`"},
			jsonFlag(),
		},
		Action: action(statusOptions, runStatus),
	}
}

type statusOf struct {
	store, plan string
	asJSON      bool
}

func statusOptions(c *cli.Context) (o statusOf, err error) {
	if o.store, err = one(c, "STORE"); err != nil {
		return o, err
	}
	o.asJSON = c.Bool("json")
	o.plan, err = required(c, "plan")
	return o, err
}

// mostNamed is how many chunks are named for people.
const mostNamed = 20

func runStatus(ctx context.Context, t ui.Terminal, o statusOf) error {
	s, err := chunks.ReadStatus(ctx, o.store, o.plan)
	if err != nil {
		return err
	}
	if o.asJSON {
		return t.JSON(s)
	}
	fmt.Fprintf(t.Out, "%d of %d chunks are done, %d stopped in the middle, %d done more than once\n", s.Done, s.Chunks, len(s.Partial), len(s.Double))
	of := ""
	if s.Of > 0 {
		of = fmt.Sprintf(" of %d", s.Of)
	}
	fmt.Fprintf(t.Out, "%d%s images, %d of them without features; %d rows, %.1f MB read\n", s.Images, of, s.Failed, s.Rows, float64(s.Bytes)/1e6)
	if s.Elapsed > 0 {
		fmt.Fprintf(t.Out, "%.1f images/s in %.0f s, by %d machines\n", float64(s.Images)/s.Elapsed, s.Elapsed, len(s.Hosts))
	}
	if s.Other > 0 {
		fmt.Fprintf(t.Out, "%d records are of other plans\n", s.Other)
	}
	for _, b := range s.Begun[:min(len(s.Begun), mostNamed)] {
		fmt.Fprintf(t.Out, "begun: %s: %v\n", b.Chunk, b)
	}
	for _, name := range s.Missing[:min(len(s.Missing), mostNamed)] {
		fmt.Fprintln(t.Out, "missing:", name)
	}
	if n := len(s.Missing) - mostNamed; n > 0 {
		fmt.Fprintf(t.Out, "and %d more\n", n)
	}
	return nil
}
