package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/onnx"
)

// sealing is when parts are sealed; tests seal more often.
var sealing features.Options

// tapStores are folders of features of the same photographs, one a tap of the
// trunk.
type tapStores []*features.Store

// tapFlag chooses the output of the trunk that a head is trained on.
func tapFlag() cli.Flag {
	return &cli.StringFlag{Name: "tap", Value: onnx.Features, Usage: "train on the trunk's output `NAME`; \"graft trunk inspect\" lists them, \"graft taps\" compares them"}
}

// openStores opens a folder for each tap: dir, with several taps a folder in
// dir for each, without dir the cache's.
func openStores(dir string, metas []features.Meta, anyViews bool) (_ tapStores, err error) {
	var s tapStores
	options := sealing
	options.AnyViews = anyViews
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	for _, m := range metas {
		at := folderOf(dir, m.Trunk.Tap, len(metas))
		if dir == "" {
			hash, err := m.Hash()
			if err != nil {
				return nil, err
			}
			if at, err = cachePath("features", hash); err != nil {
				return nil, err
			}
		}
		store, err := features.Open(at, m, options)
		if err != nil {
			return nil, err
		}
		s = append(s, store)
	}
	return s, nil
}

// folderOf is the folder in --features of one of several taps, or of the only one.
func folderOf(dir, tap string, taps int) string {
	if taps == 1 {
		return dir
	}
	return tapFolder(dir, tap)
}

// tapFolder is the folder of a tap in dir. The names that foreign models give
// may hold any characters.
func tapFolder(dir, tap string) string {
	name := url.QueryEscape(tap)
	if strings.Trim(name, ".") == "" {
		name = strings.ReplaceAll(name, ".", "%2E")
	}
	return filepath.Join(dir, name)
}

// featuresFolder is path if it is a folder of features, or the tap's if it
// holds folders of features, one a tap, and nothing else; else "".
func featuresFolder(path, tap string) string {
	if features.IsDir(path) {
		return path
	}
	entries, err := os.ReadDir(path)
	other := func(e os.DirEntry) bool { return !features.IsDir(filepath.Join(path, e.Name())) }
	if err != nil || len(entries) == 0 || slices.ContainsFunc(entries, other) {
		return ""
	}
	return tapFolder(path, tap)
}

// append adds the rows that were computed for a view of a photograph.
func (s tapStores) append(key pixels.Key, f extractor.Features) error {
	for i, store := range s {
		row := features.Row{ID: features.ID{Key: key, View: int32(f.View)}, Features: f.Rows[i]}
		if err := store.Append(row); err != nil {
			return err
		}
	}
	return nil
}

// has reports whether every tap has a row.
func (s tapStores) has(key pixels.Key, view int) bool {
	return !slices.ContainsFunc(s, func(store *features.Store) bool { return !store.Has(key, view) })
}

// finish puts what was appended, and a table, on the disk.
func (s tapStores) finish(name string, t *features.Table) error {
	var errs []error
	for _, store := range s {
		errs = append(errs, store.Seal(), store.WriteTable(name, t))
	}
	return errors.Join(errs...)
}

// merge pours small parts together.
func (s tapStores) merge(ctx context.Context) error {
	for _, store := range s {
		if _, err := store.Merge(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the folders.
func (s tapStores) Close() error {
	var errs []error
	for _, store := range s {
		errs = append(errs, store.Close())
	}
	return errors.Join(errs...)
}
