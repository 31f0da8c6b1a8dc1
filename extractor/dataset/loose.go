package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"time"
)

// Loose finds photographs to predict: each path is a file, taken whatever its name, or a folder,
// of which all images below are taken, in order. Nothing has a label or a split. Paths stay as
// given (a folder's images are below its path), and Root is empty, so there is nothing that a
// samples table could tell unchanged files by. Of the options, MaxBytes counts.
func Loose(ctx context.Context, paths []string, o Options) (*Dataset, error) {
	l, err := LookAt(ctx, paths, o)
	if err != nil {
		return nil, err
	}
	d := Files(nil, o)
	d.Notes = l.Notes
	for part, err := range l.Parts(ctx, math.MaxInt) {
		if err != nil {
			return nil, err
		}
		d.Samples = append(d.Samples, part.Samples...)
	}
	return d, nil
}

// LoosePaths are the files and folders that Loose takes, to be read a part at a time.
type LoosePaths struct {
	Count int      // images, when they were looked at
	Notes []string // what is left out and why, for people

	paths   []loosePath
	options Options
}

// A loosePath is a file or, with a tree, a folder.
type loosePath struct {
	path string
	tree *tree
}

// LookAt looks which of the paths are folders, and what is in those. A path that is not there and
// a folder without images are errors. Of the options, MaxBytes counts.
func LookAt(ctx context.Context, paths []string, o Options) (*LoosePaths, error) {
	l := &LoosePaths{options: o}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("scan %q: %w", p, cause(err))
		}
		if !info.IsDir() {
			l.paths, l.Count = append(l.paths, loosePath{path: p}), l.Count+1
			continue
		}
		t := &tree{root: &node{}, abs: p, counts: true}
		if err := t.walk(ctx); err != nil {
			return nil, fmt.Errorf("scan %q: %w", p, err)
		}
		if t.images == 0 {
			return nil, (&Dataset{Root: p, Others: t.root.others()}).nothing()
		}
		l.paths, l.Count = append(l.paths, loosePath{p, t}), l.Count+t.images
		l.Notes = append(l.Notes, t.notes...)
	}
	return l, nil
}

// Parts gives the photographs in parts of n at most, in the order of Loose. Beside a part it holds
// the names in one folder.
func (l *LoosePaths) Parts(ctx context.Context, n int) iter.Seq2[*Dataset, error] {
	return func(yield func(*Dataset, error) bool) {
		part := Files(nil, l.options)
		flush := func() error {
			full := part
			part = Files(nil, l.options)
			if !yield(full, nil) {
				return errStopped
			}
			return nil
		}
		add := func(path string) error {
			part.Samples = append(part.Samples, Sample{Path: filepath.ToSlash(path)})
			if len(part.Samples) == n {
				return flush()
			}
			return nil
		}
		err := l.each(ctx, add)
		if err == nil && len(part.Samples) > 0 {
			err = flush()
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

var errStopped = errors.New("nobody wants more")

// each calls add with every path, in order.
func (l *LoosePaths) each(ctx context.Context, add func(string) error) error {
	for _, p := range l.paths {
		err := error(nil)
		if p.tree == nil {
			err = add(p.path)
		} else {
			err = p.tree.again(ctx, func(name string) error { return add(filepath.Join(p.path, filepath.FromSlash(name))) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// again reads a tree that was counted once more, folder by folder, and adds the images.
func (t *tree) again(ctx context.Context, add func(path string) error) error {
	for _, dir := range t.root.below() {
		if err := ctx.Err(); err != nil {
			return err
		}
		once := &tree{abs: t.abs, shallow: true}
		err := once.each(dir, func(e fs.DirEntry) error {
			n := &node{path: dir.path}
			if err := once.entry(ctx, n, e, nil); err != nil || len(n.files) == 0 {
				return err
			}
			return add(filepath.ToSlash(filepath.Join(dir.path, n.files[0].name)))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Files takes each path for a photograph, without looking: reading one that is none, or that is
// not there, will say so. It is for lists too long to hold, a part at a time. Of the options,
// MaxBytes counts.
func Files(paths []string, o Options) *Dataset {
	d := &Dataset{Scanned: time.Now(), files: folder{}, max: o.MaxBytes, Samples: make([]Sample, len(paths))}
	for i, p := range paths {
		d.Samples[i].Path = filepath.ToSlash(p)
	}
	return d
}
