package bucket

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Mirror makes a folder on the disk hold the objects right below a prefix (with its slash, or ""),
// and no other files of theirs: what is there with the same size and time is not fetched again.
// With want, only objects that it takes are. Objects that come or go meanwhile have it look again.
func (b *Bucket) Mirror(ctx context.Context, prefix, dir string, want func(name string) bool) error {
	const looks = 5
	for i := 1; ; i++ {
		err := b.mirror(ctx, prefix, dir, want)
		if i == looks || !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
}

func (b *Bucket) mirror(ctx context.Context, prefix, dir string, want func(name string) bool) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	there := map[string]bool{}
	var news []Object
	for o, err := range b.List(ctx, prefix) {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(o.Name, prefix)
		if strings.Contains(name, "/") || name == "" || want != nil && !want(name) {
			continue
		}
		there[name] = true
		if !same(filepath.Join(dir, name), o) {
			news = append(news, o)
		}
	}
	if err := b.getAll(ctx, news, func(o Object) string { return filepath.Join(dir, strings.TrimPrefix(o.Name, prefix)) }); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && !there[e.Name()] && (want == nil || want(e.Name())) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// same reports whether a file is what was fetched of an object.
func same(path string, o Object) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == o.Bytes && info.ModTime().Equal(o.MTime)
}

// getAll fetches objects, some at once. A file has the time of its object.
func (b *Bucket) getAll(ctx context.Context, list []Object, file func(Object) string) error {
	const atOnce = 16
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, o := range list {
		g.Go(func() error {
			if err := b.Get(ctx, o.Name, file(o)); err != nil {
				return err
			}
			return os.Chtimes(file(o), o.MTime, o.MTime)
		})
	}
	return g.Wait()
}

// Has reports whether there is an object of that name.
func (b *Bucket) Has(ctx context.Context, name string) (bool, error) {
	for o, err := range b.List(ctx, name) {
		if err != nil {
			return false, err
		}
		if o.Name == name {
			return true, nil
		}
	}
	return false, nil
}

// Publish puts a file that is the same whoever makes it, unless it is there already.
func (b *Bucket) Publish(ctx context.Context, file, name string) error {
	if err := b.PutNew(ctx, file, name); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
