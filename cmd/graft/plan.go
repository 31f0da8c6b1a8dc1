package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/plan"
	"graft/onnx"
)

func planCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "out", Usage: "write the plan into the folder `PLAN`"},
		&cli.IntFlag{Name: "chunk", Value: 10_000, Action: atLeast("chunk", 1), Usage: "put about `N` images into a chunk"},
		&cli.BoolFlag{Name: "webdataset", Usage: "DATA is a folder of .tar shards in the form of WebDataset, each of them a chunk"},
		&cli.IntFlag{Name: "partitions", Usage: "the store has `N` partitions: 1, 16 or 256", DefaultText: "by the number of images: 1 up to 250,000, 16 up to 4 million", Action: partitionsAction},
		&cli.StringFlag{Name: "tap", Value: onnx.Features, Usage: "with --trunk: the `NAME` of its output"},
		dtypeFlag(),
		listFlag(),
	}
	return &cli.Command{
		Name:      "plan",
		Usage:     "divide photographs into chunks, for many machines",
		ArgsUsage: "DATA",
		Description: "Lists the data once and writes chunks of about the same cost; memory does not grow with\n" +
			"their number. Any number of \"graft work\" on any number of machines do the chunks, under any\n" +
			"scheduler (scripts/slurm, scripts/spark and scripts/kubernetes have three), and \"graft finish\"\n" +
			"joins what they did. With --trunk a worker that has another trunk or transform is refused.\n\n" +
			"In a shard, entries of one name are a sample: 0001.jpg beside 0001.cls or 0001.json.\n\n" +
			"Example: graft plan photographs --chunk 10000 --out plan",
		Flags:  append(append(append(flags, viewFlags("with --trunk: `K` augmented views of each image")...), trunkFlags()...), transformFlags()...),
		Action: action(planOptions, runPlan),
	}
}

func partitionsAction(_ *cli.Context, v int) error {
	if features.Digits(v) < 0 {
		return usagef("--partitions is %d; it must be 1, 16 or 256", v)
	}
	return nil
}

type planOf struct {
	plan.Settings
	out    string
	ingest ingest.Options
	pinned bool // the plan names what makes the features
}

func planOptions(c *cli.Context) (o planOf, err error) {
	if o.Data, err = one(c, "DATA"); err != nil {
		return o, err
	}
	if o.out, err = required(c, "out"); err != nil {
		return o, err
	}
	o.Scan, o.WebDataset, o.Images, o.Partitions = dataOptions(c), c.Bool("webdataset"), c.Int("chunk"), c.Int("partitions")
	if o.WebDataset && o.Scan.List != "" {
		return o, usagef("--webdataset does not go with --list")
	}
	o.pinned = c.String("trunk") != ""
	o.ingest, err = ingestOptions(c)
	o.ingest.Half = c.String("store-dtype") == "fp16"
	return o, err
}

func runPlan(ctx context.Context, t ui.Terminal, o planOf) error {
	progress := new(extractor.Progress)
	if o.pinned {
		o.ingest.Progress = progress
		r, err := o.ingest.Recipe()
		if err != nil {
			return err
		}
		metas, err := r.Metas()
		if err != nil {
			return err
		}
		o.Made = &metas[0]
	}
	progress.Begin("plan", 0)
	o.Listed = progress.Advance
	made, err := watched(t, progress, func() (*plan.Made, error) { return plan.Make(ctx, o.Settings, o.out) })
	if err != nil {
		return err
	}
	t.Notes(made.Notes)
	for _, u := range made.Unread {
		t.Say("%s: %v", u.Path, u)
	}
	what := fmt.Sprintf("%d images", made.Images)
	if made.WebDataset {
		what = "a shard each"
	}
	t.Say("wrote %s: %d chunks, %s, %.1f MB, for a store of %s", o.out, made.Chunks(), what, float64(made.Bytes)/1e6, partitions(made.Partitions))
	if n := len(made.Unread); n > 0 {
		return partialError{[]string{fmt.Sprintf("%d folders cannot be entered", n)}}
	}
	return nil
}

// partitions says how many there are.
func partitions(n int) string {
	if n == 1 {
		return "one folder"
	}
	return fmt.Sprintf("%d partitions", n)
}
