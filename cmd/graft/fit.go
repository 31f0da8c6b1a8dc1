package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/head"
	"graft/head/train"
)

func fitCommand() *cli.Command {
	flags := []cli.Flag{
		tapFlag(),
		emptyFlag(),
		&cli.StringFlag{Name: "out", Usage: "write the head to `FILE`"},
		&cli.Float64Flag{Name: "val", Value: 0.2, Usage: "keep this `FRACTION` of each class for eval where the data has no splits; 0 trains on everything"},
		&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of the training: the start, the order of rows, dropout, folds"},
		&cli.IntFlag{Name: "folds", Usage: "also estimate the accuracy by cross-validation with `K` folds"},
		&cli.BoolFlag{Name: "keep-on-interrupt", Usage: "rmsprop: after an interrupt write the head of the last whole epoch"},
		&cli.BoolFlag{Name: "calibrate", Usage: "fit a temperature on rows held out, so that probabilities mean what they say"},
	}
	flags = append(flags, viewFlags("train on `K` augmented views of each image, a different one every epoch")...)
	flags = append(append(append(flags, solverFlags()...), dataFlags()...), transformFlags()...)
	return &cli.Command{
		Name:      "fit",
		Usage:     "train a head on labelled photographs or features",
		ArgsUsage: "DATA|DIR",
		Description: "Trains on the split train. Data without splits is divided by a hash of the file names:\n" +
			"the same way for ever, also when images join.\n\n" +
			"Example: graft fit photographs --out head.onnx",
		Flags:  flags,
		Action: action(fitOptions, runFit),
	}
}

type fitOf struct {
	train.FitOptions
	out string
}

func fitOptions(c *cli.Context) (o fitOf, err error) {
	if o.Path, err = one(c, "DATA"); err != nil {
		return o, err
	}
	if o.out, err = outFile(c, "out"); err != nil {
		return o, err
	}
	o.Val, o.Folds, o.Calibrate, o.Seed, o.Versions = c.Float64("val"), c.Int("folds"), c.Bool("calibrate"), c.Uint64("seed"), versions()
	switch {
	case !(o.Val >= 0 && o.Val < 1):
		return o, usagef("--val is %v; it must be from 0 to less than 1", o.Val)
	case c.IsSet("folds") && o.Folds < 2:
		return o, usagef("--folds is %d; it must be at least 2", o.Folds)
	case o.Calibrate && c.String("solver") == "knn":
		return o, usagef("--calibrate does not go with --solver knn, whose --temperature is its own")
	}
	if o.Solver, err = solverOptions(c); err != nil {
		return o, err
	}
	if c.Bool("keep-on-interrupt") {
		s, ok := o.Solver.(head.RMSprop)
		if !ok {
			return o, usagef("--keep-on-interrupt goes with --solver rmsprop, which has epochs")
		}
		s.KeepOnInterrupt = true
		o.Solver = s
	}
	o.Ingest, err = ingestOptions(c)
	return o, err
}

func runFit(ctx context.Context, t ui.Terminal, o fitOf) error {
	shown := t.Follow(ui.Extraction{Progress: o.Ingest.Progress})
	o.Observe = func(e head.Epoch) { fmt.Fprintln(shown, epochLine(e)) }
	r, err := train.Fit(ctx, o.FitOptions, o.out)
	shown.Stop()
	if err != nil {
		return err
	}
	if r.Split {
		t.Hint("--val 0 trains on everything")
	}
	if v := r.CrossValidation; v != nil {
		fmt.Fprintf(t.Out, "accuracy by %d-fold cross-validation: %.4f ± %.4f (%d/%d), 95 %% interval %.3f–%.3f\n",
			o.Folds, v.Accuracy, v.Spread, v.Correct, v.Total, v.Interval.Low, v.Interval.High)
	}
	if c := r.Calibration; c != nil {
		t.Say("temperature %.3f: calibration error %.4f before, %.4f after, on rows held out", c.Temperature, c.ECEBefore, c.ECEAfter)
	}
	t.Say("wrote %s, SHA-256 %.16s…: %d classes, trained on %d images in %.2f s%s", r.Out, r.SHA256, len(r.Labels), r.Images, r.Took.Seconds(), waited(r))
	if r.Record.Interrupted {
		t.Say("the head is that of epoch %d", len(r.Record.Epochs))
		return context.Canceled
	}
	return leftOut(r.Data)
}

// waited is the share of a long training that was spent waiting for features.
func waited(r *train.Fitted) string {
	if r.Took < 3*time.Second || r.Record.RMSprop == nil {
		return ""
	}
	return fmt.Sprintf(", %.1f %% of it waiting for features", 100*r.Record.Waiting/r.Took.Seconds())
}

// epochLine is the origin's line: [1] loss: 0.6234  accuracy: 0.71.
func epochLine(e head.Epoch) string {
	line := fmt.Sprintf("[%d] loss: %.4f  accuracy: %.2f", e.Epoch, e.Loss, e.Accuracy)
	if e.Val != nil {
		line += fmt.Sprintf("  hold-out loss: %.4f  accuracy: %.2f", e.Val.Loss, e.Val.Accuracy)
	}
	if e.Stage != "" {
		line = e.Stage + " " + line
	}
	return line
}
