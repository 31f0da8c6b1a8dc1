package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/features"
	"graft/extractor/features/export"
	"graft/extractor/ingest"
	"graft/head/train"
)

func featuresCommand() *cli.Command {
	return &cli.Command{
		Name:        "features",
		Usage:       "look into, export and tidy folders of features",
		Description: "Example: graft features info features",
		Action:      groupAction,
		Subcommands: []*cli.Command{
			{
				Name: "info", Usage: "show what a folder of features holds", ArgsUsage: "DIR",
				Description: "Example: graft features info features",
				Flags:       []cli.Flag{jsonFlag()},
				Action:      action(infoOptions("DIR"), runFeaturesInfo),
			},
			{
				Name: "export", Usage: "write features for other tools: npy, csv or parquet", ArgsUsage: "DIR",
				Description: "csv and parquet have the columns path, label, split, key, view, f0, f1, …;\n" +
					"npy is the n×d matrix, with the other columns in a .csv beside it.\n\n" +
					"Example: graft features export features --out features.parquet",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "out", Usage: "write to `FILE`"},
					&cli.StringFlag{Name: "format", Usage: "`FORMAT`: npy, csv or parquet (default: what FILE ends in; .csv.gz and .csv.zst are compressed)"},
					&cli.StringFlag{Name: "split", Usage: "only the images of `SPLIT`"},
				},
				Action: action(featuresExportOptions, runFeaturesExport),
			},
			{
				Name: "gc", Usage: "remove the features that no dataset names any more", ArgsUsage: "DIR",
				Description: "Example: graft features gc features",
				Flags:       []cli.Flag{&cli.BoolFlag{Name: "drop-tables", Usage: "also forget datasets whose folder is gone"}},
				Action:      action(featuresGCOptions, runFeaturesGC),
			},
		},
	}
}

func runFeaturesInfo(_ context.Context, t ui.Terminal, o infoOf) error {
	info, err := features.ReadInfo(o.path)
	if err != nil {
		return err
	}
	if o.asJSON {
		err = t.JSON(info)
	} else {
		show.Features(t.Out, info)
	}
	for _, table := range info.Tables {
		err = cmp.Or(err, leftOut(lostOf(table)))
	}
	if err == nil && len(info.Problems) > 0 {
		err = withHint(fmt.Errorf("features %q: %d problems, the first: %w", o.path, len(info.Problems), info.Problems[0]), `"graft extract" computes again what is damaged`)
	}
	return err
}

type featuresExportOf struct {
	dir, out, format string
	splits           []string // nil: all
}

func featuresExportOptions(c *cli.Context) (o featuresExportOf, err error) {
	if o.dir, err = one(c, "DIR"); err != nil {
		return o, err
	}
	if o.out, err = outFile(c, "out"); err != nil {
		return o, err
	}
	if o.format, err = featuresFormat(c.String("format"), o.out); err != nil {
		return o, err
	}
	if c.IsSet("split") {
		o.splits = []string{c.String("split")}
	}
	return o, nil
}

// featuresFormat is the one that is named, or what the file's name says.
func featuresFormat(named, out string) (string, error) {
	format := export.FormatOf(out)
	if named != "" {
		format = named
		if compression := export.CompressionOf(out); named == "csv" && compression != "" {
			format += "." + compression
		}
	}
	if !slices.Contains(export.Formats, format) {
		return "", usagef("features export writes %s, not %q; name it with --format", strings.Join(export.Formats, ", "), cmp.Or(named, filepath.Base(out)))
	}
	return format, nil
}

func runFeaturesExport(ctx context.Context, t ui.Terminal, o featuresExportOf) error {
	f, err := train.OpenFolder(train.Source{Path: o.dir}, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	set, err := f.Set(o.splits...)
	if err != nil {
		return err
	}
	f.NoteShort(set)
	t.Notes(f.Progress.Notes())
	if set.Len() == 0 {
		return errors.New("there is nothing to export: no image has features")
	}
	done, err := export.Write(ctx, set, o.out, o.format)
	if err != nil {
		return err
	}
	t.Say("wrote %s: %d rows of %d features", strings.Join(done.Files, " and "), done.Rows, done.Dim)
	return leftOut(f.Images())
}

type featuresGCOf struct {
	dir string
	features.GCOptions
}

func featuresGCOptions(c *cli.Context) (o featuresGCOf, err error) {
	o.DropTables = c.Bool("drop-tables")
	o.dir, err = one(c, "DIR")
	return o, err
}

func runFeaturesGC(ctx context.Context, t ui.Terminal, o featuresGCOf) error {
	existing, err := features.OpenExisting(o.dir, features.Options{})
	if err != nil {
		return err
	}
	meta := existing.Meta()
	existing.Close()
	store, err := features.Open(o.dir, meta, features.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	done, err := store.GC(ctx, o.GCOptions)
	if err != nil {
		return err
	}
	t.Say("removed %d rows, %.1f MB; %d are left", done.Rows, float64(done.Bytes)/1e6, done.Kept)
	for _, root := range done.Tables {
		t.Say("forgot the dataset %s, which is gone", root)
	}
	t.Notes(ingest.Damage(store))
	info, err := store.Info()
	if err != nil {
		return err
	}
	var all train.Images
	for _, table := range info.Tables {
		lost := lostOf(table)
		all.Total, all.Lost, all.NotFinite = all.Total+lost.Total, all.Lost+lost.Lost, all.NotFinite+lost.NotFinite
		for _, path := range table.Lost[:min(len(table.Lost), show.MaxLost)] {
			t.Say("%s: its features are damaged, not finite or gone", path)
		}
	}
	return leftOut(all)
}

// lostOf counts the images of a table that have lost their features.
func lostOf(t features.TableInfo) train.Images {
	return train.Images{Total: t.Samples, Lost: len(t.Lost) - t.NotFinite, NotFinite: t.NotFinite}
}
