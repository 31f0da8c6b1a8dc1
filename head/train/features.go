package train

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"graft/extractor"
	"graft/extractor/bucket"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/head/classify"
	"graft/onnx"
)

// A Source says where labelled features come from.
type Source struct {
	Path   string         // photographs, or a folder of features
	Ingest ingest.Options // how those of photographs are computed; of a folder, the taps that are wanted

	mirror *ingest.Mirror // of a store in a bucket
}

// fetch brings what describes a store in a bucket to the cache, all of one that is a folder, and
// names it there. A store on the disk stays where it is.
func (s *Source) fetch(ctx context.Context) (done func(), err error) {
	s.Path = bucket.Local(s.Path)
	if !bucket.IsURL(s.Path) {
		return func() {}, nil
	}
	if s.mirror, err = ingest.OpenMirror(ctx, s.Ingest.Cache, s.Path, s.Ingest.Progress); err != nil {
		return nil, err
	}
	s.Path = s.mirror.Dir
	return func() { s.mirror.Close() }, nil
}

// Features are labelled features, whether they were there or were just computed.
type Features struct {
	Name     string // as the person called them
	Meta     features.Meta
	Records  []features.Record
	Views    int               // augmented views of each image that are to be trained on
	Failed   []features.Record // images without features: they could not be read
	Lost     []features.Record // images whose features are damaged, not finite or gone
	Waiting  []features.Record // images that were not extracted yet
	Split    bool              // the data had no splits and was divided by a hash of the file names
	Progress *extractor.Progress

	notFinite int // of Lost: features that are not finite
	short     int // see NoteShort
	store     *features.Store
	data      *dataset.Dataset // of photographs, as they were scanned; nil of a folder
	table     *features.Table  // of a folder
	close     func() error
}

// Open opens a folder of features, or computes those of photographs first. With
// a head, not nil, they must be, or will be, of its Identity. Close closes them.
func Open(ctx context.Context, s Source, h *classify.Head) (*Features, error) {
	if s.Ingest.Progress == nil {
		s.Ingest.Progress = new(extractor.Progress)
	}
	if features.IsPartitioned(s.Path) {
		return nil, &PartitionedError{s.Path, "this needs all rows at once"}
	}
	if dir := ingest.FeaturesAt(s.Path, s.tap(h)); dir != "" {
		s.Path = dir
		return OpenFolder(s, h)
	}
	if h != nil {
		s.Ingest.Identity = &h.Identity
	} else {
		s.Ingest.Check = trainable
	}
	job, err := ingest.OpenFor(ctx, s.Path, s.Ingest)
	if err != nil {
		return nil, named(h, err)
	}
	result, err := job.Run(ctx, s.Path)
	if err != nil {
		job.Close()
		return nil, err
	}
	f := s.of(job, result, 0)
	f.close = job.Close
	return f, nil
}

// named puts the head's name before an error about its trunk.
func named(h *classify.Head, err error) error {
	if h == nil {
		return err
	}
	return classify.Missing(h.Path, err)
}

// tap is that of a head, or the one that is wanted.
func (s Source) tap(h *classify.Head) string {
	switch {
	case h != nil:
		return h.Identity.Tap
	case len(s.Ingest.Taps) > 0:
		return s.Ingest.Taps[0]
	}
	return onnx.Features
}

// of is what a job computed for one of its taps.
func (s Source) of(job *ingest.Job, r *ingest.Result, tap int) *Features {
	store := job.Store(tap)
	f := &Features{
		Name: s.Path, Meta: store.Meta(), Records: r.Records, Views: job.Views, Failed: r.Failed, Progress: s.Ingest.Progress,
		store: store, data: r.Data, close: func() error { return nil },
	}
	f.missing()
	return f
}

