package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/head/train"
)

func evalCommand() *cli.Command {
	return &cli.Command{
		Name:      "eval",
		Usage:     "judge a head on labelled photographs or features",
		ArgsUsage: "HEAD DATA|DIR",
		Description: "Prints accuracy with its 95 % interval (Wilson), a table of the classes and the confusion\n" +
			"matrix. Where the data has splits, val is judged (test with --split test).\n\n" +
			"With --json one object; what the images leave undefined is null:\n\n" +
			"   accuracy, correct, total       and interval {level, low, high}: Wilson's\n" +
			"   split                          which was judged\n" +
			"   left_out                       [{label, images}] of classes that the head does not know\n" +
			"   balanced_accuracy              mean recall of the classes\n" +
			"   top_k                          [{k, accuracy}]\n" +
			"   log_loss, brier, ece           nats; 0…2; calibration error in 15 bins\n" +
			"   auc                            mean ROC AUC of each class against the rest\n" +
			"   classes                        [{label, support, predicted, correct, precision, recall, f1, auc}]\n" +
			"   confusion                      [true class][predicted class]\n" +
			"   confused                       [{true, predicted, count}], the most frequent first\n" +
			"   worst                          [{path, row, true, predicted, probability, loss}], the highest loss first;\n" +
			"                                  probability is the true class's\n" +
			"   calibration                    if the head is calibrated: {temperature, rows, log_loss_before,\n" +
			"                                  log_loss_after, ece_before, ece_after}\n\n" +
			"Example: graft eval head.onnx photographs",
		Flags: append([]cli.Flag{
			splitFlag(),
			strictFlag(),
			&cli.Float64Flag{Name: "min-accuracy", Usage: "exit with code 4 if the accuracy is below `A` (0…1)"},
			jsonFlag(),
		}, dataFlags()...),
		Action: action(evalOptions, runEval),
	}
}

type evalOf struct {
	train.EvaluateOptions
	bar    float64 // 0: none
	asJSON bool
}

func evalOptions(c *cli.Context) (o evalOf, err error) {
	args, err := exactly(c, "HEAD", "DATA")
	if err != nil {
		return o, err
	}
	o.Head, o.Path, o.Split, o.asJSON, o.bar = args[0], args[1], c.String("split"), c.Bool("json"), c.Float64("min-accuracy")
	o.Strict = c.Bool("strict")
	if o.bar < 0 || o.bar > 1 {
		return o, usagef("--min-accuracy is %v; it must be 0…1", o.bar)
	}
	o.Ingest, err = ingestOptions(c)
	return o, err
}

func runEval(ctx context.Context, t ui.Terminal, o evalOf) error {
	e, err := watched(t, o.Ingest.Progress, func() (*train.Evaluation, error) { return train.Evaluate(ctx, o.EvaluateOptions) })
	if err != nil {
		return err
	}
	if o.asJSON {
		err = t.JSON(e)
	} else {
		show.Evaluation(t.Out, e)
	}
	if err == nil && e.Accuracy < o.bar {
		err = barError{fmt.Errorf("accuracy %.4f is below --min-accuracy %v", e.Accuracy, o.bar)}
	}
	return cmp.Or(err, leftOut(e.Data))
}
