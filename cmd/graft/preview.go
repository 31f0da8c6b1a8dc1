package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/head/check"
)

func previewCommand() *cli.Command {
	return &cli.Command{
		Name:      "preview",
		Usage:     "draw what the trunk will see: the crops, with their labels",
		ArgsUsage: "DATA",
		Description: "The pixels are those that the trunk is given, byte for byte.\n\n" +
			"Example: graft preview photographs --out grid.png",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the picture, a PNG, to `FILE`"},
			&cli.IntFlag{Name: "n", Value: 32, Action: atLeast("n", 1), Usage: "show `N` images"},
			&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of their choice"},
			&cli.StringFlag{Name: "class", Usage: "only images of the class `NAME`"},
			&cli.BoolFlag{Name: "augment", Usage: "a row an image: it, and seven augmented views"},
			&cli.Uint64Flag{Name: "views-seed", Usage: "seed `N` of the augmented views"},
			listFlag(),
			&cli.StringFlag{Name: "trunk", TakesFile: true, EnvVars: []string{"GRAFT_TRUNK"}, Usage: "trunk `FILE` whose transform to show (default: the cache's)"},
		}, append(limitFlags(), transformFlags()...)...),
		Action: action(previewOptions, runPreview),
	}
}

type previewOf struct {
	check.PreviewOptions
	out string
}

func previewOptions(c *cli.Context) (o previewOf, err error) {
	if o.Path, err = one(c, "DATA"); err != nil {
		return o, err
	}
	if o.out, err = outFile(c, "out"); err != nil {
		return o, err
	}
	o.Seed, o.Class, o.Augment, o.ViewsSeed = c.Uint64("seed"), c.String("class"), c.Bool("augment"), c.Uint64("views-seed")
	o.Trunk, o.Adjust, o.Data, o.Limits = c.String("trunk"), adjustOptions(c), dataOptions(c), limitOptions(c)
	if c.IsSet("n") {
		o.N = c.Int("n")
	}
	return o, nil
}

func runPreview(ctx context.Context, t ui.Terminal, o previewOf) error {
	p, err := check.Preview(ctx, o.PreviewOptions, o.out)
	t.Notes(p.Notes)
	if err != nil {
		return err
	}
	t.Say("wrote %s: %d pictures as the trunk sees them (%s)", o.out, p.Pictures, p.Transform)
	return partial(p.Failed, p.Images)
}
