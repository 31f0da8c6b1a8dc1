package dataset

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
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

// count counts a file that is not read.
func (n *node) count(name string) {
	if n.other == nil {
		n.other = map[string]int{}
	}
	n.other[extension(name)]++
}

// A tree is a folder being read.
type tree struct {
	root   *node
	notes  []string
	unread []Unread
	abs    string

	counts  bool // count the images instead of keeping them
	folders bool // look at folders only
	images  int  // so counted
	shallow bool // leave the folders in a folder alone
}

// put keeps, or counts, one image; names are put in sorted order.
func (t *tree) put(n *node, f file) {
	if t.counts {
		t.images++
		return
	}
	n.files = append(n.files, f)
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
	entries, err := t.list(t.root)
	if err != nil {
		return err
	}
	return t.read(ctx, t.root, entries, []fs.FileInfo{info})
}

// on is where something below the root lies on the disk.
func (t *tree) on(path string) string { return filepath.Join(t.abs, filepath.FromSlash(path)) }

// readFolder lists a folder, sorted; tests have folders that cannot be entered.
var readFolder = os.ReadDir

// list lists the entries of a folder that belong to the data, sorted.
func (t *tree) list(n *node) ([]fs.DirEntry, error) {
	entries, err := readFolder(t.on(n.path))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		if hidden(e.Name()) {
			return true
		}
		if e.Type()&(fs.ModeDir|fs.ModeSymlink) == 0 || !systemFolder(e.Name()) {
			return false
		}
		if !t.shallow && remarkable(e.Name()) {
			t.note("%q belongs to the system and is not read", path.Join(n.path, e.Name()))
		}
		return true
	}), nil
}

// read fills in one folder; above are the folders on the way to it, itself last.
func (t *tree) read(ctx context.Context, n *node, entries []fs.DirEntry, above []fs.FileInfo) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, e := range entries {
		if err := t.entry(ctx, n, e, above); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) entry(ctx context.Context, n *node, e fs.DirEntry, above []fs.FileInfo) error {
	kind := kindOf(e.Name())
	if t.folders && e.Type()&(fs.ModeDir|fs.ModeSymlink) == 0 {
		return nil
	}
	if kind == otherKind && e.Type()&(fs.ModeDir|fs.ModeSymlink) == 0 {
		n.count(e.Name())
		return nil
	}
	path := e.Name()
	if n.path != "" {
		path = n.path + "/" + path
	}
	info, err := os.Stat(t.on(path))
	switch {
	case err != nil && e.IsDir():
		t.unread = append(t.unread, Unread{path, cause(err)})
	case err != nil && kind == imageKind:
		t.put(n, file{name: e.Name()}) // a broken link: reading it will say why
	case err != nil:
		t.note("%q: %v", path, cause(err))
	case info.IsDir():
		return t.folder(ctx, n, &node{name: e.Name(), path: path}, append(slices.Clip(above), info))
	case !info.Mode().IsRegular() && kind == imageKind:
		t.note("%q is not a file (%s)", path, info.Mode().Type())
	case kind == imageKind || kind == noKind && info.Mode().IsRegular() && beginsLikeImage(t.on(path)):
		t.put(n, file{name: e.Name(), bytes: info.Size(), mtime: info.ModTime()})
	default:
		n.count(e.Name())
	}
	return nil
}

// folder reads a folder in n.
func (t *tree) folder(ctx context.Context, n, dir *node, way []fs.FileInfo) error {
	if t.shallow {
		return nil
	}
	last := len(way) - 1
	if slices.ContainsFunc(way[:last], func(a fs.FileInfo) bool { return os.SameFile(a, way[last]) }) {
		t.note("%q leads back to a folder that it lies in and is not followed", dir.path)
		return nil
	}
	entries, err := t.list(dir)
	if err != nil {
		t.unread = append(t.unread, Unread{dir.path, cause(err)})
		return nil
	}
	n.dirs = append(n.dirs, dir)
	return t.read(ctx, dir, entries, way)
}

func (t *tree) note(format string, a ...any) { t.notes = append(t.notes, fmt.Sprintf(format, a...)) }
