package main

import (
	"cmp"
	"context"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor"
	"graft/extractor/trunk"
	"graft/onnx/precision"
)

func trunkQuantizeCommand() *cli.Command {
	return &cli.Command{
		Name:      "quantize",
		Usage:     "make a trunk that computes in 8-bit integers: two to four times as fast on CPUs with VNNI",
		ArgsUsage: "TRUNK",
		Description: "Measures what the values between layers are like on photographs, chooses a range for each, and\n" +
			"compares features and speed on photographs held out from that. What has no integer form stays float,\n" +
			"and is named; a trunk that is slower or too far off is not written. Heads of the float trunk do not fit the new one: its features are other ones.\n\n" +
			"Example: graft trunk quantize trunk.onnx --calibrate photographs --out trunk8.onnx",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "calibrate", Usage: "photographs at `DATA` like those the trunk will see; of data with splits, train is used"},
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE`"},
			&cli.IntFlag{Name: "images", Value: 256, Usage: "measure ranges on `N` photographs"},
			&cli.IntFlag{Name: "held-out", Value: 64, Usage: "compare features on `N` others"},
			&cli.StringFlag{Name: "method", Value: "auto", Usage: "choose ranges by `M`: minmax, percentile, mse, or auto, the one that keeps the features closest"},
			&cli.IntFlag{Name: "keep", Usage: "leave the `N` layers in float that add most noise"},
			&cli.Float64Flag{Name: "cosine", Usage: "leave layers in float until the features' mean cosine is `C`"},
			&cli.Float64Flag{Name: "min-cosine", Value: trunk.DefaultMinCosine, Usage: "write nothing if the features' mean cosine stays below `C`, or if int8 is no faster than fp32"},
			&cli.BoolFlag{Name: "force", Usage: "write the trunk all the same"},
			&cli.BoolFlag{Name: "reduce-range", Usage: "7-bit weights: for x86 CPUs without VNNI, where sums of products overflow otherwise"},
			listFlag(),
			libraryFlag(),
			jsonFlag(),
		}, limitFlags()...),
		Action: action(trunkQuantizeOptions, runTrunkQuantize),
	}
}

type quantizeOf struct {
	trunk.QuantizeSettings
	trunk, out string
	data       trunk.PhotographSettings
	asJSON     bool
}

func trunkQuantizeOptions(c *cli.Context) (o quantizeOf, err error) {
	if o.trunk, err = one(c, "TRUNK"); err != nil {
		return o, err
	}
	if o.data.Path, err = required(c, "calibrate"); err != nil {
		return o, err
	}
	if o.out, err = outFile(c, "out"); err != nil {
		return o, err
	}
	o.asJSON, o.Library, o.Progress = c.Bool("json"), c.String("ort-lib"), new(extractor.Progress)
	o.Keep, o.Cosine, o.ReducedRange = c.Int("keep"), c.Float64("cosine"), c.Bool("reduce-range")
	o.MinCosine, o.Force = c.Float64("min-cosine"), c.Bool("force")
	o.data.Measured, o.data.HeldOut, o.data.Data, o.data.Limits = c.Int("images"), c.Int("held-out"), dataOptions(c), limitOptions(c)
	switch {
	case o.Keep < 0:
		return o, usagef("--keep is %d; it must be 0 or more", o.Keep)
	case !(o.Cosine >= 0 && o.Cosine < 1):
		return o, usagef("--cosine is %g; it must be at least 0 and below 1", o.Cosine)
	case !(o.MinCosine > 0 && o.MinCosine < 1):
		return o, usagef("--min-cosine is %g; it must be above 0 and below 1", o.MinCosine)
	case o.data.Measured < 1 || o.data.HeldOut < 1:
		return o, usagef("--images and --held-out must be at least 1")
	}
	if c.String("method") != "auto" {
		m, err := precision.ParseMethod(c.String("method"))
		if err != nil {
			return o, usageError{err}
		}
		o.Methods = []precision.Method{m}
	}
	return o, nil
}

func runTrunkQuantize(ctx context.Context, t ui.Terminal, o quantizeOf) error {
	f, err := trunk.Read(o.trunk)
	if err != nil {
		return err
	}
	o.Photographs, err = trunk.ReadPhotographs(ctx, f.Trunk, o.data)
	t.Notes(o.Photographs.Failed)
	if err != nil {
		return err
	}
	r, err := watched(t, o.Progress, func() (*trunk.Quantization, error) { return trunk.Quantize(ctx, f, o.QuantizeSettings, o.out) })
	if err != nil {
		return err
	}
	if o.asJSON {
		err = t.JSON(r)
	} else {
		show.Quantization(t.Out, r)
	}
	return cmp.Or(err, partial(r.Unreadable, r.Unreadable+r.Images+r.HeldOut))
}
