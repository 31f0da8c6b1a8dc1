package chunks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"time"

	"graft/extractor"
	"graft/extractor/bucket"
	"graft/extractor/durable"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/plan"
)

// FinishOptions say what Finish checks beside what it joins.
type FinishOptions struct {
	Sample int    // photographs read again, chosen at random; 0 = none
	Seed   uint64 // of that choice
	Data   string // root of the data here; "" = where the plan found it

	// Ingest says which trunk computes the rows of that sample anew, to compare them, and on what:
	// of the options, Trunk, Cache, Device, Limits and JPEG count. Where the trunk that made them
	// is not found, and none is named, that is noted, and photographs are compared alone.
	Ingest ingest.Options

	Progress *extractor.Progress // nil: nobody looks

	beat time.Duration // of the lease in a bucket; 0: leaseBeat
}

// A Finished store is what Finish made.
type Finished struct {
	Images  int64             // in the tables
	Rows    int64             // of features
	Failed  []features.Record // the first of the images without features
	Without int64             // how many those are
	Double  []string          // chunks that were done more than once
	Removed int64             // rows that were there twice
	Listed  int64             // images that the data lists twice; they are in the tables once
	Parts   int               // files of rows
	Checked int               // photographs read again
	Again   int               // rows of them computed again
}

// maxFailed is how many images without features are kept; all are in the tables.
const maxFailed = 1000

// A MissingError says which chunks have not been done.
type MissingError struct {
	Store  string
	Chunks []string
	Of     int
	// Why says for some of them why they have to be done again, or which workers have begun them.
	Why map[string]string
}

// Error counts them.
func (e *MissingError) Error() string {
	return fmt.Sprintf("features %q: %d of %d chunks are missing", e.Store, len(e.Chunks), e.Of)
}

// ErrBusy is the error of Finish where another process is finishing the store.
var ErrBusy = errors.New("another process is finishing it")

// A ChangedError says which photographs of the sample are not what they were, or came out
// differently.
type ChangedError struct {
	Store string
	List  []string // path: what is wrong
}

// Error counts them.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("features %q: %d of the photographs that were checked are wrong, the first: %s", e.Store, len(e.List), e.List[0])
}

// Finish joins what workers have done of a plan: the records into the samples table of each
// partition, small parts into large ones, and rows that are there twice into one. If chunks are
// missing it changes nothing, and the error is a [*MissingError]. It may be run again at any time.
func Finish(ctx context.Context, store, planned string, o FinishOptions) (*Finished, error) {
	if o.Progress == nil {
		o.Progress = new(extractor.Progress)
	}
	planned, fetched, err := localPlan(ctx, bucket.Local(planned))
	if err != nil {
		return nil, err
	}
	defer fetched()
	p, err := plan.Read(planned)
	if err != nil {
		return nil, err
	}
	f := &finishing{name: bucket.Local(store), plan: p, options: o, layout: features.Layout{Partitions: p.Partitions}, done: new(Finished), random: rand.New(rand.NewPCG(o.Seed, 0))}
	if f.remote, err = openRemote(f.name); err != nil {
		return nil, err
	}
	defer f.remote.Close()
	ctx, unlock, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := f.find(ctx); err != nil {
		return nil, err
	}
	if err := f.remote.describe(ctx, f.layout); err != nil {
		return nil, err
	}
	if err := f.layout.Create(f.store); err != nil {
		return nil, err
	}
	if err := f.join(ctx); err != nil {
		return nil, err
	}
	return f.done, f.check(ctx)
}

// open locks the store and brings its records to the disk. The context ends if the lock is lost.
func (f *finishing) open(ctx context.Context) (_ context.Context, unlock func(), err error) {
	if f.remote == nil {
		f.store = f.name
		if _, err := features.ReadLayout(f.store); errors.Is(err, fs.ErrNotExist) {
			return ctx, func() {}, nil // no worker has made it: all chunks are missing
		}
		if unlock, err = lock(f.store); err == nil {
			err = tidy(f.store)
		}
	} else {
		f.store = f.remote.dir
		var l *lease
		if ctx, l, err = f.remote.take(ctx, f.options.beat, f.options.Progress); err == nil {
			unlock = func() { l.giveBack(ctx) }
			err = f.remote.records(ctx, "")
		}
	}
	if err != nil && unlock != nil {
		unlock()
	}
	return ctx, unlock, err
}

// lock keeps other finishers away. Where there are no locks they are harmless, and both go on.
func lock(store string) (unlock func(), err error) {
	dir := filepath.Join(store, recordsFolder)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("features %q: %w", store, err)
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("features %q: %w", store, err)
	}
	held, err := durable.TryLock(f, durable.Exclusive)
	if err == nil && !held {
		err = ErrBusy
	}
	if err != nil && !errors.Is(err, durable.ErrNoLocks) {
		f.Close()
		return nil, fmt.Errorf("features %q: %w", store, err)
	}
	return func() { f.Close() }, nil
}

// finishing is one run of Finish.
type finishing struct {
	store   string // on the disk
	name    string // as it was named
	remote  *remote
	plan    *plan.Plan
	layout  features.Layout
	options FinishOptions
	done    *Finished
	random  *rand.Rand

	records [][]found      // of each chunk, whole ones
	made    *features.Meta // of the records
	sample  []sampled
	seen    int // images that the sample was drawn from
}

// find finds the records of every chunk.
func (f *finishing) find(ctx context.Context) error {
	all, err := findRecords(f.store, "")
	if err != nil {
		return err
	}
	byDigest := map[string][]found{}
	for _, r := range whole(all) {
		byDigest[r.digest] = append(byDigest[r.digest], r)
	}
	f.records = make([][]found, f.plan.Chunks())
	attempts, err := findAttempts(f.store, "")
	if err != nil {
		return err
	}
	missing := &MissingError{Store: f.name, Of: f.plan.Chunks(), Why: map[string]string{}}
	for i, digest := range f.plan.Digests {
		f.records[i] = byDigest[digest]
		switch len(f.records[i]) {
		case 0:
			missing.Chunks = append(missing.Chunks, plan.Name(i))
			if list := attempts[digest]; list != nil {
				missing.Why[plan.Name(i)] = died(list)
			}
		case 1:
		default:
			f.done.Double = append(f.done.Double, plan.Name(i))
		}
	}
	if missing.Chunks != nil {
		return missing
	}
	return f.forgetAttempts(ctx, attempts)
}

// forgetAttempts removes what workers have left who died at chunks that others have done.
func (f *finishing) forgetAttempts(ctx context.Context, attempts map[string][]Attempt) error {
	for _, list := range attempts {
		for _, a := range list {
			os.Remove(filepath.Join(f.store, recordsFolder, a.name))
			if f.remote == nil {
				continue
			}
			if err := f.remote.bucket.Delete(ctx, path.Join(recordsFolder, a.name)); err != nil {
				return err
			}
		}
	}
	return nil
}
