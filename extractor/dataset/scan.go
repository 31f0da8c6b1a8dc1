package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Scan finds the samples below root: a folder, a .zip or .tar archive of one, or, with
// Options.List, the files that a list names. Finding no image at all is an error that says what
// was looked for and what was there instead. Close the Dataset when done with it.
func Scan(ctx context.Context, root string, o Options) (*Dataset, error) {
	began := time.Now()
	d, err := scan(ctx, root, o)
	if err != nil {
		return nil, err
	}
	d.Scanned = began
	d.finish()
	if len(d.Samples) == 0 {
		d.Close()
		return nil, d.noImages()
	}
	return d, nil
}

func scan(ctx context.Context, root string, o Options) (*Dataset, error) {
	if o.List != "" {
		return scanList(ctx, root, o)
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", root, err)
	}
	info, err := os.Stat(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("scan %q: no such folder or archive", root)
	}
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", root, err)
	}
	if !info.IsDir() {
		return scanArchive(ctx, abs, o)
	}
	d := &Dataset{Root: abs, files: folder{abs}, max: o.MaxBytes}
	t, err := walk(ctx, abs)
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", root, err)
	}
	d.Notes = t.notes
	d.arrange(t.root, o)
	return d, nil
}

// finish fills in what follows from the samples.
func (d *Dataset) finish() {
	for _, split := range []string{"train", "val", "test"} {
		if slices.ContainsFunc(d.Samples, func(s Sample) bool { return s.Split == split }) {
			d.Splits = append(d.Splits, split)
		}
	}
	slices.Sort(d.Classes)
	d.Classes = slices.Compact(d.Classes)
}

// noImages is the error that says what was looked for and what was found instead.
func (d *Dataset) noImages() error {
	found := "it holds no files"
	if len(d.Others) > 0 {
		var kinds []string
		for _, c := range d.Others[:min(len(d.Others), 5)] {
			kinds = append(kinds, fmt.Sprintf("%d %s", c.N, cmp.Or(c.Name, "without extension")))
		}
		found = "found files of other kinds: " + strings.Join(kinds, ", ")
	}
	return fmt.Errorf("scan %q: no images (%s); %s", d.Root, strings.Join(extensions, " "), found)
}

// splitNames are folder names that mean a split.
var splitNames = map[string]string{"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}

// arrange turns the tree of files into samples.
func (d *Dataset) arrange(root *node, o Options) {
	d.Others = root.others()
	switch {
	case o.Unlabeled:
		d.add(root, "", "")
	case !root.isSplit():
		d.addClasses(root, "")
	default:
		for _, split := range []string{"train", "val", "test"} {
			for _, c := range root.dirs {
				if splitNames[c.name] == split {
					d.addClasses(c, split)
				}
			}
		}
		for _, c := range root.dirs {
			if splitNames[c.name] == "" {
				d.Notes = append(d.Notes, fmt.Sprintf("folder %q lies beside the splits and is not read", c.path))
			}
		}
		d.noteBeside(root)
	}
}

// isSplit reports whether the folders directly under n are splits rather than classes.
func (n *node) isSplit() bool {
	named := 0
	for _, c := range n.dirs {
		if c.name == "train" {
			return true
		}
		if splitNames[c.name] != "" {
			named++
		}
	}
	return named > 0 && named == len(n.dirs)
}

// addClasses adds the classes under n, or, if it has no folders, its files without a label.
func (d *Dataset) addClasses(n *node, split string) {
	if len(n.dirs) == 0 {
		d.add(n, "", split)
		return
	}
	for _, c := range n.dirs {
		d.Classes = append(d.Classes, c.name)
		if d.add(c, c.name, split) == 0 {
			d.Empty = append(d.Empty, c.path)
		}
	}
	d.noteBeside(n)
}

// noteBeside says which images lie beside folders and so belong to none.
func (d *Dataset) noteBeside(n *node) {
	if len(n.files) > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d images lie directly in %q, beside its folders, belong to none and are not read",
			len(n.files), cmp.Or(n.path, ".")))
	}
}

// add appends the images below n, folders in the order of their paths, and returns how many.
func (d *Dataset) add(n *node, label, split string) int {
	before := len(d.Samples)
	for _, dir := range n.below() {
		for _, f := range dir.files {
			s := Sample{Path: f.name, Label: label, Split: split, Bytes: f.bytes, ModTime: f.mtime, at: f.at}
			if dir.path != "" {
				s.Path = dir.path + "/" + f.name
			}
			d.Samples = append(d.Samples, s)
		}
	}
	return len(d.Samples) - before
}