// OpenFolder is Open for a folder of features, which must hold one dataset. What
// its table promises and it does not hold is noted.
func OpenFolder(s Source, h *classify.Head) (*Features, error) {
	dir := s.Path
	if s.Ingest.Progress == nil {
		s.Ingest.Progress = new(extractor.Progress)
	}
	if features.IsPartitioned(dir) {
		return nil, &PartitionedError{dir, "this needs all rows at once"}
	}
	store, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		return nil, err
	}
	f := &Features{Name: dir, Meta: store.Meta(), Views: s.Ingest.Views, Progress: s.Ingest.Progress, store: store, close: store.Close}
	switch taps := s.Ingest.Taps; {
	case h != nil:
		f.Views = 0
		err = h.Fits(identityOf(f.Meta), fmt.Sprintf("the features %q", dir), f.Meta.Trunk.Name)
	case len(taps) > 0 && taps[0] != f.Meta.Trunk.Tap:
		err = fmt.Errorf("the features %q are of the tap %q, not %q", dir, f.Meta.Trunk.Tap, taps[0])
	}
	if err == nil {
		err = f.readTable()
	}
	if err != nil {
		store.Close()
		return nil, err
	}
	return f, nil
}

// identityOf is the Identity of features on disk.
func identityOf(m features.Meta) trunk.Identity {
	return trunk.Identity{Trunk: m.Trunk.SHA256, Tap: m.Trunk.Tap, Transform: m.Transform}
}

// readTable reads the one samples table of a folder.
func (f *Features) readTable() error {
	names, err := f.store.Tables()
	if err != nil {
		return err
	}
	if len(names) != 1 {
		return &DatasetsError{Folder: f.Name, N: len(names)}
	}
	if f.table, err = f.store.ReadTable(names[0]); err != nil {
		return err
	}
	f.Records = f.table.Records
	for _, r := range f.Records {
		if r.Error != "" {
			f.Failed = append(f.Failed, r)
		}
	}
	f.missing()
	return nil
}

// A DatasetsError says that a folder of features does not hold one dataset, so
// that it is not known which rows are meant.
type DatasetsError struct {
	Folder string
	N      int // datasets in it
}

// Error names the folder.
func (e *DatasetsError) Error() string {
	if e.N == 0 {
		return fmt.Sprintf("features %q hold rows of no dataset yet", e.Folder)
	}
	return fmt.Sprintf("features %q hold %d datasets", e.Folder, e.N)
}

// Hint is what to do.
func (e *DatasetsError) Hint() string {
	if e.N == 0 {
		return "if workers of a plan fill it, finish it first; else name the photographs, and their features are found by content"
	}
	return "name the photographs instead; their features are found by content"
}

// Identity is that of the features.
func (f *Features) Identity() trunk.Identity { return identityOf(f.Meta) }

// Root is where the photographs lie, or lay when the features were computed.
func (f *Features) Root() (string, error) {
	if f.table != nil {
		return f.table.Root, nil
	}
	return filepath.Abs(f.Name)
}

// Set is the rows of some splits, or of all if none is given; "" stands for
// images without a split.
func (f *Features) Set(splits ...string) (*features.Set, error) {
	return f.store.Set(&features.Table{Records: f.Records}, splits...)
}

// Close closes the features, and the data if it is an archive.
func (f *Features) Close() error { return f.close() }

// hasSplits reports whether any image belongs to a split.
func (f *Features) hasSplits() bool {
	return slices.ContainsFunc(f.Records, func(r features.Record) bool { return r.Split != "" })
}

// hasSplit reports whether any image belongs to a split of that name.
func (f *Features) hasSplit(name string) bool {
	return slices.ContainsFunc(f.Records, func(r features.Record) bool { return r.Split == name })
}

// splitByHash gives records without splits a stable one; see dataset.Split.
func (f *Features) splitByHash(val float64) error {
	var samples []dataset.Sample
	var at []int
	for i, r := range f.Records {
		if r.Label != "" || r.Error == "" { // folders that could not be entered have neither label nor split
			samples, at = append(samples, dataset.Sample{Path: r.Path, Label: r.Label}), append(at, i)
		}
	}
	samples, err := dataset.Split(samples, val)
	if err != nil {
		return err
	}
	for i, s := range samples {
		f.Records[at[i]].Split = s.Split
	}
	f.Split = true
	return nil
}
