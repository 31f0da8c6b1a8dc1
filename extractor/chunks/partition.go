package chunks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"graft/extractor/features"
	"graft/extractor/pixels"
)

// partition joins the records of a partition into its table, and its parts.
func (f *finishing) partition(ctx context.Context, i int, from *spill, again *MissingError) error {
	t := &features.Table{Root: f.plan.Root, Scanned: f.plan.Scanned}
	chunkOf, at := []int{}, map[string]int{}
	err := from.each(i, func(chunk int, r features.Record) error {
		if before, ok := at[r.Path]; ok {
			f.done.Listed++
			if b := t.Records[before]; b.Label != r.Label || b.Split != r.Split {
				return fmt.Errorf("%q has the label %q and split %q in one place of the data, %q and %q in another", r.Path, b.Label, b.Split, r.Label, r.Split)
			}
			return nil
		}
		at[r.Path] = len(t.Records)
		t.Records, chunkOf = append(t.Records, r), append(chunkOf, chunk)
		return nil
	})
	if err != nil {
		return fmt.Errorf("features %q: %w", f.store, err)
	}
	if err := f.remote.fetch(ctx, f.layout, i); err != nil {
		return err
	}
	dir := f.layout.Folder(f.store, i)
	if len(t.Records) == 0 && !features.IsDir(dir) {
		return nil
	}
	s, err := features.Open(dir, *f.made, features.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	removed, err := s.RemoveDoubles(ctx)
	if err != nil {
		return err
	}
	f.done.Removed += int64(removed)
	if _, err := s.Merge(ctx); err != nil {
		return err
	}
	lost := map[pixels.Key]bool{}
	for _, r := range s.Lost(t) {
		lost[r.Key] = true
	}
	for k := range t.Records {
		if lost[t.Records[k].Key] {
			again.add(chunkOf[k], fmt.Sprintf("the features of %q are lost", t.Records[k].Path))
		}
	}
	if len(lost) > 0 {
		return nil
	}
	if err := f.count(t, s); err != nil {
		return err
	}
	if err := f.putTable(dir, s, t); err != nil {
		return err
	}
	return f.remote.replace(ctx, f.layout, i)
}

// putTable writes the table, with the fingerprint of the parts that it was joined with.
func (f *finishing) putTable(dir string, s *features.Store, t *features.Table) error {
	parts, err := partsIn(dir)
	if err != nil {
		return err
	}
	f.done.Parts += len(parts)
	t.About = f.fingerprint(parts)
	return s.ReplaceTable(features.SamplesTable, t)
}

// A sampled photograph is one that will be read again.
type sampled struct {
	features.Record
	row []float32 // in the store
}

// count takes what a partition has into the sums, and draws the sample.
func (f *finishing) count(t *features.Table, s *features.Store) error {
	f.done.Images += int64(len(t.Records))
	f.done.Rows += int64(s.Len())
	for _, r := range t.Records {
		if r.Error != "" {
			if f.done.Without++; len(f.done.Failed) < maxFailed {
				f.done.Failed = append(f.done.Failed, r)
			}
			continue
		}
		at := len(f.sample)
		if f.seen++; at >= f.options.Sample {
			if at = f.random.IntN(f.seen); at >= len(f.sample) {
				continue
			}
		} else {
			f.sample = append(f.sample, sampled{})
		}
		f.sample[at] = sampled{r, make([]float32, s.Dim())}
		if err := s.Row(r.Key, 0, f.sample[at].row); err != nil {
			return err
		}
	}
	return nil
}

func partsIn(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if features.IsPart(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// joined reports whether a run before has joined everything, and nothing has come since.
func (f *finishing) joined() bool {
	for i := range f.layout.Partitions {
		dir := f.layout.Folder(f.store, i)
		table := filepath.Join(dir, features.SamplesTable)
		parts, err := partsIn(dir)
		if errors.Is(err, fs.ErrNotExist) && f.layout.Partitions > 1 {
			continue
		}
		about, err2 := features.ReadAbout(table)
		if err != nil || err2 != nil || about != f.fingerprint(parts) {
			return false
		}
	}
	return f.first() >= 0
}

// first is the number of the first partition that is there, −1 if none is.
func (f *finishing) first() int {
	for i := range f.layout.Partitions {
		if features.IsDir(f.layout.Folder(f.store, i)) {
			return i
		}
	}
	return -1
}

// recount counts what a run before has joined.
func (f *finishing) recount(ctx context.Context) error {
	for i := range f.layout.Partitions {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		dir := f.layout.Folder(f.store, i)
		if !features.IsDir(dir) {
			continue
		}
		s, err := features.OpenExisting(dir, features.Options{})
		if err != nil {
			return err
		}
		t, err := s.ReadTable(features.SamplesTable)
		if err == nil {
			err = f.count(t, s)
		}
		s.Close()
		if err != nil {
			return err
		}
		parts, _ := partsIn(dir)
		f.done.Parts += len(parts)
		meta := s.Meta()
		f.made = &meta
	}
	return nil
}
