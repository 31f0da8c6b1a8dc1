package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/ort"
)

func extractCommand() *cli.Command {
	return &cli.Command{
		Name:      "extract",
		Usage:     "compute and cache the features of photographs",
		ArgsUsage: "DATA",
		Description: "DATA is a folder (or a .zip or .tar of one) with a folder for each class; train, val and\n" +
			"test at the top are splits. What is there already is not computed again. With several taps,\n" +
			"every image runs through the trunk once, and each tap has a folder of its own in --features.\n\n" +
			shardHelp + "\n\n" +
			verifyHelp + "\n\n" +
			"Example: graft extract photographs --features features",
		Flags: append(append([]cli.Flag{
			&cli.StringFlag{Name: "tap", Value: onnx.Features, Usage: "comma-separated `NAMES` of the trunk's outputs to keep; \"graft trunk inspect\" lists them"},
			&cli.IntFlag{Name: "views", Action: atLeast("views", 0), Usage: "also compute `K` augmented views of each image"},
			&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of the augmented views"},
			shardFlag(),
			jpegFlag(),
		}, verifyFlags()...), append(dataFlags(), transformFlags()...)...),
		Action: extract,
	}
}

func extract(c *cli.Context) error {
	path, err := one(c, "DATA")
	if err != nil {
		return err
	}
	mine, err := shardOf(c)
	if err != nil {
		return err
	}
	t, err := findTrunk(c)
	if err != nil {
		return err
	}
	tr, err := transformOf(c, t.Trunk)
	if err != nil {
		return err
	}
	taps := strings.Split(c.String("tap"), ",")
	if err := verifiable(c, taps); err != nil {
		return err
	}
	e, err := newExtraction(c, t, taps, tr, c.Int("views"), c.Uint64("seed"))
	if err != nil {
		return err
	}
	defer e.stores.Close()
	if c.Bool("verify") {
		return e.verify(c, path)
	}
	e.shard = mine
	failed, err := e.run(c, path)
	if err != nil {
		return err
	}
	for _, store := range e.stores {
		fmt.Fprintln(c.App.Writer, store.Dir())
	}
	if failed > 0 {
		return partialError{failed, e.total}
	}
	return nil
}

// An extraction fills folders of features, one a tap, with those of a dataset.
type extraction struct {
	trunk     *trunkFile
	taps      []string
	transform pixels.Transform
	seed      uint64
	views     int
	shard     dataset.Shard
	runtime   ort.Options

	stores tapStores // one a tap
	table  string    // name of the samples table in each store
	data   *dataset.Dataset
	known  []*features.Table // those of the last scan, nil where there is none
	total  int               // samples of this run: all, or those of the shard

	check     func(*dataset.Dataset) error // says why the data will not do, before anything is computed; nil: any will
	companion companion                    // nil if only features are wanted
}

// A companion computes more from the crops that are computed anyway.
type companion interface {
	// with gives a trunk that also computes the companion's outputs.
	with(extractor.Trunk) extractor.Trunk
	// keep takes the rows that such a trunk computed for a photograph.
	keep(pixels.Key, extractor.Features) error
}

// newExtraction opens the folders of --features, or the cache's for this trunk
// and transform. The seed is that of the augmented views: without any, it makes
// no difference.
func newExtraction(c *cli.Context, t *trunkFile, taps []string, tr pixels.Transform, views int, seed uint64) (*extraction, error) {
	if views == 0 {
		seed = 0
	}
	dims, err := t.tapDims(taps)
	if err != nil {
		return nil, err
	}
	options, runtime, err := runtimeOf(c)
	if err != nil {
		return nil, err
	}
	metas := make([]features.Meta, len(taps))
	for i, tap := range taps {
		metas[i] = features.Meta{
			Version:   features.Version,
			Trunk:     features.Trunk{Name: t.Name, SHA256: t.sha256, Tap: tap, Dim: dims[i], Trained: t.Trained},
			Transform: tr,
			ViewsSeed: seed,
			Runtime:   runtime,
		}
	}
	stores, err := openStores(c.String("features"), metas, views == 0)
	if err != nil {
		return nil, err
	}
	seed = stores[0].Meta().ViewsSeed
	return &extraction{trunk: t, taps: taps, transform: tr, seed: seed, views: views, runtime: options, stores: stores}, nil
}

