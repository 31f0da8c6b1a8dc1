package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"graft/head"
)

func fitCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "out", Usage: "write the head to `FILE`"},
		&cli.Float64Flag{Name: "val", Value: 0.2, Usage: "keep this `SHARE` of each class for eval where the data has no splits; 0 trains on everything"},
		&cli.IntFlag{Name: "views", Usage: "train on `K` augmented views of each image, a different one every epoch"},
		&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of everything random"},
	}
	flags = append(flags, rmspropFlags()...)
	flags = append(append(flags, dataFlags()...), transformFlags()...)
	return &cli.Command{
		Name:      "fit",
		Usage:     "train a head on labelled photographs or features",
		ArgsUsage: "DATA|DIR",
		Description: "Trains on the split train. Data without splits is divided by a hash of the file names:\n" +
			"the same way for ever, also when images join.\n\n" +
			"Example: graft fit photographs --out head.onnx",
		Flags:  flags,
		Action: fit,
	}
}

func rmspropFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "epochs", Value: 30, Usage: "pass `N` times over the images"},
		&cli.Float64Flag{Name: "lr", Value: 0.001, Usage: "learning `RATE` of RMSprop"},
		&cli.IntFlag{Name: "batch", Value: 32, Usage: "take a step after every `N` images"},
	}
}

func fit(c *cli.Context) error {
	path, err := one(c, "DATA")
	if err != nil {
		return err
	}
	out, err := required(c, "out")
	if err != nil {
		return err
	}
	settings, err := rmspropSettings(c)
	if err != nil {
		return err
	}
	in, err := labelledFeatures(c, path, nil)
	if err != nil {
		return err
	}
	defer in.Close()
	train, err := in.trained(c)
	if err != nil {
		return err
	}
	begin := time.Now()
	h, record, err := head.TrainRMSprop(c.Context, train, train.Labels, settings, func(e head.Epoch) {
		fmt.Fprintf(c.App.ErrWriter, "[%d] loss: %.4f  accuracy: %.2f\n", e.Epoch, e.Loss, e.Accuracy)
	})
	if err != nil {
		return fmt.Errorf("fit: %w", err)
	}
	took := time.Since(begin)
	m, err := linearModel(h, record, train)
	if err != nil {
		return err
	}
	fingerprint, err := writeModel(out, m)
	if err != nil {
		return err
	}
	say(c.App.ErrWriter, "wrote %s, SHA-256 %.16s…: %d classes, trained on %d images in %.2f s", out, fingerprint, len(train.Labels), train.Len(), took.Seconds())
	return in.partial()
}

func rmspropSettings(c *cli.Context) (head.RMSprop, error) {
	for _, flag := range []string{"epochs", "batch"} {
		if c.Int(flag) < 1 {
			return head.RMSprop{}, usagef("--%s is %d; it must be at least 1", flag, c.Int(flag))
		}
	}
	if !(c.Float64("lr") > 0) {
		return head.RMSprop{}, usagef("--lr is %v; it must be above 0", c.Float64("lr"))
	}
	if v := c.Float64("val"); !(v >= 0 && v < 1) {
		return head.RMSprop{}, usagef("--val is %v; it must be from 0 to less than 1", v)
	}
	s := head.RMSprop{Rate: c.Float64("lr"), Epochs: c.Int("epochs"), Batch: c.Int("batch"), Seed: c.Uint64("seed")}
	return s, s.Check()
}

// trained picks the images to train on: the split train, or what the stable
// split leaves.
func (in *input) trained(c *cli.Context) (*rows, error) {
	if len(in.empty) > 0 {
		return nil, withHint(fmt.Errorf("no images for the class %s", strings.Join(in.empty, ", ")), "put images into its folder, or remove the folder")
	}
	split := "train"
	if !in.hasSplits() {
		if val := c.Float64("val"); val > 0 {
			if err := in.splitByHash(val); err != nil {
				return nil, err
			}
			say(c.App.ErrWriter, "the data has no splits: %.0f %% of each class is kept for eval (--val 0 trains on everything)", 100*val)
		} else {
			split = ""
		}
	}
	return in.rowsOf(split, everything)
}
