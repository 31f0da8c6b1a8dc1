package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/onnx/precision"
)

func trunkConvertCommand() *cli.Command {
	return &cli.Command{
		Name:      "convert",
		Usage:     "make a trunk with float16 weights and arithmetic: half the size, and what GPUs need for --precision fp16",
		ArgsUsage: "TRUNK",
		Description: "Pixels and features stay uint8 and float32. The new trunk is compared with the old one before it is\n" +
			"written: on synthetic pictures, on black, white and full contrast, and with --calibrate on photographs.\n" +
			"What float16 cannot hold on one of them stays in float32. Heads of the old one do not fit it: its features are other ones.\n\n" +
			"Example: graft trunk convert trunk.onnx --dtype fp16 --out trunk16.onnx",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "dtype", Value: precision.FP16, Usage: "`TYPE` of weights and arithmetic: fp16 (for int8 see trunk quantize)"},
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE`"},
			&cli.StringFlag{Name: "calibrate", Usage: "compare on the photographs at `DATA`, too, that are like those the trunk will see; of data with splits, on train"},
			&cli.IntFlag{Name: "images", Value: 64, Action: atLeast("images", 1), Usage: "compare on `N` of them"},
			listFlag(),
			libraryFlag(),
		}, limitFlags()...),
		Action: action(trunkConvertOptions, runTrunkConvert),
	}
}

type convertOf struct {
	trunk.ConvertSettings
	trunk, out string
	data       trunk.PhotographSettings
}

func trunkConvertOptions(c *cli.Context) (o convertOf, err error) {
	o.Library = c.String("ort-lib")
	o.data = trunk.PhotographSettings{Path: c.String("calibrate"), HeldOut: c.Int("images"), Data: dataOptions(c), Limits: limitOptions(c)}
	if o.trunk, err = one(c, "TRUNK"); err != nil {
		return o, err
	}
	if o.out, err = outFile(c, "out"); err != nil {
		return o, err
	}
	if dtype := c.String("dtype"); dtype != precision.FP16 {
		return o, withHint(usagef("--dtype is %q; it must be fp16", dtype), `"graft trunk quantize" makes int8 trunks`)
	}
	return o, nil
}

func runTrunkConvert(ctx context.Context, t ui.Terminal, o convertOf) error {
	f, err := trunk.Read(o.trunk)
	if err != nil {
		return err
	}
	photographs, failed := "", 0
	if o.data.Path != "" {
		o.Photographs, err = trunk.ReadPhotographs(ctx, f.Trunk, o.data)
		if o.Photographs != nil {
			t.Notes(o.Photographs.Failed)
		}
		if err != nil {
			return err
		}
		photographs, failed = " and photographs", len(o.Photographs.Failed)
	}
	r, err := trunk.Convert(ctx, f, o.ConvertSettings, o.out)
	if err != nil {
		return err
	}
	if len(r.Kept) > 0 {
		t.Say("left in fp32, since fp16 cannot hold their values or has no form of them: %s", show.Counted(r.Kept))
	}
	t.Say("wrote %s, SHA-256 %.16s…: on synthetic images%s the cosine between its features and those in fp32 is at least %.6f (%d pictures)",
		r.Path, r.SHA256, photographs, r.Cosine, r.Pictures+r.Photos)
	return partial(failed, failed+r.Photos)
}
