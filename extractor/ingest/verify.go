package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
)

// VerifySettings say how much Verify computes again.
type VerifySettings struct {
	Sample int    // rows computed again, chosen at random; 0 means none
	Seed   uint64 // of that choice
}

// A Verification is what Verify found in the folder of one tap.
type Verification struct {
	features.Verification
	Dir  string
	Seed uint64
	// Since the scan: photographs that are new, gone, or of another size or time.
	// A new run would find them; they are no damage.
	New, Gone, Modified int
	// TableError is what is wrong with the samples table, nil if nothing is; the
	// rows were checked all the same.
	TableError error

	paths map[pixels.Key]string
}

// PathOf names the photograph of a row, as far as the table knows it.
func (v *Verification) PathOf(key pixels.Key) string {
	if p, ok := v.paths[key]; ok {
		return p
	}
	return fmt.Sprintf("%x", key[:8])
}

// Wrong is how many things are wrong, the table not counted.
func (v *Verification) Wrong() int {
	return len(v.Problems) + len(v.Changed) + len(v.Missing) + len(v.Different)
}

// Err says how much is wrong: a [*VerifyError], or what is wrong with the table;
// nil if nothing is.
func (v *Verification) Err() error {
	if v.Wrong() == 0 {
		return v.TableError
	}
	return &VerifyError{v}
}

// A VerifyError says that a folder of features is not what it should be.
type VerifyError struct{ *Verification }

// Error counts what is wrong.
func (e *VerifyError) Error() string {
	if e.TableError != nil {
		return fmt.Sprintf("%v; %d other problems", e.TableError, e.Wrong())
	}
	return fmt.Sprintf("features %q: %d problems", e.Dir, e.Wrong())
}

// Unwrap gives what is wrong with the table.
func (e *VerifyError) Unwrap() error { return e.TableError }

// An UnknownDataError says that a folder of features does not hold a dataset.
type UnknownDataError struct{ Dir, Data string }

// Error names both.
func (e *UnknownDataError) Error() string {
	return fmt.Sprintf("features %q do not hold %q", e.Dir, e.Data)
}

// Verify compares the folders of features with the photographs at path and
// changes nothing: it reads every photograph and every row again and compares
// hashes and checksums, and computes a random sample of rows anew. It computes
// nothing that is missing. What was found wrong is in the Verifications, one a
// tap; the error says why some could not be made.
func Verify(ctx context.Context, path string, o Options, s VerifySettings) ([]*Verification, error) {
	taps := o.taps()
	for _, tap := range taps {
		if o.Folder == "" {
			break
		}
		if at := folderOf(o.Folder, tap, len(taps)); !features.IsDir(at) {
			return nil, fmt.Errorf("verify: %q is no folder of features", at)
		}
	}
	j, err := OpenFor(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	if err := j.scan(ctx, path); err != nil {
		return nil, err
	}
	for _, u := range j.data.Unread {
		j.options.Progress.Note("%s: %v", u.Path, u)
	}
	var list []*Verification
	var errs []error
	for i, store := range j.stores {
		v := &verifying{Job: j, tap: i, store: store, settings: s}
		switch found, err := v.check(ctx, path); {
		case ctx.Err() != nil:
			return list, context.Cause(ctx)
		case err != nil:
			errs = append(errs, err)
		default:
			list = append(list, found)
		}
	}
	return list, errors.Join(errs...)
}

// A verifying is the verification of one tap's folder under way.
type verifying struct {
	*Job
	tap      int
	store    *features.Store
	settings VerifySettings
	samples  map[string]dataset.Sample
	same     *features.Table // photographs whose size and time are those of the scan
}

func (v *verifying) check(ctx context.Context, path string) (*Verification, error) {
	table, damaged := v.store.ReadTable(v.tableName())
	if errors.Is(damaged, fs.ErrNotExist) {
		return nil, &UnknownDataError{v.store.Dir(), path}
	}
	found := &Verification{Dir: v.store.Dir(), Seed: v.settings.Seed, TableError: damaged, paths: map[pixels.Key]string{}}
	v.compare(table, found)
	err := v.run(ctx, found)
	return found, err
}

// compare looks for the photographs of a table among those that are there now.
func (v *verifying) compare(t *features.Table, found *Verification) {
	v.same, v.samples = &features.Table{}, map[string]dataset.Sample{}
	for _, sample := range v.data.Samples {
		v.samples[sample.Path] = sample
	}
	if t == nil {
		return
	}
	found.New = len(v.data.Samples)
	for _, r := range t.Records {
		sample, ok := v.samples[r.Path]
		if !ok && slices.ContainsFunc(v.data.Unread, func(u dataset.Unread) bool { return u.Path == r.Path }) {
			continue
		}
		if !ok {
			found.Gone++
			continue
		}
		found.New--
		if r.Same(sample.Bytes, sample.ModTime) {
			v.same.Records = append(v.same.Records, r)
			if _, ok := found.paths[r.Key]; !ok {
				found.paths[r.Key] = r.Path
			}
		} else {
			found.Modified++
		}
	}
}

func (v *verifying) run(ctx context.Context, found *Verification) (err error) {
	o := features.VerifyOptions{Hash: v.hash, Sample: v.settings.Sample, Seed: v.settings.Seed}
	total := len(v.same.Records)
	if o.Sample > 0 && v.store.Len() > 0 {
		again, err := v.extractor(nil).Recomputer(ctx)
		if err != nil {
			return err
		}
		defer again.Close()
		total += o.Sample
		o.Features = func(ctx context.Context, r features.Record, view int, dst []float32) error {
			return v.recompute(ctx, again, r, view, dst)
		}
	}
	v.options.Progress.Begin("verify", total)
	found.Verification, err = v.store.Verify(ctx, v.same, o)
	return err
}

func (v *verifying) hash(_ context.Context, r features.Record) (pixels.Key, error) {
	defer v.options.Progress.Done.Add(1)
	file, err := v.data.Read(v.samples[r.Path], nil)
	return pixels.KeyOf(file), err
}

// recompute computes a row anew.
func (v *verifying) recompute(ctx context.Context, again *extractor.Recomputer, r features.Record, view int, dst []float32) error {
	defer v.options.Progress.Done.Add(1)
	file, err := v.data.Read(v.samples[r.Path], nil)
	if err != nil {
		return err
	}
	rows := make([][]float32, len(v.Taps))
	rows[v.tap] = dst
	return again.Row(ctx, file, r.Key, view, rows...)
}
