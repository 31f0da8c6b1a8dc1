package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
)

// measurements are statistics of crops, kept in the cache as features are: a
// folder for each transform, a row for each content. They are computed beside
// the features, or, for features that were there already, by decoding once more.
type measurements struct{ store *features.Store }

func openMeasurements(tr pixels.Transform) (*measurements, error) {
	sum := sha256.Sum256([]byte(pixels.QualityVersion))
	meta := features.Meta{
		Version:   features.Version,
		Trunk:     features.Trunk{Name: "picture statistics", SHA256: hex.EncodeToString(sum[:]), Tap: "statistics", Dim: pixels.QualityDim, Trained: true},
		Transform: encodeJSON(tr),
	}
	dir, err := cachePath("features", meta.Hash())
	if err != nil {
		return nil, err
	}
	store, err := features.Open(dir, meta, features.Options{})
	if err != nil {
		return nil, withHint(fmt.Errorf("keep what is measured: %w", err), "set $XDG_CACHE_HOME to a folder that can be written to")
	}
	return &measurements{store}, nil
}

func (m *measurements) with(t extractor.Trunk) extractor.Trunk { return measuring{t} }

func (m *measurements) keep(key extractor.Key, f extractor.Features) error {
	if f.View != 0 {
		return nil
	}
	return m.store.Append(features.Row{ID: features.ID{Key: key}, Features: f.Rows[len(f.Rows)-1]})
}

// measuring is a trunk with one more output, the statistics of the crops.
type measuring struct{ extractor.Trunk }

func (m measuring) Dims() []int { return append(slices.Clone(m.Trunk.Dims()), pixels.QualityDim) }

func (m measuring) Run(ctx context.Context, crops []byte, n, h, w int, out [][]float32) error {
	last, size := len(out)-1, 3*h*w
	for i := range n {
		pixels.Measure(out[last][i*pixels.QualityDim:(i+1)*pixels.QualityDim], crops[i*size:(i+1)*size], w)
	}
	return m.Trunk.Run(ctx, crops, n, h, w, out[:last])
}

// noTrunk is a trunk without outputs.
type noTrunk struct{}

func (noTrunk) Run(context.Context, []byte, int, int, int, [][]float32) error { return nil }
func (noTrunk) Dims() []int                                                   { return nil }
func (noTrunk) Workers() int                                                  { return runtime.GOMAXPROCS(0) }
func (noTrunk) Batch() int                                                    { return 1 }

// complete measures the photographs that have features but no statistics.
func (m *measurements) complete(c *cli.Context, e *extraction, data *dataset.Dataset, records []features.Record) error {
	missing := map[string]bool{}
	for _, r := range records {
		if r.Error == "" && !m.store.Has(r.Key, 0) {
			missing[r.Path] = true
		}
	}
	if len(missing) == 0 {
		return m.store.Seal()
	}
	rest := *data
	rest.Samples = slices.DeleteFunc(slices.Clone(data.Samples), func(s dataset.Sample) bool { return !missing[s.Path] })
	progress := new(extractor.Progress)
	x := e.extractor(c, progress)
	x.Open = func(context.Context) (extractor.Trunk, error) { return m.with(noTrunk{}), nil }
	x.Known, x.Have = nil, nil
	stop := showProgress(c.App.ErrWriter, "measure", extractionCount(progress))
	err := x.Each(c.Context, &rest, func(_ int, o extractor.Outcome, computed []extractor.Features) error {
		for _, f := range computed {
			if err := m.keep(o.Key, f); err != nil {
				return err
			}
		}
		return nil
	})
	stop()
	return errors.Join(err, m.store.Seal())
}

// statistics are the measurements of some records, in their order.
type statistics struct {
	store *features.Store
	keys  []features.Key
}

// row is all that was measured of record i; zeros if it could not be.
func (s statistics) row(i int) ([]float32, error) {
	row := make([]float32, pixels.QualityDim)
	if !s.store.Has(s.keys[i], 0) {
		return row, nil
	}
	return row, s.store.Row(s.keys[i], 0, row)
}

// thumbnails are the tiny pictures among the statistics: head.Rows.
type thumbnails struct{ statistics }

func (t thumbnails) Len() int { return len(t.keys) }
func (t thumbnails) Dim() int { return pixels.QualityDim - pixels.Thumbnail }
func (t thumbnails) Row(i int, dst []float32) error {
	row, err := t.row(i)
	copy(dst, row[pixels.Thumbnail:])
	return err
}
