package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Paths are files, folders and archives given one by one, to be read a part at a time or collected.
// Each is a file, taken whatever its name; a folder, of which all images below are taken, in the
// order of Scan; an archive, the same; or something in an archive, by the archive's path and its own
// (data.zip/ants/1.jpg). Nothing has a label or a split. A sample's path begins as it was given, and
// there is no root, so there is nothing that a samples table could tell unchanged files by.
type Paths struct {
	Count    int      // images, when FromPaths counted them
	Archived int      // of them: in archives, so that their paths are none of the disk
	Unread   []Unread // folders that could not be entered
	Notes    []string // what was left out and why, for people, but for Unread

	given   []givenPath
	options Options
}

// A givenPath is a file or, with a tree, a folder, or, with data, an archive.
type givenPath struct {
	path string
	tree *tree
	data *Dataset // its samples' paths begin with path
}

// FromPaths finds out which of the paths are folders and archives, and counts what is in those. A
// path that is not there and a folder without images are errors. With a List, the files that it
// names are taken; there may then be one path, of the folder that the list's own start at. Of the
// options, List and MaxBytes count. Close closes the archives.
func FromPaths(ctx context.Context, paths []string, o Options) (*Paths, error) {
	p := &Paths{options: Options{MaxBytes: o.MaxBytes}}
	var err error
	if o.List != "" {
		err = p.addList(ctx, paths, o.List)
	} else {
		err = p.addAll(ctx, paths)
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Paths) addAll(ctx context.Context, paths []string) error {
	others := map[string]int{}
	for _, path := range paths {
		path = Resolve(path)
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			err = p.addFolder(ctx, path, others)
		case err == nil && !isArchive(path):
			p.given, p.Count = append(p.given, givenPath{path: path}), p.Count+1
		default:
			err = p.addArchived(ctx, path)
		}
		if err != nil {
			return err
		}
	}
	if text := leftOut(counts(others, mostFirst)); text != "" {
		p.Notes = append(p.Notes, text)
	}
	return nil
}

// addFolder counts the images below a folder, and what is not read.
func (p *Paths) addFolder(ctx context.Context, path string, others map[string]int) error {
	t := &tree{root: &node{}, abs: path, counts: true}
	if err := t.walk(ctx); err != nil {
		return fmt.Errorf("scan %q: %w", path, err)
	}
	kinds := t.root.others()
	if t.images == 0 {
		return (&Dataset{Root: path, Others: kinds, Unread: t.unread}).noImages()
	}
	for _, c := range kinds {
		others[c.Name] += c.N
	}
	for _, u := range t.unread {
		p.Unread = append(p.Unread, Unread{filepath.Join(path, filepath.FromSlash(u.Path)), u.Err})
	}
	p.given, p.Count = append(p.given, givenPath{path: path, tree: t}), p.Count+t.images
	p.Notes = append(p.Notes, t.notes...)
	return nil
}

// addArchived takes an archive, or something in one.
func (p *Paths) addArchived(ctx context.Context, path string) error {
	archive, inside := path, ""
	if _, err := os.Stat(path); err != nil {
		if archive, inside = splitArchive(path); archive == "" {
			return fmt.Errorf("scan %q: %w", path, missing(path, err))
		}
	}
	d, err := Scan(ctx, archive, Options{Unlabeled: true, MaxBytes: p.options.MaxBytes})
	if err != nil {
		return err
	}
	d.Samples = within(d.Samples, inside)
	if len(d.Samples) == 0 {
		d.Close()
		return fmt.Errorf("scan %q: the archive %q has no image or folder %q", path, archive, inside)
	}
	for i := range d.Samples {
		d.Samples[i].Path = filepath.ToSlash(archive) + "/" + d.Samples[i].Path
	}
	p.given, p.Count, p.Archived = append(p.given, givenPath{path: archive, data: d}), p.Count+len(d.Samples), p.Archived+len(d.Samples)
	p.Notes = append(p.Notes, d.Notes...)
	return nil
}

// addList takes the files of a list.
func (p *Paths) addList(ctx context.Context, paths []string, list string) error {
	if len(paths) > 1 {
		return errors.New("a list takes one folder beside it, where its paths start")
	}
	root := cmp.Or(append(paths, "")[0], filepath.Dir(list))
	d, err := Scan(ctx, root, Options{List: list, Unlabeled: true})
	if err != nil {
		return err
	}
	for _, s := range d.Samples {
		path := filepath.FromSlash(s.Path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(Resolve(root), path)
		}
		p.given = append(p.given, givenPath{path: path})
	}
	p.Count, p.Notes = len(d.Samples), d.Notes
	return nil
}

// Close closes the archives.
func (p *Paths) Close() error {
	var errs []error
	for _, g := range p.given {
		if g.data != nil {
			errs = append(errs, g.data.Close())
		}
	}
	return errors.Join(errs...)
}

// Files takes each path for a photograph, without looking: reading one that is none, or that is
// not there, will say so. It is for lists too long to hold, a part at a time. Of the options,
// MaxBytes counts.
func Files(paths []string, o Options) *Dataset {
	d := &Dataset{Scanned: time.Now(), files: folder{}, max: o.MaxBytes, Samples: make([]Sample, len(paths))}
	for i, p := range paths {
		d.Samples[i].Path = filepath.ToSlash(Resolve(p))
	}
	return d
}
