package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/onnx"
)

func trunkImportCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "make a trunk of any ONNX image model",
		ArgsUsage: "MODEL.onnx|DIR",
		Description: "The model's input is a batch of images as float, NCHW or NHWC. Conversion from pixels and\n" +
			"normalisation are put in front of it; a map is averaged over rows and columns. How images were\n" +
			"normalised and resized is read from preprocessor_config.json (transformers), config.json (timm) or\n" +
			"open_clip_config.json beside the model; flags win. Without one say --mean and --std, or --preset:\n" +
			"wrong ones make every feature wrong. The trunk is run on synthetic images before it is written.\n\n" +
			"Example: graft trunk import model.onnx --mean 0.5 --std 0.5 --output features --out trunk.onnx",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "mean", Usage: "`M` or R,G,B that the network subtracts, where pixels are 0…1; 128/255 is a number, too"},
			&cli.StringFlag{Name: "std", Usage: "`S` or R,G,B that it divides by"},
			&cli.StringFlag{Name: "preset", Usage: "mean and std by `NAME`: imagenet, half (0.5), clip, or raw (0…1 as it is)"},
			&cli.BoolFlag{Name: "bgr", Usage: "the model takes blue, green, red, as Keras's models in \"caffe\" mode do; --mean and --std stay R,G,B"},
			&cli.BoolFlag{Name: "no-config", Usage: "do not read preprocessor_config.json, config.json and open_clip_config.json beside the model"},
			&cli.StringFlag{Name: "layout", Usage: "`nchw` or nhwc (default: the one that fits, if only one does)"},
			&cli.StringFlag{Name: "output", Usage: "`NAME` of the value that becomes the features (default: the only output)"},
			&cli.StringFlag{Name: "pool", Usage: "how a sequence of tokens or a map becomes one vector: `HOW` is cls, mean, mean-patches (without class token and registers), max, grid2 (the quarters of a map), or several joined by + (default: maps are averaged)"},
			&cli.StringFlag{Name: "map-layout", Usage: "`nchw` or nhwc: the layout of maps that are pooled (default: what the graph says)"},
			&cli.StringFlag{Name: "taps", Usage: "comma-separated `NAMES` of further values to keep as taps, \"\" for none (default: the model's other outputs)"},
			&cli.StringFlag{Name: "name", Usage: "`NAME` of the trunk (default: the file's)"},
			&cli.StringFlag{Name: "licence", Aliases: []string{"license"}, Usage: "licence of the weights, or what their makers ask of users: `TEXT`"},
			sizeFlag("resize", "`PIXELS` of the short side that suit the trunk, or HEIGHTxWIDTH (default: 342/299 of the crop)"),
			sizeFlag("crop", "`PIXELS` of a side of the crop, or HEIGHTxWIDTH (default: the model's own, else 299 or a usual one that it runs on)"),
			cropPctFlag(),
			interpolationFlag(),
			resizeModeFlag(),
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE` (default: the cache's default trunk)"},
			&cli.BoolFlag{Name: "no-run", Usage: "write the trunk without running it on synthetic images"},
			libraryFlag(),
		},
		Action: action(trunkImportOptions, runTrunkImport),
	}
}

type importOf struct {
	trunk.ImportSettings
	model, out string
}

func trunkImportOptions(c *cli.Context) (o importOf, err error) {
	if o.model, err = one(c, "MODEL.onnx|DIR"); err != nil {
		return o, err
	}
	o.ImportOptions = onnx.ImportOptions{
		Layout: c.String("layout"), Output: c.String("output"), Name: c.String("name"), Licence: c.String("licence"),
		Pool: c.String("pool"), MapLayout: c.String("map-layout"),
		Asked: onnx.Asked{Interpolation: c.String("interpolation"), ResizeMode: c.String("resize-mode"), CropPct: c.Float64("crop-pct")},
	}
	o.SetSizes(sizeOf(c, "resize"), sizeOf(c, "crop"))
	o.Library, o.NoTrial, o.NoConfiguration, o.BGR = c.String("ort-lib"), c.Bool("no-run"), c.Bool("no-config"), c.Bool("bgr")
	for flag, layout := range map[string]string{"layout": o.Layout, "map-layout": o.MapLayout} {
		if layout != "" && layout != onnx.NCHW && layout != onnx.NHWC {
			return o, usagef("--%s is %q; it must be nchw or nhwc", flag, layout)
		}
	}
	if o.Pool != "" {
		if err := onnx.CheckPool(o.Pool); err != nil {
			return o, usageError{err}
		}
	}
	if c.IsSet("taps") {
		o.Taps = strings.FieldsFunc(c.String("taps"), func(r rune) bool { return r == ',' })
	}
	if o.Mean, err = channels(c, "mean"); err != nil {
		return o, err
	}
	if o.Std, err = channels(c, "std"); err != nil {
		return o, err
	}
	if name := c.String("preset"); name != "" {
		preset, ok := trunk.Presets[name]
		if !ok {
			return o, usagef("--preset is %q; it must be imagenet, half, clip or raw", name)
		}
		if o.Mean != nil || o.Std != nil {
			return o, usagef("--preset and --mean or --std say the same thing")
		}
		o.Mean, o.Std = preset[0], preset[1]
	}
	o.out, err = trunkOut(c)
	return o, err
}

func runTrunkImport(ctx context.Context, t ui.Terminal, o importOf) error {
	b, err := trunk.Import(ctx, o.model, o.ImportSettings, o.out)
	if err != nil {
		return show.Candidates(t, err)
	}
	show.Imported(t, b)
	return nil
}
