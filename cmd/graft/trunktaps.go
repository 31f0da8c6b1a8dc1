package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/onnx"
)

func trunkTapsCommand() *cli.Command {
	return &cli.Command{
		Name:      "taps",
		Usage:     "make a trunk with further taps of one: its blocks, pooled in several ways",
		ArgsUsage: "TRUNK",
		Description: "Finds the blocks of the trunk's graph and gives each a tap, or takes the values that --add names.\n" +
			"Without --out it lists what it found. \"graft taps\" then says which tap to train a head on; all of\n" +
			"them are further outputs of the same pass.\n\n" +
			"Example: graft trunk taps vit.onnx --out vit-taps.onnx",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "add", Usage: "comma-separated `VALUES` of the graph, each with its pool after a colon: NAME:mean+max (default: the blocks)"},
			&cli.StringFlag{Name: "pool", Usage: "comma-separated `WAYS` to pool each block, as in trunk import (default: class token and mean of patches, or the mean of a map)"},
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE`"},
			libraryFlag(),
		},
		Action: action(trunkTapsOptions, runTrunkTaps),
	}
}

type trunkTapsOf struct {
	trunk, out, library string
	pools               []string
	add                 []onnx.NewTap
}

func trunkTapsOptions(c *cli.Context) (o trunkTapsOf, err error) {
	o.library = c.String("ort-lib")
	if c.IsSet("out") {
		if o.out, err = outFile(c, "out"); err != nil {
			return o, err
		}
	}
	if o.pools, err = poolsOf(c.String("pool")); err != nil {
		return o, err
	}
	for _, text := range commas(c.String("add")) {
		tap := onnx.NewTap{Value: text}
		if at := strings.LastIndexByte(text, ':'); at >= 0 && onnx.CheckPool(text[at+1:]) == nil {
			tap.Value, tap.Pool = text[:at], text[at+1:]
		}
		o.add = append(o.add, tap)
	}
	o.trunk, err = one(c, "TRUNK")
	return o, err
}

// poolsOf reads a list of pools.
func poolsOf(list string) ([]string, error) {
	pools := commas(list)
	for _, p := range pools {
		if err := onnx.CheckPool(p); err != nil {
			return nil, usageError{err}
		}
	}
	return pools, nil
}

// commas splits a list.
func commas(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func runTrunkTaps(ctx context.Context, t ui.Terminal, o trunkTapsOf) error {
	f, err := trunk.Read(o.trunk)
	if err != nil {
		return err
	}
	taps := o.add
	if taps == nil {
		if taps, err = trunk.AutoTaps(f, o.pools...); err != nil {
			return err
		}
	}
	if o.out == "" {
		for _, tap := range taps {
			fmt.Fprintf(t.Out, "%s\t%s\n", tap.Name, tap.Value)
		}
		return nil
	}
	b, err := trunk.AddTaps(ctx, f, taps, o.library, o.out)
	if err != nil {
		return err
	}
	t.Say("%d taps added", len(taps))
	show.Imported(t, b)
	return nil
}
