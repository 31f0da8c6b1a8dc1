package main

import (
	"cmp"
	"context"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/head/audit"
	"graft/head/check"
)

func checkCommand() *cli.Command {
	flags := []cli.Flag{
		jsonFlag(),
		&cli.StringFlag{Name: "html", TakesFile: true, Usage: "also write a page with thumbnails to `FILE`"},
		&cli.IntFlag{Name: "top", Value: 20, Usage: "list `N` findings of each kind; --json has all"},
		&cli.Float64Flag{Name: "near", Value: 0.5, Usage: "near duplicates have features with this `COSINE` at least, and look the same"},
		&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of the folds that labels are judged with"},
	}
	return &cli.Command{
		Name:      "check",
		Usage:     "look for broken, doubtful, duplicate and mislabelled photographs",
		ArgsUsage: "DATA",
		Description: "Unreadable files, duplicates within and across splits and classes, labels that are probably\n" +
			"wrong, pictures that are tiny, dark, blurred, empty, gray or misnamed, classes that are small.\n" +
			"Nothing is changed. Findings are no failure.\n\n" +
			"Labels are judged by confident learning (Northcutt, Jiang and Chuang, JAIR 70, 2021).\n\n" +
			"Example: graft check photographs --html check.html",
		Flags:  append(append(flags, dataFlags()...), transformFlags()...),
		Action: action(checkOptions, runCheck),
	}
}

type checkOf struct {
	check.Options
	top    int
	asJSON bool
}

func checkOptions(c *cli.Context) (o checkOf, err error) {
	if o.Path, err = one(c, "DATA"); err != nil {
		return o, err
	}
	if c.String("html") != "" {
		if o.Page, err = outFile(c, "html"); err != nil {
			return o, err
		}
	}
	o.Seed, o.top, o.asJSON = c.Uint64("seed"), max(c.Int("top"), 0), c.Bool("json")
	near := c.Float64("near")
	if !(near > 0 && near <= 1) {
		return o, usagef("--near is %v; it must be above 0 and at most 1", near)
	}
	o.Near = audit.Near{Cosine: near, Certain: max(near, 0.9), Seed: o.Seed}
	o.Ingest, err = ingestOptions(c)
	return o, err
}

func runCheck(ctx context.Context, t ui.Terminal, o checkOf) error {
	r, err := watched(t, o.Ingest.Progress, func() (*audit.Report, error) { return check.Run(ctx, o.Options) })
	if err != nil {
		return err
	}
	if o.Page != "" {
		t.Say("wrote %s", o.Page)
	}
	if o.asJSON {
		err = t.JSON(r)
	} else {
		show.Check(t.Out, r, o.top)
	}
	return cmp.Or(err, partial(len(r.Unreadable), r.Images))
}
