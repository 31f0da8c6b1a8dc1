package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/pixels"
	"graft/extractor/pixels/stats"
	"graft/extractor/trunk"
)

// statistics are those of crops, kept in the cache as features are: a folder
// for each transform, a row for each content. They are computed beside the
// features, or, for features that were there already, by decoding once more.
type statistics struct {
	store     *features.Store
	transform pixels.Transform
}

var _ ingest.Observer = (*statistics)(nil)

func openStatistics(c trunk.Cache, tr pixels.Transform) (*statistics, error) {
	sum := sha256.Sum256([]byte(stats.Version))
	meta := features.Meta{
		Version:   features.Version,
		Trunk:     features.Trunk{Name: "picture statistics", SHA256: hex.EncodeToString(sum[:]), Tap: "statistics", Dim: stats.Dim, Trained: true},
		Transform: tr,
	}
	hash, err := meta.Hash()
	if err != nil {
		return nil, err
	}
	dir, err := c.Path("features", hash)
	if err != nil {
		return nil, err
	}
	store, err := features.Open(dir, meta, features.Options{})
	if err != nil {
		return nil, &trunk.CacheError{Err: fmt.Errorf("keep what is measured: %w", err)}
	}
	return &statistics{store, tr}, nil
}

// Watch gives a trunk with one more output, the statistics.
func (s *statistics) Watch(t extractor.Trunk) extractor.Trunk { return measuring{t} }

// Keep takes the statistics of a whole crop; augmented views have none.
func (s *statistics) Keep(key pixels.Key, f extractor.Features) error {
	if f.View != 0 {
		return nil
	}
	return s.store.Append(features.Row{ID: features.ID{Key: key}, Features: f.Rows[len(f.Rows)-1]})
}

// measuring is a trunk with one more output, the statistics of the crops.
type measuring struct{ extractor.Trunk }

// Dims are the trunk's, and the statistics'.
func (m measuring) Dims() []int { return append(slices.Clone(m.Trunk.Dims()), stats.Dim) }

// Run measures the crops and runs the trunk.
func (m measuring) Run(ctx context.Context, crops []byte, n, h, w int, out [][]float32) error {
	last, size := len(out)-1, 3*h*w
	for i := range n {
		stats.Measure(out[last][i*stats.Dim:(i+1)*stats.Dim], crops[i*size:(i+1)*size], w)
	}
	return m.Trunk.Run(ctx, crops, n, h, w, out[:last])
}

// noTrunk is a trunk without outputs.
type noTrunk struct{}

func (noTrunk) Run(context.Context, []byte, int, int, int, [][]float32) error { return nil }
func (noTrunk) Dims() []int                                                   { return nil }
func (noTrunk) Workers() int                                                  { return runtime.GOMAXPROCS(0) }
func (noTrunk) Batch() int                                                    { return 1 }
func (noTrunk) Close() error                                                  { return nil }

// complete measures the photographs that have features but no statistics, of those that are wanted.
func (s *statistics) complete(ctx context.Context, o ingest.Options, r *ingest.Result, wanted func(features.Record) bool) error {
	missing := map[string]bool{}
	for _, record := range r.Records {
		if record.Error == "" && wanted(record) && !s.store.Has(record.Key, 0) {
			missing[record.Path] = true
		}
	}
	if len(missing) == 0 {
		return s.store.Seal()
	}
	rest := *r.Data
	rest.Samples = slices.DeleteFunc(slices.Clone(rest.Samples), func(s dataset.Sample) bool { return !missing[s.Path] })
	o.Progress.Begin("measure", len(rest.Samples))
	e := &extractor.Extractor{
		Open:      func(context.Context) (extractor.Trunk, error) { return measuring{noTrunk{}}, nil },
		Transform: s.transform, Limits: o.Limits, JPEG: o.JPEG, Workers: o.Workers, Progress: o.Progress,
	}
	err := e.Each(ctx, &rest, func(_ int, o extractor.Outcome, computed []extractor.Features) error {
		for _, f := range computed {
			if err := s.Keep(o.Key, f); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, s.store.Seal())
}

// measured are the statistics of some photographs, in their order.
type measured struct {
	store *features.Store
	keys  []pixels.Key
}

// row is all that was measured of photograph i; zeros if it could not be.
func (m measured) row(i int) ([]float32, error) {
	row := make([]float32, stats.Dim)
	if !m.store.Has(m.keys[i], 0) {
		return row, nil
	}
	return row, m.store.Row(m.keys[i], 0, row)
}

// tiny are the tiny pictures among the statistics: audit.Rows.
type tiny struct{ measured }

func (t tiny) Len() int { return len(t.keys) }
func (t tiny) Dim() int { return stats.Dim - stats.Thumbnail }
func (t tiny) Row(i int, dst []float32) error {
	row, err := t.row(i)
	copy(dst, row[stats.Thumbnail:])
	return err
}
