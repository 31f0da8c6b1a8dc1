package ingest

import (
	"context"
	"errors"
	"io/fs"
	"runtime/debug"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// A Job fills folders of features, one a tap, with those of a dataset.
type Job struct {
	*Recipe
	// Observer, if not nil, computes more from the crops that are computed
	// anyway. It is set before Run.
	Observer Observer
	// Order, if not nil, gives the numbers of n samples in the order in which they
	// are computed; Done, if not nil, is told of each sample when its features are
	// in the folders, or it is known why there are none. They are set before Run.
	Order func(n int) []int
	Done  func(i int, r features.Record) error

	stores stores
	data   *dataset.Dataset
}

// Open finds the trunk and opens the folders of features; Close closes them.
// What people should know of trunk and device is noted in the progress.
func Open(o Options) (*Job, error) {
	r, err := o.Recipe()
	if err != nil {
		return nil, err
	}
	j := &Job{Recipe: r}
	if err := j.openStores(); err != nil {
		return nil, err
	}
	return j, nil
}

// openStores opens a folder for each tap.
func (j *Job) openStores() error {
	metas, err := j.Metas()
	if err != nil {
		return err
	}
	sealing := j.options.sealing
	sealing.AnyViews = j.Views == 0
	j.stores, err = openStores(j.options.Cache, j.options.Folder, metas, sealing)
	return err
}

// metaOf is all that decides about the bits of a trunk's features: the cache's
// key.
func metaOf(t *trunk.File, id trunk.Identity, dim int, d trunk.Device) features.Meta {
	return features.Meta{
		Version:   features.Version,
		Trunk:     features.Trunk{Name: t.Name, SHA256: t.SHA256, Tap: id.Tap, Dim: dim, Trained: t.Trained},
		Transform: id.Transform,
		Runtime:   features.Runtime(d.Recorded),
	}
}

// Store is the folder of a tap, by its number in Taps.
func (j *Job) Store(tap int) *features.Store { return j.stores[tap] }

// Close closes the folders, and the data if it is an archive.
func (j *Job) Close() error {
	err := j.stores.Close()
	if j.data != nil {
		err = errors.Join(err, j.data.Close())
	}
	return err
}

// scan looks what there is at path, and keeps it open.
func (j *Job) scan(ctx context.Context, path string) (err error) {
	if j.data != nil {
		j.data.Close()
	}
	if j.data, err = dataset.Scan(ctx, path, j.options.Data); err != nil {
		return err
	}
	for _, note := range j.data.Notes {
		j.options.Progress.Note("%s", note)
	}
	if j.options.Check != nil {
		return j.options.Check(j.data)
	}
	return nil
}

// tableName is that of the data's samples table in every folder.
func (j *Job) tableName() string {
	if j.options.Folder != "" {
		return features.SamplesTable
	}
	return features.TableName(j.data.Root) // the cache's folder holds many datasets
}

// Run scans the data at path, computes what is missing, and rewrites the
// samples tables. What was finished is kept whatever happens; images that
// cannot be read are no error, see [Result].
func (j *Job) Run(ctx context.Context, path string) (*Result, error) {
	defer j.collecting()()
	if err := j.scan(ctx, path); err != nil {
		return nil, err
	}
	return j.compute(ctx)
}

// RunOn is [Job.Run] for a dataset that was scanned already, and that stays its
// owner's.
func (j *Job) RunOn(ctx context.Context, d *dataset.Dataset) (*Result, error) {
	defer j.collecting()()
	j.data = d
	defer func() { j.data = nil }()
	return j.compute(ctx)
}

// collecting sets how much garbage may lie about, until it is called.
func (j *Job) collecting() (end func()) {
	if j.options.GCPercent == 0 {
		return func() {}
	}
	before := debug.SetGCPercent(j.options.GCPercent)
	return func() { debug.SetGCPercent(before) }
}

// compute is Run after the scan.
func (j *Job) compute(ctx context.Context) (*Result, error) {
	name, progress := j.tableName(), j.options.Progress
	known := j.readTables(name)
	part, at := j.ordered(j.options.Shard.Of(j.data))
	if j.options.Shard.Parts > 0 {
		progress.Note("shard %v: %d of %d images", j.options.Shard, len(part.Samples), len(j.data.Samples))
	}
	records := recordsOf(j.data)
	progress.Begin("extract", len(part.Samples))
	err := j.extractor(known).Each(ctx, part, func(i int, o extractor.Outcome, computed []extractor.Features) error {
		setOutcome(&records[at(i)], o)
		for _, f := range computed {
			if err := j.keep(o.Key, f); err != nil {
				return err
			}
		}
		if j.Done != nil {
			return j.Done(at(i), records[at(i)])
		}
		return nil
	})
	table := &features.Table{Root: j.data.Root, Scanned: j.data.Scanned, Records: records}
	if err := errors.Join(err, j.stores.finish(name, table)); err != nil {
		return nil, err
	}
	if err := j.stores.merge(ctx); err != nil {
		return nil, err
	}
	return j.result(name, len(part.Samples)+len(j.data.Unread), records), nil
}

// ordered puts samples into the order that is wanted.
func (j *Job) ordered(part *dataset.Dataset, at func(int) int) (*dataset.Dataset, func(int) int) {
	if j.Order == nil {
		return part, at
	}
	order := j.Order(len(part.Samples))
	samples := make([]dataset.Sample, len(order))
	for k, i := range order {
		samples[k] = part.Samples[i]
	}
	return part.Part(samples), func(k int) int { return at(order[k]) }
}

// keep takes what was computed for a view of a photograph.
func (j *Job) keep(key pixels.Key, f extractor.Features) error {
	if err := j.stores.append(key, f); err != nil || j.Observer == nil {
		return err
	}
	return j.Observer.Keep(key, f)
}

// extractor puts the parts together. The session is opened when the first
// image needs it, and closed by the run that opened it.
func (j *Job) extractor(known []*features.Table) *extractor.Extractor {
	e := j.Recipe.Extractor()
	e.Open = func(ctx context.Context) (extractor.Trunk, error) {
		t, err := j.OpenTrunk(ctx)
		if err != nil || j.Observer == nil {
			return t, err
		}
		return j.Observer.Watch(t), nil
	}
	e.Seed, e.Store = j.stores[0].Meta().ViewsSeed, there{j, known}
	return e
}

// readTables reads the tables of the last scan, nil where there is none. A
// damaged one costs reading the photographs again, no more.
func (j *Job) readTables(name string) []*features.Table {
	tables := make([]*features.Table, len(j.stores))
	for i, store := range j.stores {
		var err error
		tables[i], err = store.ReadTable(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			j.options.Progress.Note("%v", err)
		}
	}
	return tables
}

// there is what a run need not compute: extractor.Store.
type there struct {
	job   *Job
	known []*features.Table
}

var _ extractor.Store = there{}

// Lookup finds an unchanged file in a table of the last scan. One of a kind that
// was not known then is read once more.
func (t there) Lookup(s dataset.Sample) (extractor.Outcome, bool) {
	for _, table := range t.known {
		r, ok := table.Lookup(t.job.data.Root, s.Path, s.Bytes, s.ModTime)
		if !ok || t.job.options.Headers && r.Error == "" && !r.HasHeader() || pixels.MayReadLater(r.Error) {
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
func (t there) Has(key pixels.Key, view int) bool { return t.job.stores.has(key, view) }
