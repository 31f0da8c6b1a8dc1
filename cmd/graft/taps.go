package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"graft/extractor/features"
	"graft/head"
	"graft/onnx"
)

func tapsCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.IntFlag{Name: "folds", Value: 5, Usage: "cross-validate with `K` folds"},
		&cli.StringFlag{Name: "l2", Value: "0.01", Usage: "inverse strength `C` of the penalty, or auto: chosen again in every fold, which takes 45 times as long"},
		&cli.Float64Flag{Name: "val", Value: 0.2, Usage: "leave this `SHARE` of each class to eval, as fit does where the data has no splits"},
		&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of the folds"},
		jsonFlag(),
	}
	return &cli.Command{
		Name:      "taps",
		Usage:     "say which output of the trunk to train a head on",
		ArgsUsage: "DATA|DIR",
		Description: "Fits a head (logistic regression on standardised features) on every tap of the trunk, in\n" +
			"cross-validation on the training images, and recommends one. DIR holds the folders that\n" +
			"\"graft extract --tap NAME,NAME --features DIR\" made.\n\n" +
			"Deep features are specific to the images that a trunk was trained on, early ones are not:\n\n" +
			"            images near to those             images far from them\n" +
			"   few      a head on the deepest tap        a head on an earlier tap\n" +
			"   many     train the whole trunk further    train the whole trunk\n\n" +
			"graft does the upper two. Far means that an earlier tap beats the deepest one beyond chance.\n\n" +
			"With --json one object: taps [{tap, dim, seconds, accuracy, spread, folds [{loss, accuracy}],\n" +
			"correct, total, interval {level, low, high}}], recommended, far, many, images_per_class,\n" +
			"best_earlier_tap, p (that it differs from the deepest by chance) and reason.\n\n" +
			"Example: graft taps photographs",
		Flags:  append(append(flags, dataFlags()...), transformFlags()...),
		Action: taps,
	}
}

func taps(c *cli.Context) error {
	path, err := one(c, "DATA")
	if err != nil {
		return err
	}
	if k := c.Int("folds"); k < 2 {
		return usagef("--folds is %d; it must be at least 2", k)
	}
	solve, err := lbfgsSolver(c, head.ClassWeights{})
	if err != nil {
		return err
	}
	inputs, err := tapInputs(c, path)
	if err != nil {
		return err
	}
	defer closeInputs(inputs)
	sets, err := tapRows(c, inputs)
	if err != nil {
		return err
	}
	var results []head.Tap
	for _, rows := range sets {
		result, err := rows.crossValidated(c, solve)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	advice := head.AdviseTap(results, sets[0].classes(), len(sets[0].Labels))
	if c.Bool("json") {
		if err := printJSON(c.App.Writer, advice); err != nil {
			return err
		}
	} else {
		printTaps(c, advice, sets[0])
	}
	return inputs[0].partial()
}

// tapInputs are the features of every tap, the deepest, features, last.
func tapInputs(c *cli.Context, path string) ([]*input, error) {
	if featuresFolder(path, onnx.Features) != "" {
		return openTaps(c, path)
	}
	t, err := findTrunk(c)
	if err != nil {
		return nil, err
	}
	if len(t.Taps) < 2 {
		return nil, withHint(fmt.Errorf("trunk %q has one output only; there is nothing to compare", t.path), `"graft trunk import --taps" keeps more of a model's values`)
	}
	tr, err := transformOf(c, t.Trunk)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, tap := range append(slices.Clone(t.Taps[1:]), t.Taps[0]) {
		names = append(names, tap.Name)
	}
	e, err := newExtraction(c, t, names, tr, 0, 0)
	if err != nil {
		return nil, err
	}
	e.check = trainable
	failed, err := e.run(c, path)
	if err != nil {
		e.stores.Close()
		return nil, err
	}
	var inputs []*input
	for i := range e.stores {
		in, err := e.input(path, i)
		if err != nil {
			e.stores.Close()
			return nil, err
		}
		in.failed = failed
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// openTaps opens the folders of features in dir, the narrow ones first.
func openTaps(c *cli.Context, dir string) (inputs []*input, err error) {
	defer func() {
		if err != nil {
			closeInputs(inputs)
		}
	}()
	if features.IsDir(dir) {
		return nil, withHint(fmt.Errorf("%q holds the features of one tap", dir), `"graft extract --tap NAME,NAME --features DIR" makes a folder of several`)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		in, err := openFeatures(c, filepath.Join(dir, e.Name()), nil)
		if err != nil {
			return inputs, err
		}
		inputs = append(inputs, in)
	}
	depth := func(in *input) int {
		if in.meta.Trunk.Tap == onnx.Features {
			return 1 << 30
		}
		return in.meta.Trunk.Dim
	}
	slices.SortStableFunc(inputs, func(a, b *input) int { return depth(a) - depth(b) })
	if deepest := inputs[len(inputs)-1].meta.Trunk.Tap; len(inputs) < 2 || deepest != onnx.Features {
		return inputs, fmt.Errorf("%q must hold the features of the tap %q and of another one", dir, onnx.Features)
	}
	return inputs, nil
}

func closeInputs(inputs []*input) {
	for _, in := range inputs {
		in.Close()
	}
}

// tapRows are the images to train on, the same for every tap.
func tapRows(c *cli.Context, inputs []*input) ([]*rows, error) {
	first, err := inputs[0].trained(c)
	if err != nil {
		return nil, err
	}
	sets := []*rows{first}
	for _, in := range inputs[1:] {
		same := in.meta.Trunk.SHA256 == first.meta.Trunk.SHA256 && string(in.meta.Transform) == string(first.meta.Transform)
		in.records = inputs[0].records
		r, err := in.rowsOf(first.split, everything)
		if err != nil {
			return nil, err
		}
		if !same || !slices.Equal(r.keys(), first.keys()) {
			return nil, withHint(fmt.Errorf("the features of the taps %q and %q are not of the same images, trunk and transform", first.meta.Trunk.Tap, in.meta.Trunk.Tap),
				`"graft extract --tap" with both completes them`)
		}
		sets = append(sets, r)
	}
	return sets, nil
}

// crossValidated judges heads on the features of one tap.
func (r *rows) crossValidated(c *cli.Context, solve head.Solver) (head.Tap, error) {
	begin := time.Now()
	v, err := head.CrossValidate(c.Context, r, r.Labels, solve, head.FoldSettings{K: c.Int("folds"), Seed: c.Uint64("seed")})
	if err != nil {
		return head.Tap{}, fmt.Errorf("tap %q: %w", r.meta.Trunk.Tap, r.named(err))
	}
	return head.Tap{Name: r.meta.Trunk.Tap, Dim: r.Dim(), Seconds: time.Since(begin).Seconds(), CrossValidation: v}, nil
}

func printTaps(c *cli.Context, t *head.TapAdvice, r *rows) {
	table := [][]string{{"tap", "d", "accuracy", "95 % interval", "time"}}
	for _, tap := range t.Taps {
		table = append(table, []string{tap.Name, fmt.Sprint(tap.Dim), fmt.Sprintf("%.4f", tap.Accuracy),
			fmt.Sprintf("%.3f–%.3f", tap.Interval.Low, tap.Interval.High), fmt.Sprintf("%.1f s", tap.Seconds)})
	}
	printTable(c.App.Writer, table)
	fmt.Fprintf(c.App.Writer, "\n%d-fold cross-validation of logistic regression (C = %s) on %d images of %d classes\n%s\n",
		c.Int("folds"), c.String("l2"), r.Len(), len(r.Labels), t.Reason)
}
