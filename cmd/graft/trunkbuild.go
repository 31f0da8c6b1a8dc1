package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/urfave/cli/v2"

	"graft/onnx"
	"graft/onnx/checkpoint"
	"graft/onnx/inception"
	"graft/onnx/inception/seedling"
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
			&cli.BoolFlag{Name: "seedling", Usage: "build the small trunk that travels with graft: trained on drawings, for trials without a network"},
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
	case c.Bool("seedling") && (file != "" || c.IsSet("seed") || c.IsSet("width")):
		return usagef("trunk build --seedling takes neither --checkpoint nor --seed nor --width")
	case c.Bool("seedling"):
		out, err := outOrDefault(c)
		if err != nil {
			return err
		}
		return buildSeedling(c, out, options)
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
		return buildTrunk(c, weights, out, options, nil)
	}
	return usagef("trunk build needs --checkpoint FILE, --seed N or --seedling")
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
	return buildTrunk(c, weights, out, o, weights.Metadata())
}

// seedlingNote is what every command that uses the seedling says.
const seedlingNote = `trained on drawings only: photographs want the trunk of "graft trunk fetch"`

// buildSeedling builds the trunk that travels with graft, from its checkpoint
// like any other.
func buildSeedling(c *cli.Context, out string, o inception.Options) error {
	dir, err := os.MkdirTemp("", "graft-")
	if err != nil {
		return fmt.Errorf("unpack the seedling: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "seedling.safetensors")
	if err := os.WriteFile(file, seedling.Checkpoint, 0o600); err != nil {
		return fmt.Errorf("unpack the seedling: %w", err)
	}
	o.Width = seedling.Width
	return buildFromCheckpoint(c, file, out, o)
}

// buildTrunk builds and writes a trunk. The checkpoint's metadata may name the
// transform that suits it; flags override it.
func buildTrunk(c *cli.Context, w inception.Weights, out string, o inception.Options, metadata map[string]string) error {
	m, err := inception.Build(w, o)
	if err != nil {
		return err
	}
	if err := setDescription(c, m, metadata); err != nil {
		return err
	}
	fingerprint, err := writeModel(out, m)
	if err != nil {
		return err
	}
	say(c.App.ErrWriter, "wrote %s, SHA-256 %.16s…", out, fingerprint)
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return err
	}
	warnOf(c, t)
	return nil
}

// setDescription puts the transform and, for the seedling, its note into the
// trunk's metadata.
func setDescription(c *cli.Context, m *onnx.Model, metadata map[string]string) error {
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return err
	}
	for name, to := range map[string]*int{"resize": &t.Resize, "crop": &t.Crop} {
		if n, err := strconv.Atoi(metadata[name]); err == nil {
			*to = n
		}
		if c.IsSet(name) {
			*to = c.Int(name)
		}
		if *to < 1 {
			return usagef("--%s is %d; it must be at least 1", name, *to)
		}
	}
	if metadata["name"] == "seedling" {
		t.Name = "seedling"
		t.Notes = append(t.Notes, seedlingNote)
	}
	t.Describe(m)
	return nil
}
