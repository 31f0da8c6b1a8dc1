package dataset

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A node is one folder, on the disk or in an archive.
type node struct {
	name, path string  // path relative to the root, with slashes; "" for the root
	dirs       []*node // sorted by name, as files are
	files      []file  // images only
	other      map[string]int
}

// A file is one image in a folder.
type file struct {
	name  string
	bytes int64
	mtime time.Time
	at    int64
}

// below returns n and all folders below it in the order of torchvision's sorted walk: by path as
// a string, which puts "a-b" before "a/c".
func (n *node) below() []*node {
	list := []*node{n}
	for i := 0; i < len(list); i++ {
		list = append(list, list[i].dirs...)
	}
	slices.SortFunc(list, func(a, b *node) int { return cmp.Compare(a.path, b.path) })
	return list
}

func (n *node) others() []Count {
	all := map[string]int{}
	for _, dir := range n.below() {
		for ext, k := range dir.other {
			all[ext] += k
		}
	}
	return counts(all, mostFirst)
}

// put counts or keeps one file; names are put in sorted order by the caller or sorted later.
func (n *node) put(f file) {
	if !isImage(f.name) {
		if n.other == nil {
			n.other = map[string]int{}
		}
		n.other[extension(f.name)]++
		return
	}
	n.files = append(n.files, f)
}

// system reports whether a name belongs to the operating system rather than to the data.
func system(name string) bool {
	return strings.HasPrefix(name, ".") || name == "__MACOSX" || name == "@eaDir"
}

// A tree is a folder being read.
type tree struct {
	root  *node
	notes []string
	abs   string

	counts  bool // count the images instead of keeping them
	images  int  // so counted
	shallow bool // leave the folders in a folder alone
}

func (t *tree) put(n *node, f file) {
	if t.counts && isImage(f.name) {
		t.images++
		return
	}
	n.put(f)
}

// walk reads the folder abs with all below it.
func walk(ctx context.Context, abs string) (*tree, error) {
	t := &tree{root: &node{}, abs: abs}
	return t, t.walk(ctx)
}

func (t *tree) walk(ctx context.Context) error {
	info, err := os.Stat(t.abs)
	if err != nil {
		return err
	}
	return t.read(ctx, t.root, []fs.FileInfo{info})
}

// read fills in one folder; above are the folders on the way to it, itself last.
func (t *tree) read(ctx context.Context, n *node, above []fs.FileInfo) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return t.each(n, func(e fs.DirEntry) error { return t.entry(ctx, n, e, above) })
}

// each hands out the entries of a folder that belong to the data, sorted.
func (t *tree) each(n *node, f func(fs.DirEntry) error) error {
	entries, err := os.ReadDir(filepath.Join(t.abs, filepath.FromSlash(n.path)))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if system(e.Name()) {
			continue
		}
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) entry(ctx context.Context, n *node, e fs.DirEntry, above []fs.FileInfo) error {
	path := e.Name()
	if n.path != "" {
		path = n.path + "/" + path
	}
	if !e.IsDir() && e.Type()&fs.ModeSymlink == 0 && !isImage(e.Name()) {
		t.put(n, file{name: e.Name()})
		return nil
	}
	info, err := os.Stat(filepath.Join(t.abs, filepath.FromSlash(path)))
	switch {
	case err != nil && isImage(e.Name()):
		t.put(n, file{name: e.Name()}) // a broken link: reading it will say why
	case err != nil:
		t.note("%q: %v", path, err)
	case info.IsDir():
		if t.shallow {
			return nil
		}
		if slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }) {
			t.note("%q leads back to a folder that it lies in and is not followed", path)
			return nil
		}
		dir := &node{name: e.Name(), path: path}
		n.dirs = append(n.dirs, dir)
		return t.read(ctx, dir, append(slices.Clip(above), info))
	case !info.Mode().IsRegular():
		t.note("%q is not a file (%s)", path, info.Mode().Type())
	default:
		t.put(n, file{name: e.Name(), bytes: info.Size(), mtime: info.ModTime()})
	}
	return nil
}

func (t *tree) note(format string, a ...any) { t.notes = append(t.notes, fmt.Sprintf(format, a...)) }
