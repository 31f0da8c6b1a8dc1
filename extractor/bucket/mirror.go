package bucket

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Mirror makes a folder on the disk hold the objects right below a prefix (with its slash, or ""),
// and no other files of theirs: what is there with the same size and time is not fetched again.
// With want, only objects that it takes are.
func (b *Bucket) Mirror(ctx context.Context, prefix, dir string, want func(name string) bool) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	there := map[string]bool{}
	for o, err := range b.List(ctx, prefix) {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(o.Name, prefix)
		if strings.Contains(name, "/") || name == "" || want != nil && !want(name) {
			continue
		}
		there[name] = true
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Size() == o.Bytes && info.ModTime().Equal(o.MTime) {
			continue
		}
		if err := b.Get(ctx, o.Name, path); err != nil {
			return err
		}
		if err := os.Chtimes(path, o.MTime, o.MTime); err != nil {
			return err
		}
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
