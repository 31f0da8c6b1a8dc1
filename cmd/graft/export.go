package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/head/classify"
)

func exportCommand() *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "put trunk and head into one ONNX model",
		ArgsUsage: "HEAD",
		Description: "The model takes pixels, uint8 n×h×w×3, and gives probabilities; labels and transform are in\n" +
			"its metadata. It is compared with trunk and head before it is written.\n\n" +
			"Example: graft export head.onnx --images photographs --out classifier.onnx",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the model to `FILE`"},
			&cli.StringFlag{Name: "images", Usage: "compare on the images at `PATH`, the first 16 (default: on synthetic ones)"},
			&cli.BoolFlag{Name: "with-features", Usage: "the model gives the features, too"},
			&cli.StringFlag{Name: "licence", Aliases: []string{"license"}, Usage: "licence of the weights, or what their makers ask of users: `TEXT`"},
		}, trunkFlags()...),
		Action: action(exportOptions, runExport),
	}
}

type exportOf struct {
	classify.ExportOptions
	head, out, images string
	data              dataset.Options
}

func exportOptions(c *cli.Context) (o exportOf, err error) {
	if o.head, err = one(c, "HEAD"); err != nil {
		return o, err
	}
	if o.out, err = outFile(c, "out"); err != nil {
		return o, err
	}
	o.images, o.data, o.Features, o.Licence = c.String("images"), dataOptions(c), c.Bool("with-features"), c.String("licence")
	o.Options, err = classifyOptions(c)
	return o, err
}

// exportImages is how many images a merged model is compared on.
const exportImages = 16

func runExport(ctx context.Context, t ui.Terminal, o exportOf) error {
	h, err := classify.ReadHead(o.head)
	if err != nil {
		return err
	}
	if o.images != "" {
		if o.Crops, err = o.crops(ctx, t, h.Identity.Transform); err != nil {
			return err
		}
	}
	e, err := classify.Export(ctx, h, o.ExportOptions, o.out)
	if err != nil {
		return err
	}
	t.Notes(e.Notes)
	t.Say("wrote %s, opset %d, SHA-256 %.16s…: on %d images no probability differs by more than %.2g from trunk and head",
		e.Path, e.Opset, e.SHA256, e.Crops, e.Difference)
	return nil
}

// crops are those of the first images that can be read.
func (o exportOf) crops(ctx context.Context, t ui.Terminal, tr pixels.Transform) ([][]byte, error) {
	found, err := dataset.FromPaths(ctx, []string{o.images}, o.data)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	data, err := found.Collect(ctx)
	if err != nil {
		return nil, err
	}
	var crops [][]byte
	for c, err := range extractor.Crops(ctx, data, extractor.CropSettings{Transform: tr, Limits: o.Limits}) {
		if err != nil {
			return nil, err
		}
		if c.Err != nil {
			t.Say("%s: %v", c.Sample.Path, c.Err)
			continue
		}
		if crops = append(crops, c.Pixels); len(crops) == exportImages {
			break
		}
	}
	if len(crops) == 0 {
		return nil, fmt.Errorf("export: no image of %q could be read", o.images)
	}
	return crops, nil
}
