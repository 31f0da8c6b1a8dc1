package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
)

func trunkBuildCommand() *cli.Command {
	return &cli.Command{
		Name:  "build",
		Usage: "build an Inception v3 trunk from a checkpoint",
		Description: "The checkpoint is torchvision's or timm's: .pth or .safetensors.\n" +
			"Its normalisation is that of the official weights, mean = std = 0.5; timm's gluon_in1k\n" +
			"wants --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225.\n\n" +
			"Example: graft trunk build --checkpoint inception_v3.safetensors --out trunk.onnx",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "checkpoint", TakesFile: true, Usage: "`FILE` with the weights, .pth or .safetensors"},
			&cli.Uint64Flag{Name: "seed", Usage: "draw random weights from `N` instead: an untrained trunk, for tests"},
			&cli.BoolFlag{Name: "seedling", Usage: "build the small trunk that travels with graft: trained on drawings, to try graft without a network"},
			widthFlag(),
			&cli.StringFlag{Name: "mean", Usage: "`M` or R,G,B that the network subtracts, where pixels are 0…1 (default: 0.5)"},
			&cli.StringFlag{Name: "std", Usage: "`S` or R,G,B that it divides by (default: 0.5)"},
			&cli.IntFlag{Name: "resize", Action: atLeast("resize", 1), Usage: "short side in `PIXELS` that suits the trunk (default: 342)"},
			&cli.IntFlag{Name: "crop", Action: atLeast("crop", 1), Usage: "side of the crop in `PIXELS` that suits the trunk (default: 299)"},
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE` (default with --checkpoint: the cache's default trunk)"},
		},
		Action: action(trunkBuildOptions, runTrunkBuild),
	}
}

// seedlingNote is what every command that uses the seedling says.
const seedlingNote = `trained on drawings only: photographs want the trunk of "graft trunk fetch"`

type buildOf struct {
	trunk.BuildSettings
	out string
}

func trunkBuildOptions(c *cli.Context) (o buildOf, err error) {
	if err := none(c); err != nil {
		return o, err
	}
	o.BuildSettings = trunk.BuildSettings{
		Checkpoint: c.String("checkpoint"), Seeded: c.IsSet("seed"), Seed: c.Uint64("seed"), Seedling: c.Bool("seedling"),
		Width: c.Float64("width"), Resize: c.Int("resize"), Crop: c.Int("crop"), SeedlingNote: seedlingNote,
	}
	if c.IsSet("mean") != c.IsSet("std") {
		return o, usagef("--mean and --std go together")
	}
	if o.Mean, err = rgb(c, "mean"); err != nil {
		return o, err
	}
	if o.Std, err = rgb(c, "std"); err != nil {
		return o, err
	}
	switch {
	case o.Seedling && (o.Checkpoint != "" || o.Seeded || c.IsSet("width")):
		return o, usagef("trunk build --seedling takes neither --checkpoint nor --seed nor --width")
	case o.Checkpoint != "" && o.Seeded:
		return o, usagef("trunk build takes --checkpoint or --seed, not both")
	case o.Seeded:
		o.out, err = outFile(c, "out") // an untrained trunk never becomes the default
	case o.Seedling || o.Checkpoint != "":
		o.out, err = trunkOut(c)
	default:
		err = usagef("trunk build needs --checkpoint FILE, --seed N or --seedling")
	}
	return o, err
}

func runTrunkBuild(_ context.Context, t ui.Terminal, o buildOf) error {
	b, err := trunk.Build(o.BuildSettings, o.out)
	if err != nil {
		return err
	}
	show.Built(t, b)
	return nil
}
