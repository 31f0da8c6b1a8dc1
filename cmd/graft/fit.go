package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"graft/extractor/dataset"
	"graft/head"
)

func fitCommand() *cli.Command {
	flags := []cli.Flag{
		tapFlag(),
		&cli.StringFlag{Name: "out", Usage: "write the head to `FILE`"},
		&cli.Float64Flag{Name: "val", Value: 0.2, Usage: "keep this `SHARE` of each class for eval where the data has no splits; 0 trains on everything"},
		&cli.IntFlag{Name: "views", Usage: "train on `K` augmented views of each image, a different one every epoch"},
		&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of everything random"},
		&cli.IntFlag{Name: "folds", Usage: "also estimate the accuracy by cross-validation with `K` folds"},
		&cli.BoolFlag{Name: "calibrate", Usage: "fit a temperature on rows held out, so that probabilities mean what they say"},
	}
	flags = append(append(append(flags, solverFlags()...), dataFlags()...), transformFlags()...)
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

func fit(c *cli.Context) error {
	path, err := one(c, "DATA")
	if err != nil {
		return err
	}
	out, err := required(c, "out")
	if err != nil {
		return err
	}
	solve, err := fitSettings(c)
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
	p, record, err := train.fit(c, solve)
	if err != nil {
		return fmt.Errorf("fit: %w", train.named(err))
	}
	took := time.Since(begin)
	m, err := headModel(p, record, train)
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

// fitSettings checks the flags of fit before anything is read.
func fitSettings(c *cli.Context) (head.Solver, error) {
	if v := c.Float64("val"); !(v >= 0 && v < 1) {
		return nil, usagef("--val is %v; it must be from 0 to less than 1", v)
	}
	if k := c.Int("folds"); c.IsSet("folds") && k < 2 {
		return nil, usagef("--folds is %d; it must be at least 2", k)
	}
	if v := c.Int("views"); v < 0 {
		return nil, usagef("--views is %d; it must be 0 or more", v)
	}
	if c.Bool("calibrate") && c.String("solver") == "knn" {
		return nil, usagef("--calibrate does not go with --solver knn, whose --temperature is its own")
	}
	return solverOf(c)
}

// trainable says why no head can be trained on the data, whatever its features.
func trainable(d *dataset.Dataset) error {
	var labels []string
	for _, n := range d.Labels("") {
		labels = append(labels, n.Name)
	}
	switch {
	case len(d.Empty) > 0:
		return withHint(fmt.Errorf("no images for the class %s", strings.Join(d.Empty, ", ")), "put images into its folder, or remove the folder")
	case len(labels) == 1 && labels[0] == "":
		return withHint(fmt.Errorf("%q has no folder for each class", d.Root), "put each class's images into a folder of its own, or name a --list with labels")
	case len(labels) == 1 && isFolder(filepath.Join(d.Root, labels[0], "train")):
		return withHint(fmt.Errorf("%q holds one folder, %q, which would be the only class", d.Root, labels[0]), "name the folder in it: %s", filepath.Join(d.Root, labels[0]))
	case len(labels) == 1:
		return withHint(fmt.Errorf("%q has one class only, %q; there must be two or more", d.Root, labels[0]), "DATA is the folder that holds a folder for each class")
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// trained picks the images to train on: the split train, or what the stable
// split leaves.
func (in *input) trained(c *cli.Context) (*rows, error) {
	split := "train"
	if !in.hasSplits() {
		if val := c.Float64("val"); val > 0 {
			if err := in.splitByHash(val); err != nil {
				return nil, err
			}
			say(c.App.ErrWriter, "the data has no splits: about %.0f %% of each class is kept for eval (--val 0 trains on everything)", 100*val)
		} else {
			split = ""
		}
	}
	return in.rowsOf(split, everything)
}

// fit trains on the rows, after it has cross-validated and before it
// calibrates, if that was asked for.
func (r *rows) fit(c *cli.Context, solve head.Solver) (head.Predictor, *head.Record, error) {
	if k := c.Int("folds"); k > 0 {
		v, err := head.CrossValidate(c.Context, r, r.Labels, solve, head.FoldSettings{K: k, Seed: c.Uint64("seed")})
		if err != nil {
			return nil, nil, err
		}
		fmt.Fprintf(c.App.Writer, "accuracy by %d-fold cross-validation: %.4f ± %.4f (%d/%d), 95 %% interval %.3f–%.3f\n",
			k, v.Accuracy, v.Spread, v.Correct, v.Total, v.Interval.Low, v.Interval.High)
	}
	if need := solve.Memory(r.Len(), r.Dim(), len(r.Labels)); need > 1<<30 && c.String("solver") == "lbfgs" {
		fmt.Fprintf(c.App.ErrWriter, "lbfgs holds all features in memory: about %.1f GB\n", float64(need)/1e9)
	}
	p, record, err := solve.Fit(c.Context, r, r.Labels, func(e head.Epoch) { fmt.Fprintln(c.App.ErrWriter, epochLine(e)) })
	if err != nil || !c.Bool("calibrate") {
		return p, record, err
	}
	calibration, err := head.CrossCalibrate(c.Context, r, r.Labels, solve, c.Uint64("seed"))
	if err != nil {
		return nil, nil, err
	}
	record.Calibration = calibration
	say(c.App.ErrWriter, "temperature %.3f: calibration error %.4f before, %.4f after, on rows held out", calibration.Temperature, calibration.ECEBefore, calibration.ECEAfter)
	return p.(*head.Head).Calibrated(calibration.Temperature), record, nil
}
