package main

import (
	"cmp"
	"context"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/head"
	"graft/head/train"
)

func tapsCommand() *cli.Command {
	flags := []cli.Flag{
		emptyFlag(),
		&cli.IntFlag{Name: "folds", Value: 5, Usage: "cross-validate with `K` folds"},
		&cli.StringFlag{Name: "l2", Value: "0.01", Usage: "inverse strength `C` of the penalty, or auto: chosen again in every fold, which takes 45 times as long"},
		&cli.Float64Flag{Name: "val", Value: 0.2, Usage: "leave this `FRACTION` of each class to eval, as fit does where the data has no splits"},
		&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of the folds"},
		&cli.BoolFlag{Name: "auto", Usage: "compare every block of the trunk's graph, not only the taps that it has"},
		&cli.StringFlag{Name: "pool", Usage: "with --auto: comma-separated `WAYS` to pool each block, such as mean,mean+max,mean+max+grid2 (default: what suits it)"},
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
		Action: action(tapsOptions, runTaps),
	}
}

type tapsOf struct {
	train.TapsOptions
	auto   bool
	pools  []string
	l2     string
	asJSON bool
}

func tapsOptions(c *cli.Context) (o tapsOf, err error) {
	if o.Path, err = one(c, "DATA"); err != nil {
		return o, err
	}
	o.Folds, o.Val, o.Seed, o.l2, o.asJSON = c.Int("folds"), c.Float64("val"), c.Uint64("seed"), c.String("l2"), c.Bool("json")
	if o.Folds < 2 {
		return o, usagef("--folds is %d; it must be at least 2", o.Folds)
	}
	if o.Solver, err = lbfgsSolver(c, head.ClassWeights{}); err != nil {
		return o, err
	}
	if o.auto = c.Bool("auto"); c.IsSet("pool") && !o.auto {
		return o, usagef("--pool goes with --auto")
	}
	if o.pools, err = poolsOf(c.String("pool")); err != nil {
		return o, err
	}
	o.Ingest, err = ingestOptions(c)
	return o, err
}

// addAutoTaps takes a trunk that has a tap for every block instead of the one
// that was named.
func addAutoTaps(ctx context.Context, t ui.Terminal, o *tapsOf) error {
	f, err := o.Ingest.Cache.Find(o.Ingest.Trunk)
	if err != nil {
		return err
	}
	path, made, err := trunk.WithAutoTaps(ctx, f, o.Ingest.Cache, o.Ingest.Device.Library, o.pools...)
	if err != nil {
		return err
	}
	if o.Ingest.Trunk = path; made {
		t.Say("wrote %s, a trunk with a tap for every block", path)
	}
	t.Say("to train a head on one of the taps: --trunk %s --tap NAME", path)
	return nil
}

func runTaps(ctx context.Context, t ui.Terminal, o tapsOf) error {
	if o.auto {
		if err := addAutoTaps(ctx, t, &o); err != nil {
			return err
		}
	}
	r, err := watched(t, o.Ingest.Progress, func() (*train.TapsReport, error) { return train.Taps(ctx, o.TapsOptions) })
	if err != nil {
		return err
	}
	if o.asJSON {
		err = t.JSON(r.TapAdvice)
	} else {
		show.Taps(t.Out, r, o.Folds, o.l2)
	}
	return cmp.Or(err, leftOut(r.Data))
}
