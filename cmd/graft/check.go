package main

import (
	"github.com/urfave/cli/v2"

	"graft/extractor/features"
	"graft/head/audit"
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
		Action: check,
	}
}

func check(c *cli.Context) error {
	path, err := one(c, "DATA")
	if err != nil {
		return err
	}
	if v := c.Float64("near"); !(v > 0 && v <= 1) {
		return usagef("--near is %v; it must be above 0 and at most 1", v)
	}
	if features.IsDir(path) {
		return usagef("%q is a folder of features; check looks at photographs, name their folder", path)
	}
	s, err := newSurvey(c, path)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.report(c)
	if err != nil {
		return err
	}
	if out := c.String("html"); out != "" {
		if err := s.writePage(c, out, r); err != nil {
			return err
		}
		say(c.App.ErrWriter, "wrote %s", out)
	}
	if c.Bool("json") {
		err = printJSON(c.App.Writer, r)
	} else {
		printCheck(c.App.Writer, r, max(c.Int("top"), 0))
	}
	if err == nil && len(r.Unreadable) > 0 {
		return partialError{len(r.Unreadable), r.Images}
	}
	return err
}

// near are the settings that the flags ask for.
func near(c *cli.Context) audit.Near {
	return audit.Near{Cosine: c.Float64("near"), Certain: max(c.Float64("near"), 0.9), Seed: c.Uint64("seed")}
}
