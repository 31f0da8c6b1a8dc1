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

// Paths are files and folders given one by one, to be read a part at a time or collected. Each is
// a file, taken whatever its name, or a folder, of which all images below are taken, in the order
// of Scan. Nothing has a label or a split. A sample's path stays as given (a folder's images are
// below its path), and there is no root, so there is nothing that a samples table could tell
// unchanged files by.
type Paths struct {
	Count int      // images, when FromPaths counted them
	Notes []string // what is left out and why, for people

	given   []givenPath
	options Options
}

// A givenPath is a file or, with a tree, a folder.
type givenPath struct {
	path string
	tree *tree
}

// FromPaths finds out which of the paths are folders, and counts what is in those. A path that is
// not there and a folder without images are errors. Of the options, MaxBytes counts.
func FromPaths(ctx context.Context, paths []string, o Options) (*Paths, error) {
	found := &Paths{options: o}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("scan %q: %w", p, cause(err))
		}
		if !info.IsDir() {
			found.given, found.Count = append(found.given, givenPath{path: p}), found.Count+1
			continue
		}
		t := &tree{root: &node{}, abs: p, counts: true}
		if err := t.walk(ctx); err != nil {
			return nil, fmt.Errorf("scan %q: %w", p, err)
		}
		if t.images == 0 {
			return nil, (&Dataset{Root: p, Others: t.root.others()}).noImages()
		}
		found.given, found.Count = append(found.given, givenPath{p, t}), found.Count+t.images
		found.Notes = append(found.Notes, t.notes...)
	}
	return found, nil
}

// Collect gives all photographs as one Dataset, with the notes.
func (p *Paths) Collect(ctx context.Context) (*Dataset, error) {
	d := Files(nil, p.options)
	d.Notes = p.Notes
	for part, err := range p.Parts(ctx, math.MaxInt) {
		if err != nil {
			return nil, err
		}
		d.Samples = append(d.Samples, part.Samples...)
	}
	return d, nil
}

// Parts gives the photographs in parts of n at most, in the order of the paths. Beside a part it
// holds the names in one folder.
func (p *Paths) Parts(ctx context.Context, n int) iter.Seq2[*Dataset, error] {
	return func(yield func(*Dataset, error) bool) {
		part := Files(nil, p.options)
		flush := func() error {
			full := part
			part = Files(nil, p.options)
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
		err := p.each(ctx, add)
		if err == nil && len(part.Samples) > 0 {
			err = flush()
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// errStopped ends the walk when the reader of the parts has stopped.
var errStopped = errors.New("stopped")

// each calls add with every path, in order.
func (p *Paths) each(ctx context.Context, add func(string) error) error {
	for _, g := range p.given {
		err := error(nil)
		if g.tree == nil {
			err = add(g.path)
		} else {
			err = g.tree.revisit(ctx, func(name string) error { return add(filepath.Join(g.path, filepath.FromSlash(name))) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// revisit reads a tree that was counted once more, folder by folder, and adds the images.
func (t *tree) revisit(ctx context.Context, add func(path string) error) error {
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
