package main

import (
	"context"
	"os"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/head/train"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "show how a head does, as a page with its mistakes",
		ArgsUsage: "HEAD DATA|DIR",
		Description: "One HTML file that needs no network: accuracy with its interval, learning curves, a\n" +
			"confusion matrix that leads to its images, reliability, ROC curves, the worst mistakes,\n" +
			"a map of the features, and what to be wary of. The images judged are those of eval.\n\n" +
			"Example: graft report head.onnx photographs --out report.html",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the page to `FILE`"},
			&cli.StringFlag{Name: "title", Usage: "`TEXT` at the top of the page (default: the names of head and data)"},
			splitFlag(),
			strictFlag(),
			&cli.IntFlag{Name: "thumbnails", Value: 1000, Usage: "show at most `N` images; 0 shows names only"},
		}, dataFlags()...),
		Action: action(reportOptions, runReport),
	}
}

type reportOf struct {
	train.ReportOptions
	out string
}

func reportOptions(c *cli.Context) (o reportOf, err error) {
	args, err := exactly(c, "HEAD", "DATA")
	if err != nil {
		return o, err
	}
	o.Head, o.Path, o.Split, o.Title, o.Thumbnails = args[0], args[1], c.String("split"), c.String("title"), c.Int("thumbnails")
	o.Strict = c.Bool("strict")
	if o.out, err = outFile(c, "out"); err != nil {
		return o, err
	}
	switch {
	case o.Thumbnails < 0:
		return o, usagef("--thumbnails is %d; it must be 0 or more", o.Thumbnails)
	case o.Thumbnails == 0:
		o.Thumbnails = -1 // to the library, 0 is the default
	}
	o.Ingest, err = ingestOptions(c)
	return o, err
}

func runReport(ctx context.Context, t ui.Terminal, o reportOf) error {
	r, err := watched(t, o.Ingest.Progress, func() (*train.Reported, error) { return train.Report(ctx, o.ReportOptions, o.out) })
	if err != nil {
		return err
	}
	size := int64(0)
	if info, err := os.Stat(o.out); err == nil {
		size = info.Size()
	}
	t.Say("wrote %s: %d images, %.1f MB%s", o.out, r.Images, float64(size)/1e6, show.LeftOut(r.Data))
	return leftOut(r.Data)
}
