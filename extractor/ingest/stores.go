package ingest

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// stores are folders of features of the same photographs, one a tap of the
// trunk.
type stores []*features.Store

// openStores opens a folder for each tap: dir, with several taps a folder in
// dir for each, without dir the cache's.
func openStores(c trunk.Cache, dir string, metas []features.Meta, o features.Options) (_ stores, err error) {
	var s stores
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	for _, m := range metas {
		at := folderOf(dir, m.Trunk.Tap, len(metas))
		if dir == "" {
			if at, err = cached(c, m); err != nil {
				return nil, err
			}
		}
		store, err := features.Open(at, m, o)
		if err != nil {
			return nil, err
		}
		s = append(s, store)
	}
	return s, nil
}

// cached is the cache's folder for all that decides about the bits of features.
func cached(c trunk.Cache, m features.Meta) (string, error) {
	hash, err := m.Hash()
	if err != nil {
		return "", err
	}
	return c.Path("features", hash)
}

// folderOf is the folder in dir of one of several taps, or dir for the only one.
func folderOf(dir, tap string, taps int) string {
	if taps == 1 {
		return dir
	}
	return TapFolder(dir, tap)
}

// TapFolder is the folder of a tap in dir, where several have a folder each.
// The names that foreign models give may hold any characters.
func TapFolder(dir, tap string) string {
	name := url.QueryEscape(tap)
	if strings.Trim(name, ".") == "" {
		name = strings.ReplaceAll(name, ".", "%2E")
	}
	return filepath.Join(dir, name)
}

// FeaturesAt is path if it is a folder of features, or the tap's folder if it
// holds folders of features, one a tap, and nothing else; else "".
func FeaturesAt(path, tap string) string {
	if features.IsDir(path) {
		return path
	}
	entries, err := os.ReadDir(path)
	other := func(e os.DirEntry) bool { return !features.IsDir(filepath.Join(path, e.Name())) }
	if err != nil || len(entries) == 0 || slices.ContainsFunc(entries, other) {
		return ""
	}
	return TapFolder(path, tap)
}

// append adds the rows that were computed for a view of a photograph.
func (s stores) append(key pixels.Key, f extractor.Features) error {
	for i, store := range s {
		row := features.Row{ID: features.ID{Key: key, View: int32(f.View)}, Features: f.Rows[i]}
		if err := store.Append(row); err != nil {
			return err
		}
	}
	return nil
}

// has reports whether every tap has a row.
func (s stores) has(key pixels.Key, view int) bool {
	return !slices.ContainsFunc(s, func(store *features.Store) bool { return !store.Has(key, view) })
}

// finish puts what was appended, and a table, on the disk.
func (s stores) finish(name string, t *features.Table) error {
	var errs []error
	for _, store := range s {
		errs = append(errs, store.Seal(), store.WriteTable(name, t))
	}
	return errors.Join(errs...)
}

// merge joins small parts.
func (s stores) merge(ctx context.Context) error {
	for _, store := range s {
		if _, err := store.Merge(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the folders.
func (s stores) Close() error {
	var errs []error
	for _, store := range s {
		errs = append(errs, store.Close())
	}
	return errors.Join(errs...)
}
