package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/head/train"
)

func compareCommand() *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "say whether one head is better than another on the same images",
		ArgsUsage: "HEAD_A HEAD_B DATA|DIR",
		Description: "Counts the images that only one of them gets right, and tests by McNemar's exact test\n" +
			"whether that can be chance. With --json one object: total, both, only_a, only_b, neither (how\n" +
			"many images each gets right), p and left_out [{label, images}], the images of classes that one of\n" +
			"the heads does not know.\n\n" +
			"Example: graft compare a.onnx b.onnx photographs",
		Flags:  append([]cli.Flag{splitFlag(), strictFlag(), jsonFlag()}, dataFlags()...),
		Action: action(compareOptions, runCompare),
	}
}

type compareOf struct {
	train.CompareOptions
	asJSON bool
}

func compareOptions(c *cli.Context) (o compareOf, err error) {
	args, err := exactly(c, "HEAD_A", "HEAD_B", "DATA")
	if err != nil {
		return o, err
	}
	o.Heads, o.Path, o.Split, o.asJSON = [2]string(args), args[2], c.String("split"), c.Bool("json")
	o.Strict = c.Bool("strict")
	o.Ingest, err = ingestOptions(c)
	return o, err
}

func runCompare(ctx context.Context, t ui.Terminal, o compareOf) error {
	r, err := watched(t, o.Ingest.Progress, func() (*train.Compared, error) { return train.Compare(ctx, o.CompareOptions) })
	if err != nil {
		return err
	}
	if o.asJSON {
		err = t.JSON(r)
	} else {
		fmt.Fprintf(t.Out, "A is %s, B is %s%s\n%s\n", o.Heads[0], o.Heads[1], show.LeftOut(r.Data), r.Comparison)
	}
	return cmp.Or(err, leftOut(r.Data))
}
