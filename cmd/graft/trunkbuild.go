package main

import (
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"graft/onnx"
	"graft/onnx/checkpoint"
	"graft/onnx/inception"
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
			&cli.Uint64Flag{Name: "seed", Usage: "make weights up from `N` instead: an untrained trunk, for trials"},
			widthFlag(),
			&cli.StringFlag{Name: "mean", Usage: "`M` or R,G,B that the network subtracts, where pixels are 0…1 (default: 0.5)"},
			&cli.StringFlag{Name: "std", Usage: "`S` or R,G,B that it divides by (default: 0.5)"},
			&cli.IntFlag{Name: "resize", Usage: "short side in `PIXELS` that suits the trunk (default: 342)"},
			&cli.IntFlag{Name: "crop", Usage: "side of the crop in `PIXELS` that suits the trunk (default: 299)"},
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE` (default with --checkpoint: the cache's default trunk)"},
		},
		Action: trunkBuild,
	}
}

func widthFlag() cli.Flag {
	return &cli.Float64Flag{Name: "width", Value: 1, Usage: "scale every channel count by `W`; the checkpoint must have those shapes"}
}

func trunkBuild(c *cli.Context) error {
	if err := none(c); err != nil {
		return err
	}
	options, err := buildOptions(c)
	if err != nil {
		return err
	}
	file := c.String("checkpoint")
	switch {
	case file != "" && c.IsSet("seed"):
		return usagef("trunk build takes --checkpoint or --seed, not both")
	case file != "":
		out, err := outOrDefault(c)
		if err != nil {
			return err
		}
		return buildFromCheckpoint(c, file, out, options)
	case c.IsSet("seed"):
		out, err := required(c, "out") // an untrained trunk never becomes the default
		if err != nil {
			return err
		}
		weights := inception.Seeded{Seed: c.Uint64("seed"), Width: options.Width}
		options.Source = weights.Source()
		return buildTrunk(c, weights, out, options)
	}
	return usagef("trunk build needs --checkpoint FILE or --seed N")
}

func buildOptions(c *cli.Context) (inception.Options, error) {
	o := inception.Options{Width: c.Float64("width")}
	if c.IsSet("mean") != c.IsSet("std") {
		return o, usagef("--mean and --std go together")
	}
	for flag, to := range map[string]*[3]float32{"mean": &o.Mean, "std": &o.Std} {
		values, err := channels(c, flag)
		if err != nil {
			return o, err
		}
		for i := range values {
			to[i] = float32(values[i])
		}
		if len(values) == 1 {
			to[1], to[2] = to[0], to[0]
		}
	}
	return o, nil
}

// buildFromCheckpoint builds a trunk from trained weights.
func buildFromCheckpoint(c *cli.Context, file, out string, o inception.Options) error {
	weights, err := checkpoint.Open(file)
	if err != nil {
		return err
	}
	defer weights.Close()
	sum, err := weights.SHA256()
	if err != nil {
		return err
	}
	o.Trained = true
	o.Source = fmt.Sprintf("checkpoint %s, SHA-256 %s", filepath.Base(file), sum)
	return buildTrunk(c, weights, out, o)
}

func buildTrunk(c *cli.Context, w inception.Weights, out string, o inception.Options) error {
	m, err := inception.Build(w, o)
	if err != nil {
		return err
	}
	if err := setTransform(c, m); err != nil {
		return err
	}
	fingerprint, err := writeModel(out, m)
	if err != nil {
		return err
	}
	said := ""
	if !o.Trained {
		said = " It is untrained: its weights are made up, what it says of photographs means nothing."
	}
	say(c.App.ErrWriter, "wrote %s, SHA-256 %.16s….%s", out, fingerprint, said)
	return nil
}

// setTransform puts --resize and --crop into the trunk's metadata.
func setTransform(c *cli.Context, m *onnx.Model) error {
	if !c.IsSet("resize") && !c.IsSet("crop") {
		return nil
	}
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return err
	}
	if c.IsSet("resize") {
		t.Resize = c.Int("resize")
	}
	if c.IsSet("crop") {
		t.Crop = c.Int("crop")
	}
	if t.Resize < 1 || t.Crop < 1 {
		return usagef("--resize and --crop must be at least 1")
	}
	t.Describe(m)
	return nil
}
