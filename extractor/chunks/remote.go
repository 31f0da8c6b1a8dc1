package chunks

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"graft/extractor/bucket"
	"graft/extractor/features"
)

// remote is a store in a bucket, and the folder on the disk where what is in hand of it lies: the
// same files under the same names. A nil remote is a store on the disk.
type remote struct {
	bucket  *bucket.Bucket
	scratch *scratch
	dir     string          // in scratch
	joined  map[string]bool // parts of the partition in hand that were fetched

	published sync.Map // names of what describes the store and its partitions
}

// openRemote opens the store at a URL; of another path it returns nil.
func openRemote(store string) (*remote, error) {
	if !bucket.IsURL(store) {
		return nil, nil
	}
	b, err := bucket.Open(store)
	if err != nil {
		return nil, err
	}
	s, err := newScratch()
	if err != nil {
		b.Close()
		return nil, err
	}
	r := &remote{bucket: b, scratch: s, dir: filepath.Join(s.dir, "store")} // a store has a lock of its own
	if err := os.Mkdir(r.dir, 0o777); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close ends it and removes the folder.
func (r *remote) Close() error {
	if r == nil {
		return nil
	}
	return errors.Join(r.scratch.Close(), r.bucket.Close())
}

// describe fetches what says how the store is made, if it is there.
func (r *remote) describe(ctx context.Context, l features.Layout) error {
	if r == nil {
		return nil
	}
	for _, name := range r.described(l) {
		file := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		if err := r.bucket.Get(ctx, name, file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// described are the files that say how a store is made.
func (r *remote) described(l features.Layout) []string {
	if l.Partitions == 1 {
		return []string{"graft.json"}
	}
	first, _ := filepath.Rel(r.dir, l.Folder(r.dir, 0))
	return []string{"partitions.json", path.Join(filepath.ToSlash(first), "graft.json")}
}

// records fetches the records whose names begin so.
func (r *remote) records(ctx context.Context, prefix string) error {
	if r == nil {
		return nil
	}
	return r.bucket.Mirror(ctx, recordsFolder+"/", filepath.Join(r.dir, recordsFolder), func(name string) bool {
		return strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, ".")
	})
}

// publish puts what a worker has written of a chunk: parts first, some at once, the record last.
// Parts are not kept on the disk.
func (r *remote) publish(ctx context.Context, l features.Layout, about About, record string) error {
	for _, name := range r.described(l) {
		if err := r.once(ctx, name); err != nil {
			return err
		}
	}
	const atOnce = 16
	g, all := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, name := range about.Parts {
		g.Go(func() error { return r.putPart(all, name) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return r.bucket.PutNew(ctx, record, path.Join(recordsFolder, filepath.Base(record)))
}

// putPart puts a part, with what describes its partition before it.
func (r *remote) putPart(ctx context.Context, name string) error {
	file := filepath.Join(r.dir, filepath.FromSlash(name))
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil // of a worker that was stopped: it has put it
	}
	if err := r.once(ctx, path.Join(path.Dir(name), "graft.json")); err != nil {
		return err
	}
	if err := r.bucket.PutNew(ctx, file, name); err != nil {
		return err
	}
	return os.Remove(file)
}

// once puts a file that is the same whoever makes it, unless that has been done.
func (r *remote) once(ctx context.Context, name string) error {
	if _, done := r.published.Load(name); done {
		return nil
	}
	err := r.bucket.Publish(ctx, filepath.Join(r.dir, filepath.FromSlash(name)), name)
	if err == nil {
		r.published.Store(name, true)
	}
	return err
}

// url is where a file of the store lies, or its path on the disk.
func (r *remote) url(file string) string {
	if r == nil {
		return file
	}
	name, err := filepath.Rel(r.dir, file)
	if err != nil {
		return file
	}
	return bucket.Join(r.bucket.URL, filepath.ToSlash(name))
}

// prefix is that of the objects of a partition.
func (r *remote) prefix(l features.Layout, i int) string {
	if l.Partitions == 1 {
		return ""
	}
	name, _ := filepath.Rel(r.dir, l.Folder(r.dir, i))
	return filepath.ToSlash(name) + "/"
}

// fetch brings a partition to the disk.
func (r *remote) fetch(ctx context.Context, l features.Layout, i int) error {
	if r == nil {
		return nil
	}
	dir := l.Folder(r.dir, i)
	if err := r.bucket.Mirror(ctx, r.prefix(l, i), dir, ofStore); err != nil {
		return err
	}
	parts, err := partsIn(dir)
	if err != nil {
		return err
	}
	r.joined = map[string]bool{}
	for _, name := range parts {
		r.joined[name] = true
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) == 0 {
		return os.Remove(dir)
	}
	return nil
}

// ofStore reports whether an object is part of a folder of features.
func ofStore(name string) bool {
	return features.IsPart(name) || name == "graft.json" || name == features.SamplesTable
}

// replace puts what has been made of a partition, and then removes the parts that it replaces: at no
// moment is a row not there, and no part goes that was not joined. The partition is removed from the
// disk.
func (r *remote) replace(ctx context.Context, l features.Layout, i int) error {
	if r == nil {
		return nil
	}
	prefix, dir := r.prefix(l, i), l.Folder(r.dir, i)
	parts, err := partsIn(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range parts {
		if r.joined[name] {
			delete(r.joined, name)
		} else if err := r.bucket.PutNew(ctx, filepath.Join(dir, name), prefix+name); err != nil {
			return err
		}
	}
	if err := r.bucket.Publish(ctx, filepath.Join(dir, "graft.json"), prefix+"graft.json"); err != nil {
		return err
	}
	if err := r.bucket.Put(ctx, filepath.Join(dir, features.SamplesTable), prefix+features.SamplesTable); err != nil {
		return err
	}
	for name := range r.joined {
		if err := r.bucket.Delete(ctx, prefix+name); err != nil {
			return err
		}
	}
	return r.forget(l, i)
}

// forget removes a partition from the disk.
func (r *remote) forget(l features.Layout, i int) error {
	if r == nil {
		return nil
	}
	dir := l.Folder(r.dir, i)
	parts, err := partsIn(dir)
	if err != nil {
		return err
	}
	for _, name := range append(parts, features.SamplesTable) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// localPlan is the folder of a plan on the disk: a plan in a bucket is fetched, its description
// alone or one chunk with it. What is removed by done was fetched.
func localPlan(ctx context.Context, dir string) (local string, done func(), err error) {
	if !bucket.IsURL(dir) {
		return dir, func() {}, nil
	}
	b, err := bucket.Open(dir)
	if err != nil {
		return "", nil, err
	}
	defer b.Close()
	if local, err = os.MkdirTemp("", "graft-plan-"); err != nil {
		return "", nil, err
	}
	if err := b.Get(ctx, "plan.json", filepath.Join(local, "plan.json")); err != nil {
		os.RemoveAll(local)
		return "", nil, err
	}
	return local, func() { os.RemoveAll(local) }, nil
}