// run scans the data at path, computes what is missing, and rewrites the
// samples table. It returns how many images have no features; they have been
// listed. What was finished is kept whatever happens.
func (e *extraction) run(c *cli.Context, path string) (failed int, err error) {
	defer collectEarly()()
	e.data, err = dataset.Scan(c.Context, path, dataOptions(c))
	if err != nil {
		return 0, err
	}
	defer e.data.Close()
	for _, note := range e.data.Notes {
		say(c.App.ErrWriter, "%s", note)
	}
	if e.check != nil {
		if err := e.check(e.data); err != nil {
			return 0, err
		}
	}
	e.table = tableOf(c, e.data)
	e.readTables(c)

	part, at := e.shard.Of(e.data)
	e.total = len(part.Samples)
	if e.shard.Parts > 0 {
		say(c.App.ErrWriter, "shard %v: %d of %d images", e.shard, e.total, len(e.data.Samples))
	}
	records := recordsOf(e.data)
	progress := new(extractor.Progress)
	stop := showProgress(c.App.ErrWriter, "extract", extractionCount(progress))
	err = e.extractor(c, progress).Each(c.Context, part, func(i int, o extractor.Outcome, computed []extractor.Features) error {
		setOutcome(&records[at(i)], o)
		for _, f := range computed {
			if err := e.keep(o.Key, f); err != nil {
				return err
			}
		}
		return nil
	})
	stop()
	if err := errors.Join(err, e.stores.finish(e.table, &features.Table{Root: e.data.Root, Scanned: e.data.Scanned, Records: records})); err != nil {
		return 0, err
	}
	if err := e.stores.merge(c.Context); err != nil {
		return 0, err
	}
	sayDamage(c.App.ErrWriter, e.stores)
	failed = listFailures(c, records)
	say(c.App.ErrWriter, "%s", summary(progress))
	return failed, nil
}

// tableOf is the name of the data's samples table.
func tableOf(c *cli.Context, d *dataset.Dataset) string {
	if c.String("features") == "" {
		return features.TableName(d.Root)
	}
	return features.SamplesTable
}

// keep takes what was computed for a view of a photograph.
func (e *extraction) keep(key pixels.Key, f extractor.Features) error {
	if err := e.stores.append(key, f); err != nil || e.companion == nil {
		return err
	}
	return e.companion.keep(key, f)
}

// extractor puts the parts together; the session is opened when the first
// image needs it.
func (e *extraction) extractor(c *cli.Context, p *extractor.Progress) *extractor.Extractor {
	return &extractor.Extractor{
		Open: func(ctx context.Context) (extractor.Trunk, error) {
			t, err := e.trunk.open(ctx, e.runtime, e.taps)
			if err != nil || e.companion == nil {
				return t, err
			}
			return e.companion.with(t), nil
		},
		Transform: e.transform,
		Limits:    limitsOf(c),
		JPEG:      jpegDecoders[c.String("jpeg")],
		Views:     e.views,
		Seed:      e.seed,
		Workers:   c.Int("workers"),
		Store:     e,
		Progress:  p,
	}
}

// Lookup finds an unchanged file in a table of the last scan.
func (e *extraction) Lookup(s dataset.Sample) (extractor.Outcome, bool) {
	for _, table := range e.known {
		r, ok := table.Lookup(e.data.Root, s.Path, s.Bytes, s.ModTime)
		if !ok {
			continue
		}
		o := extractor.Outcome{Key: r.Key, Info: r.Info()}
		if r.Error != "" {
			o.Err = errors.New(r.Error)
		}
		return o, true
	}
	return extractor.Outcome{}, false
}

// Has reports whether every tap has a row.
func (e *extraction) Has(key pixels.Key, view int) bool { return e.stores.has(key, view) }
