package chunks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"graft/extractor/features"
	"graft/extractor/plan"
)

// read reads the record of a chunk: of several that are sound the one with the fewest images without
// features, since a disk or a network may have failed one of the workers. One of other features than
// the first chunk's is an error.
func (f *finishing) read(i int) (best *features.Table, err error) {
	least := 0
	for _, r := range f.records[i] {
		t, about, damaged := readRecord(r.path)
		if damaged != nil {
			err = damaged
			continue
		}
		if f.made == nil {
			f.made = &about.Made
		}
		if diff := f.made.Difference(about.Made); diff != "" {
			return nil, &features.DifferentError{Dir: f.name, Difference: fmt.Sprintf("%s, in the record %s", diff, filepath.Base(r.path))}
		}
		if best == nil || about.Failed < least {
			best, least = t, about.Failed
		}
	}
	if best == nil {
		return nil, err
	}
	return best, nil
}

// fingerprint is what a partition's table says of the plan and the parts that it was joined with:
// a partition that has both need not be joined again.
func (f *finishing) fingerprint(parts []string) string {
	sum := sha256.New()
	json.NewEncoder(sum).Encode([]any{f.plan.Digests, f.plan.Root, f.plan.Scanned, parts})
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// join spills the records by partition, and joins partition after partition.
func (f *finishing) join(ctx context.Context) error {
	if f.remote == nil && f.joined() {
		return f.recount(ctx)
	}
	spilled, err := newSpill(f.store, f.layout.Partitions)
	if err != nil {
		return err
	}
	defer spilled.drop()
	f.options.Progress.Begin("join", f.plan.Chunks()+f.layout.Partitions)
	again := &MissingError{Store: f.name, Of: f.plan.Chunks(), Why: map[string]string{}}
	for i := range f.plan.Chunks() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		t, err := f.read(i)
		var different *features.DifferentError
		if errors.As(err, &different) {
			return err
		}
		if err != nil {
			again.add(i, err.Error())
			continue
		}
		for k := range t.Records {
			if err := spilled.add(f.layout.OfSample(&t.Records[k]), i, &t.Records[k]); err != nil {
				return fmt.Errorf("features %q: %w", f.store, err)
			}
		}
		f.options.Progress.Advance(1)
	}
	if len(again.Chunks) > 0 {
		return f.redo(ctx, again)
	}
	for i := range f.layout.Partitions {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := f.partition(ctx, i, spilled, again); err != nil {
			return err
		}
		f.options.Progress.Advance(1)
	}
	if len(again.Chunks) > 0 {
		return f.redo(ctx, again)
	}
	return nil
}

// add notes that a chunk has to be done again.
func (e *MissingError) add(i int, why string) {
	name := plan.Name(i)
	if _, ok := e.Why[name]; ok {
		return
	}
	e.Why[name], e.Chunks = why+"; it has to be done again", append(e.Chunks, name)
}

// redo removes the records of chunks that are damaged, or whose rows are lost, so that they are
// done again.
func (f *finishing) redo(ctx context.Context, e *MissingError) error {
	for i, records := range f.records {
		if _, ok := e.Why[plan.Name(i)]; !ok {
			continue
		}
		for _, r := range records {
			if err := os.Remove(r.path); err != nil {
				return err
			}
			if f.remote == nil {
				continue
			}
			if err := f.remote.bucket.Delete(ctx, recordsFolder+"/"+filepath.Base(r.path)); err != nil {
				return err
			}
		}
	}
	return e
}
