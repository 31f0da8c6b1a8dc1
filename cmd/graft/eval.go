package main

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"graft/extractor/features"
	"graft/head"
	"graft/head/metrics"
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
			&cli.StringFlag{Name: "split", Usage: "judge `SPLIT` (default: val where there is one, else everything)"},
			&cli.Float64Flag{Name: "min-accuracy", Usage: "exit with code 4 if the accuracy is below `A` (0…1)"},
			jsonFlag(),
		}, dataFlags()...),
		Action: eval,
	}
}

func eval(c *cli.Context) error {
	if c.NArg() != 2 {
		return withHint(usagef("eval takes HEAD and DATA, got %d arguments", c.NArg()), "graft eval head.onnx photographs")
	}
	bar := c.Float64("min-accuracy")
	if bar < 0 || bar > 1 {
		return usagef("--min-accuracy is %v; it must be 0…1", bar)
	}
	h, err := readHead(c.Args().Get(0))
	if err != nil {
		return err
	}
	in, err := labelledFeatures(c, c.Args().Get(1), h)
	if err != nil {
		return err
	}
	defer in.Close()
	rows, err := in.judged(c, h)
	if err != nil {
		return err
	}
	index, err := head.Match(h.Classes(), rows.Labels)
	if err != nil {
		return err
	}
	report, err := head.Evaluate(c.Context, h.Predictor, head.Relabel(rows, index), metrics.Options{})
	if err != nil {
		return rows.named(err)
	}
	if err := printEvaluation(c, report, rows); err != nil {
		return err
	}
	if c.IsSet("min-accuracy") && report.Accuracy < bar {
		return barError{fmt.Errorf("accuracy %.4f is below --min-accuracy %v", report.Accuracy, bar)}
	}
	return in.partial()
}

// judged picks the images to judge: those of --split; else the split val, or
// test, if there is one; else everything that the head was not trained on.
func (in *input) judged(c *cli.Context, h *headFile) (*rows, error) {
	split := c.String("split")
	if split == "" {
		for _, s := range []string{"val", "test", "train"} {
			if slices.ContainsFunc(in.records, func(r features.Record) bool { return r.Split == s }) {
				split = s
				break
			}
		}
	}
	all, err := in.rowsOf(split, everything)
	if err != nil {
		return nil, err
	}
	seen := 0
	for _, k := range all.keys() {
		if h.trainedOn.has(k) {
			seen++
		}
	}
	switch {
	case seen == 0:
		return all, nil
	case split != "" || seen == all.Len():
		say(c.App.ErrWriter, "warning: the head was trained on %d of these %d images, so the accuracy says little of new ones", seen, all.Len())
		return all, nil
	}
	say(c.App.ErrWriter, "the head was trained on %d of these %d images; the other %d are judged", seen, all.Len(), all.Len()-seen)
	return in.rowsOf(split, func(r features.Record) bool { return !h.trainedOn.has(r.Key) })
}

// evaluation is the JSON of eval: metrics.Report with the names of the images.
type evaluation struct {
	*metrics.Report
	Split string      `json:"split"` // which was judged; "" if the data has none
	Worst []worstFile `json:"worst"`
}

type worstFile struct {
	Path string `json:"path"`
	metrics.Worst
}

func printEvaluation(c *cli.Context, report *metrics.Report, rows *rows) error {
	if !c.Bool("json") {
		printReport(c.App.Writer, report)
		printWorst(c.App.Writer, report, rows)
		return nil
	}
	e := evaluation{Report: report, Split: rows.split, Worst: []worstFile{}}
	for _, w := range report.Worst {
		e.Worst = append(e.Worst, worstFile{rows.Records[w.Row].Path, w})
	}
	return printJSON(c.App.Writer, e)
}
