package train

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/ingest"
)

// A PartitionedError says that something needs all rows at once, which a store of partitions does
// not give.
type PartitionedError struct{ Store, What string }

// Error names the store.
func (e *PartitionedError) Error() string {
	return fmt.Sprintf("the features %q are partitioned: they are read partition after partition, and %s", e.Store, e.What)
}

// partitioned is a store of many partitions, of which one after the other is looked at. What is
// kept of each is counts.
type partitioned struct {
	mirror   *ingest.Mirror // of a store in a bucket; nil: it is on the disk
	dir      string
	layout   features.Layout
	meta     features.Meta
	progress *extractor.Progress
	val      float64 // share of val where the data has no splits; 0: none

	images   Images
	hasSplit map[string]bool // splits that occur, "" too
	labels   map[string]int  // rows of each label in the split that was looked through
	begins   []int           // of each partition's rows of that split, and their number
	sum      hash.Hash       // of keys and labels
}

// openPartitioned reads what made the features.
func openPartitioned(ctx context.Context, s Source) (*partitioned, error) {
	layout, err := features.ReadLayout(s.Path)
	if err != nil {
		return nil, err
	}
	p := &partitioned{dir: s.Path, layout: layout, progress: s.Ingest.Progress, mirror: s.mirror}
	if p.progress == nil {
		p.progress = new(extractor.Progress)
	}
	found := false
	for i := range layout.Partitions {
		dir := layout.Folder(s.Path, i)
		if found {
			break
		}
		if err := p.fetch(ctx, i); err != nil {
			return nil, err
		}
		if !features.IsDir(dir) {
			continue
		}
		store, err := features.OpenExisting(dir, features.Options{})
		if err != nil {
			return nil, err
		}
		p.meta, found = store.Meta(), true
		store.Close()
	}
	if !found {
		return nil, fmt.Errorf("the features %q have no partition yet", s.Path)
	}
	if taps := s.Ingest.Taps; len(taps) > 0 && taps[0] != p.meta.Trunk.Tap {
		return nil, fmt.Errorf("the features %q are of the tap %q, not %q", s.Path, p.meta.Trunk.Tap, taps[0])
	}
	return p, nil
}

// fetch brings a partition of a bucket to the disk, once.
func (p *partitioned) fetch(ctx context.Context, i int) error {
	if p.mirror == nil {
		return nil
	}
	return p.mirror.Partition(ctx, p.layout, i)
}

// A partition is one that is open: its labelled rows of a split, sorted by key.
type partition struct {
	*features.Set
	store *features.Store
}

// open opens partition i with the rows of a split; nil if it has none. Of the images without features
// counts are kept if tally is set.
func (p *partitioned) open(ctx context.Context, i int, split string, tally bool) (*partition, error) {
	if err := p.fetch(ctx, i); err != nil {
		return nil, err
	}
	dir := p.layout.Folder(p.dir, i)
	if !features.IsDir(dir) {
		return nil, nil
	}
	store, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		return nil, err
	}
	set, err := p.set(store, split, tally)
	if err != nil {
		store.Close()
		return nil, err
	}
	return &partition{set, store}, nil
}

func (p *partitioned) set(store *features.Store, split string, tally bool) (*features.Set, error) {
	table, err := store.ReadTable(features.SamplesTable)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the features %q are not finished: the partition %q has no samples table", p.dir, store.Dir())
	}
	if err != nil {
		return nil, err
	}
	if diff := p.meta.Difference(store.Meta()); diff != "" {
		return nil, fmt.Errorf("the features %q: the partition %q was made differently: %s", p.dir, store.Dir(), diff)
	}
	p.side(table.Records)
	slices.SortStableFunc(table.Records, func(a, b features.Record) int {
		return cmp.Or(bytes.Compare(a.Key[:], b.Key[:]), cmp.Compare(a.Path, b.Path))
	})
	if tally {
		p.tally(store, table)
	}
	return store.Set(table, split)
}

// side gives records their side, where the data has no splits and a share is kept.
func (p *partitioned) side(records []features.Record) {
	if p.val == 0 {
		return
	}
	for i := range records {
		r := &records[i]
		r.Split = dataset.SideOf(dataset.Sample{Path: r.Path, Label: r.Label}, p.val)
	}
}

// tally counts what a partition has, and says what it has lost.
func (p *partitioned) tally(store *features.Store, t *features.Table) {
	f := &Features{Name: p.dir, Records: t.Records, Progress: p.progress, store: store}
	for _, r := range t.Records {
		p.hasSplit[r.Split] = true
		if r.Error != "" {
			f.Failed = append(f.Failed, r)
		}
	}
	f.missing()
	i := f.Images()
	p.images.Total += i.Total
	p.images.Failed += i.Failed
	p.images.Lost += i.Lost
	p.images.NotFinite += i.NotFinite
	p.images.Waiting += i.Waiting
}

// splits looks which there are, without reading any rows.
func (p *partitioned) splits(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	for i := range p.layout.Partitions {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := p.fetch(ctx, i); err != nil {
			return nil, err
		}
		dir := p.layout.Folder(p.dir, i)
		if !features.IsDir(dir) {
			continue
		}
		t, err := features.ReadTableFile(filepath.Join(dir, features.SamplesTable))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the features %q are not finished: the partition %q has no samples table", p.dir, dir)
		}
		if err != nil {
			return nil, err
		}
		for _, r := range t.Records {
			found[r.Split] = true
		}
		if found["train"] && found["val"] {
			return found, nil // these are all that anybody asks for first
		}
	}
	return found, nil
}

// look goes through all partitions once: it counts the rows of a split, and takes their fingerprint.
func (p *partitioned) look(ctx context.Context, split string) error {
	p.images, p.hasSplit, p.labels, p.sum = Images{}, map[string]bool{}, map[string]int{}, sha256.New()
	p.begins = make([]int, 1, p.layout.Partitions+1)
	p.progress.Begin("look", p.layout.Partitions)
	for i := range p.layout.Partitions {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := p.lookInto(ctx, i, split)
		if err != nil {
			return err
		}
		p.begins = append(p.begins, p.begins[i]+n)
		p.progress.Advance(1)
	}
	if p.begins[p.layout.Partitions] == 0 {
		return fmt.Errorf("%s has no images%s that could be read", p.dir, inSplit(split))
	}
	return nil
}

func (p *partitioned) lookInto(ctx context.Context, i int, split string) (rows int, err error) {
	part, err := p.open(ctx, i, split, true)
	if part == nil || err != nil {
		return 0, err
	}
	defer part.store.Close()
	for _, r := range part.Records {
		if r.Label == "" {
			return 0, &DataError{fmt.Sprintf("%q has no label", r.Path), adviceFolders}
		}
		p.labels[r.Label]++
		p.sum.Write(r.Key[:])
		fmt.Fprintf(p.sum, "%q", r.Label)
	}
	return part.Len(), nil
}

// classes are the labels that were found, sorted by bytes.
func (p *partitioned) classes() []string { return slices.Sorted(maps.Keys(p.labels)) }

// fingerprint is the SHA-256 of the keys and labels of all rows, in their order.
func (p *partitioned) fingerprint() string { return hex.EncodeToString(p.sum.Sum(nil)) }
