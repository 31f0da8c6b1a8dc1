package features

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"graft/extractor/pixels"
)

// VerifyOptions say how much Verify checks beyond the checksums.
type VerifyOptions struct {
	// Hash reads a photograph and returns its key; nil: photographs are not read.
	Hash func(ctx context.Context, r Record) (pixels.Key, error)
	// Features computes a row again into dst; nil: none is computed.
	Features  func(ctx context.Context, r Record, view int, dst []float32) error
	Sample    int     // how many rows are computed again; 0 = 32
	Seed      uint64  // of their choice
	Tolerance float64 // largest |difference| over the row's largest |value|; 0 = 1e-4
}

// Verification is what Verify found.
type Verification struct {
	Parts, Rows   int       // whose checksums were computed
	Hashed        int       // photographs read
	Changed       []Record  // whose content is not what the table says, or that cannot be read
	Missing       []Record  // that the table gives a key, but that have no features of view 0
	Recomputed    int       // rows
	Different     []ID      // rows that came out differently
	MaxDifference float64   // over the row's largest |value|
	Problems      []Problem // damaged rows and files, also those found before
}

// OK reports whether nothing was found.
func (v Verification) OK() bool {
	return len(v.Changed) == 0 && len(v.Missing) == 0 && len(v.Different) == 0 && len(v.Problems) == 0
}

// Verify reads everything: the checksum of every row; of every record of the table (nil: none)
// the photograph's hash, and a random sample of rows computed again. What is damaged is dropped
// from the store, so that extracting again repairs it; Merge removes it from the disk.
func (s *Store) Verify(ctx context.Context, t *Table, o VerifyOptions) (v Verification, err error) {
	for _, p := range s.openedParts() {
		if err := ctx.Err(); err != nil {
			return v, err
		}
		s.checkPart(p)
		v.Parts++
		v.Rows += len(p.ids)
	}
	if t != nil && o.Hash != nil {
		if err := v.hash(ctx, t, o); err != nil {
			return v, err
		}
	}
	if t != nil {
		v.Missing = s.Lost(t)
	}
	if t != nil && o.Features != nil {
		if err := s.recompute(ctx, t, o, &v); err != nil {
			return v, err
		}
	}
	v.Problems = s.Problems()
	return v, nil
}

func (v *Verification) hash(ctx context.Context, t *Table, o VerifyOptions) error {
	for _, r := range t.Records {
		if r.Key == (pixels.Key{}) {
			continue
		}
		k, err := o.Hash(ctx, r)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.Hashed++
		if err != nil || k != r.Key {
			v.Changed = append(v.Changed, r)
		}
	}
	return nil
}

// recompute compares a sample of the table's rows with new ones; photographs that are not what
// they were are left out.
func (s *Store) recompute(ctx context.Context, t *Table, o VerifyOptions, v *Verification) error {
	if o.Sample == 0 {
		o.Sample = 32
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-4
	}
	all := s.viewsOf(t)
	changed := map[string]bool{}
	for _, r := range v.Changed {
		changed[r.Path] = true
	}
	all = slices.DeleteFunc(all, func(c candidate) bool { return changed[c.record.Path] })
	random := rand.New(rand.NewPCG(o.Seed, 0))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	old, now := make([]float32, s.Dim()), make([]float32, s.Dim())
	for _, c := range all[:min(o.Sample, len(all))] {
		if err := s.Row(c.record.Key, c.view, old); err != nil {
			return err
		}
		if err := o.Features(ctx, *c.record, c.view, now); err != nil {
			return fmt.Errorf("compute %q again: %w", c.record.Path, err)
		}
		v.Recomputed++
		diff := difference(old, now)
		v.MaxDifference = max(v.MaxDifference, diff)
		if !(diff <= o.Tolerance) {
			v.Different = append(v.Different, ID{c.record.Key, int32(c.view)})
		}
	}
	return nil
}

// A candidate is a row that may be computed again.
type candidate struct {
	record *Record
	view   int
}

// viewsOf lists the rows that the table's records have, in its order.
func (s *Store) viewsOf(t *Table) (list []candidate) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range t.Records {
		r := &t.Records[i]
		if r.Error != "" {
			continue
		}
		for view := 0; ; view++ {
			if _, ok := s.index[ID{r.Key, int32(view)}]; !ok {
				break
			}
			list = append(list, candidate{r, view})
		}
	}
	return list
}

// difference is max |a−b| / max |a|: 0 for equal bits, infinite if either is not a number.
func difference(a, b []float32) float64 {
	most, scale := 0.0, 0.0
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			most = max(most, math.Abs(float64(a[i])-float64(b[i])))
		}
		scale = max(scale, math.Abs(float64(a[i])))
	}
	switch {
	case most == 0:
		return 0
	case scale == 0 || math.IsNaN(most):
		return math.Inf(1)
	}
	return most / scale
}
