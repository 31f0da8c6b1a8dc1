package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/onnx"
)

func trunkImportCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "make a trunk of any ONNX image model",
		ArgsUsage: "MODEL.onnx",
		Description: "The model's input is a batch of images as float, NCHW or NHWC. Conversion from pixels and\n" +
			"normalisation are put in front of it; a map is averaged over rows and columns. A model does not\n" +
			"say how its images were normalised: --mean and --std must be right, or every feature is wrong.\n\n" +
			"Example: graft trunk import model.onnx --mean 0.5 --std 0.5 --output features --out trunk.onnx",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "mean", Usage: "`M` or R,G,B that the network subtracts, where pixels are 0…1; 128/255 is a number, too"},
			&cli.StringFlag{Name: "std", Usage: "`S` or R,G,B that it divides by"},
			&cli.StringFlag{Name: "layout", Usage: "`nchw` or nhwc (default: the one that fits, if only one does)"},
			&cli.StringFlag{Name: "output", Usage: "`NAME` of the value that becomes the features (default: the only output)"},
			&cli.StringFlag{Name: "taps", Usage: "comma-separated `NAMES` of further values to keep as taps, \"\" for none (default: the model's other outputs)"},
			&cli.StringFlag{Name: "name", Usage: "`NAME` of the trunk (default: the file's)"},
			&cli.StringFlag{Name: "licence", Aliases: []string{"license"}, Usage: "licence of the weights, or what their makers ask of users: `TEXT`"},
			&cli.IntFlag{Name: "resize", Usage: "short side in `PIXELS` that suits the trunk (default: 342/299 of the crop)"},
			&cli.IntFlag{Name: "crop", Usage: "side of the crop in `PIXELS` (default: the model's own, else 299)"},
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE` (default: the cache's default trunk)"},
		},
		Action: action(trunkImportOptions, runTrunkImport),
	}
}

type importOf struct {
	onnx.ImportOptions
	model, out string
}

func trunkImportOptions(c *cli.Context) (o importOf, err error) {
	if o.model, err = one(c, "MODEL.onnx"); err != nil {
		return o, err
	}
	o.ImportOptions = onnx.ImportOptions{
		Layout: c.String("layout"), Output: c.String("output"), Name: c.String("name"), Licence: c.String("licence"),
		Resize: c.Int("resize"), Crop: c.Int("crop"),
	}
	if o.Layout != "" && o.Layout != onnx.NCHW && o.Layout != onnx.NHWC {
		return o, usagef("--layout is %q; it must be nchw or nhwc", o.Layout)
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
	o.out, err = trunkOut(c)
	return o, err
}

func runTrunkImport(_ context.Context, t ui.Terminal, o importOf) error {
	b, err := trunk.Import(o.model, o.ImportOptions, o.out)
	if err != nil {
		return err
	}
	sayBuilt(t, b)
	return nil
}
