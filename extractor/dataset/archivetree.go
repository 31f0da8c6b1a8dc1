package dataset

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// An archiveTree is the tree of folders that an archive's entries make.
type archiveTree struct {
	root  *node
	dirs  map[string]*node
	files map[string]file // by path: a later entry of the same name replaces an earlier one
	notes []string
	left  map[string]bool // folders of the system that were noted
}

func newArchiveTree() *archiveTree {
	root := &node{}
	return &archiveTree{root: root, dirs: map[string]*node{"": root}, files: map[string]file{}, left: map[string]bool{}}
}

// clean returns an entry's path inside the archive, or false for those that are left out.
func (t *archiveTree) clean(name string) (string, bool) {
	p := strings.TrimPrefix(path.Clean("/"+name), "/")
	for at := 0; at < len(p); at++ {
		part, _, more := strings.Cut(p[at:], "/")
		if at += len(part); !hidden(part) && !(systemFolder(part) && (more || strings.HasSuffix(name, "/"))) {
			continue
		}
		if remarkable(part) && !t.left[p[:at]] {
			t.left[p[:at]] = true
			t.note("%q belongs to the system and is not read", p[:at])
		}
		return p, false
	}
	return p, p != ""
}

// dir returns the folder of that path, making it and those above.
func (t *archiveTree) dir(p string) *node {
	if n := t.dirs[p]; n != nil {
		return n
	}
	above, name := path.Split(p)
	up := t.dir(strings.TrimSuffix(above, "/"))
	n := &node{name: name, path: p}
	t.dirs[p] = n
	up.dirs = append(up.dirs, n)
	return n
}

// add takes a file's entry; at is how its source finds it again.
func (t *archiveTree) add(p string, bytes int64, mtime time.Time, at int64) {
	t.files[p] = file{name: path.Base(p), bytes: bytes, mtime: mtime, at: at}
}

func (t *archiveTree) note(format string, a ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, a...))
}

// finish sorts the tree and returns its root. What has no extension is looked at.
func (t *archiveTree) finish(s archive) *node {
	for p, f := range t.files {
		n := t.dir(strings.TrimSuffix(strings.TrimSuffix(p, f.name), "/"))
		if k := kindOf(f.name); k == imageKind || k == noKind && looksLikeImage(s.begins(f)) {
			n.files = append(n.files, f)
		} else {
			n.count(f.name)
		}
	}
	for _, n := range t.dirs {
		slices.SortFunc(n.dirs, func(a, b *node) int { return cmp.Compare(a.name, b.name) })
		slices.SortFunc(n.files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	}
	return t.root
}

// unwrapped is where the data set begins: below the folders that an archive wraps it in.
func (t *archiveTree) unwrapped() *node {
	root := t.root
	for root.wraps() {
		if n := len(root.files); n > 0 {
			t.note("%d images lie beside the folder %q, belong to none and are not read", n, root.dirs[0].path)
		}
		root = root.dirs[0]
	}
	return root
}

// wraps reports whether n holds nothing but the folder that the data lies in. A few pictures beside
// that folder, or beside the folders in it, are a logo, not data: three at most and a quarter of the
// others, or fewer than a tenth of these.
func (n *node) wraps() bool {
	if len(n.dirs) != 1 || n.isSplit() || len(n.dirs[0].dirs) == 0 {
		return false
	}
	inner := n.dirs[0]
	loose := len(n.files) + len(inner.files)
	if loose == 0 {
		return true
	}
	all := 0
	for _, c := range inner.dirs {
		all += c.images()
	}
	return (len(inner.dirs) > 1 || inner.isSplit()) && (loose <= 3 && loose*4 <= all || loose*10 < all)
}

// images counts the images in and below n.
func (n *node) images() int {
	all := 0
	for _, dir := range n.below() {
		all += len(dir.files)
	}
	return all
}
