package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/dataset"
	"graft/extractor/ingest"
	"graft/onnx"
)

const shardHelp = "--shard 2/3 computes the second third of the photographs, so that three processes or machines\n" +
	"fill one folder together, at once or one after another. Which part a photograph belongs to\n" +
	"depends on its path alone. When all are done, the folder holds what one run without --shard\n" +
	"gives. Until then, what others have to compute is in the samples table without a key; a run\n" +
	"without --shard computes whatever is missing."

const verifyHelp = "--verify computes nothing that is missing. It reads every photograph and every row again and\n" +
	"compares hashes and checksums, computes a random sample of rows anew, and says what it found;\n" +
	"it changes nothing. Exit code 1 if anything is wrong."

func extractCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "tap", Value: onnx.Features, Usage: "comma-separated `NAMES` of the trunk's outputs to keep; \"graft trunk inspect\" lists them"},
		&cli.StringFlag{Name: "shard", Usage: "compute only part `I/N` of the photographs, I from 1 to N"},
		jpegFlag(),
		&cli.BoolFlag{Name: "verify", Usage: "compare what is there with the photographs instead"},
		&cli.IntFlag{Name: "verify-sample", Value: 32, Action: atLeast("verify-sample", 0), Usage: "verify: compute `N` rows again, chosen at random"},
		&cli.Uint64Flag{Name: "verify-seed", Usage: "verify: seed `N` of that choice", DefaultText: "another one each time"},
	}
	flags = append(flags, viewFlags("also compute `K` augmented views of each image")...)
	return &cli.Command{
		Name:      "extract",
		Usage:     "compute and cache the features of photographs",
		ArgsUsage: "DATA",
		Description: "DATA is a folder (or a .zip or .tar of one) with a folder for each class; train, val and\n" +
			"test at the top are splits. What is there already is not computed again. With several taps,\n" +
			"every image runs through the trunk once, and each tap has a folder of its own in --features.\n\n" +
			shardHelp + "\n\n" +
			verifyHelp + "\n\n" +
			"Example: graft extract photographs --features features",
		Flags:  append(append(flags, dataFlags()...), transformFlags()...),
		Action: action(extractOptions, runExtract),
	}
}

type extractOf struct {
	verifyOf
	verify bool
}

func extractOptions(c *cli.Context) (o extractOf, err error) {
	if o.path, err = one(c, "DATA"); err != nil {
		return o, err
	}
	if o.ingest, err = ingestOptions(c); err != nil {
		return o, err
	}
	if c.IsSet("shard") {
		if o.ingest.Shard, err = dataset.ParseShard(c.String("shard")); err != nil {
			return o, usagef(`--shard is %q; it must be I/N with I from 1 to N, as in "--shard 2/3"`, c.String("shard"))
		}
	}
	o.verify = c.Bool("verify")
	if o.verify && c.IsSet("shard") {
		return o, usagef("--verify looks at everything; it does not go with --shard")
	}
	o.settings = ingest.VerifySettings{Sample: c.Int("verify-sample"), Seed: c.Uint64("verify-seed")}
	if !c.IsSet("verify-seed") {
		o.settings.Seed = rand.Uint64()
	}
	return o, nil
}

func runExtract(ctx context.Context, t ui.Terminal, o extractOf) error {
	if o.verify {
		return runVerify(ctx, t, o.verifyOf)
	}
	r, err := watched(t, o.ingest.Progress, func() (*ingest.Result, error) { return ingest.Run(ctx, o.path, o.ingest) })
	if err != nil {
		return err
	}
	for _, folder := range r.Folders {
		fmt.Fprintln(t.Out, folder)
	}
	return partial(len(r.Failed), r.Total)
}
