package dataset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// arrange turns the tree of files into samples.
func (d *Dataset) arrange(root *node, o Options) error {
	d.Others = root.others()
	switch {
	case o.Unlabeled:
		d.add(root, "", "")
		return nil
	case !root.isSplit():
		return d.addClasses(root, "", o)
	}
	for _, split := range []string{"train", "val", "test"} {
		for _, c := range root.dirs {
			if SplitOf(c.name) != split {
				continue
			}
			if err := d.addClasses(c, split, o); err != nil {
				return err
			}
		}
	}
	for _, c := range root.dirs {
		if SplitOf(c.name) == "" {
			d.Beside = append(d.Beside, c.path)
			d.note("folder %q lies beside the splits and is not read", c.path)
		}
	}
	d.noteBeside(root)
	return nil
}

// isSplit reports whether the folders directly under n are splits rather than classes: one is
// called train, or means it and holds folders, or all of them mean a split.
func (n *node) isSplit() bool {
	named := 0
	for _, c := range n.dirs {
		split := SplitOf(c.name)
		if c.name == "train" || split == "train" && len(c.dirs) > 0 {
			return true
		}
		if split != "" {
			named++
		}
	}
	return named > 0 && named == len(n.dirs)
}

// addClasses adds the classes under n, or, if it has no folders, its files without a label.
func (d *Dataset) addClasses(n *node, split string, o Options) error {
	if len(n.dirs) == 0 {
		d.add(n, "", split)
		return nil
	}
	folders := map[string]*node{}
	for _, c := range n.dirs {
		label := Label(c.name)
		if other := folders[label]; other != nil {
			return &SameLabelError{other.path, c.path}
		}
		folders[label] = c
		if !utf8.ValidString(c.name) {
			d.note("the class folder %+q is not UTF-8; its label is %+q", c.path, label)
		}
		switch added := d.add(c, label, split); {
		case added > 0:
			d.Classes = append(d.Classes, label)
		case o.AllowEmpty:
			d.note("the class folder %q holds no images and is left out", c.path)
		default:
			d.Classes, d.Empty = append(d.Classes, label), append(d.Empty, c.path)
			d.inEmpty = append(d.inEmpty, c.others())
		}
	}
	d.noteBeside(n)
	d.noteSameFolders(n)
	return nil
}

// InEmpty says what the class folder Empty[i] holds that is not read, by extension, most first.
func (d *Dataset) InEmpty(i int) string { return kindsOf(pictures(d.inEmpty[i])) }

// noteBeside says which images lie beside folders and so belong to none.
func (d *Dataset) noteBeside(n *node) {
	if len(n.files) > 0 {
		d.note("%d images lie directly in %q, beside its folders, belong to none and are not read", len(n.files), cmp.Or(n.path, "."))
	}
}

// noteSameFolders says that the folders in n hold the same folders and nothing else: then these
// may be the classes, and those in n something else.
func (d *Dataset) noteSameFolders(n *node) {
	if len(n.dirs) < 2 {
		return
	}
	inner := n.dirs[0].folders()
	for _, c := range n.dirs {
		if len(c.files) > 0 || len(inner) < 2 || !slices.Equal(c.folders(), inner) {
			return
		}
	}
	d.note("each of the %d classes holds the folders %s and no images beside them: if those are the classes, give them a folder of their own to lie in, or name their parents train, val and test",
		len(n.dirs), quoted(inner))
}

// folders are the names of the folders in n.
func (n *node) folders() []string {
	var names []string
	for _, c := range n.dirs {
		names = append(names, c.name)
	}
	return names
}

// quoted lists some names.
func quoted(names []string) string {
	const some = 4
	var list []string
	for _, name := range names[:min(len(names), some)] {
		list = append(list, fmt.Sprintf("%q", name))
	}
	if len(names) > some {
		list = append(list, fmt.Sprintf("%d more", len(names)-some))
	}
	return strings.Join(list, ", ")
}

// LikeSplits reports whether all classes are called like splits, as Train1 and Test1 or train in
// train/train: nobody has such classes.
func (d *Dataset) LikeSplits() bool { return likeSplits(d.Classes) }

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
