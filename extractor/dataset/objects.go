package dataset

import (
	"slices"
	"strings"
	"time"
)

// Objects tells the labels and splits of photographs in an object store, which has names and no
// folders: first it is shown all names, then asked for each. The rules are those of [Scan]; names
// without an extension are no images.
type Objects struct {
	root      *node
	seen      map[string]*node
	unlabeled bool
	splits    bool
	decided   bool
	Left      int // images that were asked for and left out: beside splits or classes
}

// NewObjects is an Objects; with Options.Unlabeled all images are given without labels.
func NewObjects(o Options) *Objects {
	return &Objects{root: &node{}, seen: map[string]*node{}, unlabeled: o.Unlabeled}
}

// See shows a name. Two levels of folders are kept.
func (o *Objects) See(name string) {
	parts := strings.Split(name, "/")
	if !IsImage(name) || slices.ContainsFunc(parts, hidden) {
		return
	}
	n, path := o.root, ""
	for _, part := range parts[:min(len(parts)-1, 2)] {
		path += "/" + part
		next := o.seen[path]
		if next == nil {
			next = &node{name: part, path: strings.TrimPrefix(path, "/")}
			o.seen[path], n.dirs = next, append(n.dirs, next)
		}
		n = next
	}
}

// Sample is what a name stands for; false if it is left out.
func (o *Objects) Sample(name string, bytes int64, mtime time.Time) (Sample, bool) {
	if !o.decided {
		o.decided, o.splits = true, o.root.isSplit()
	}
	parts := strings.Split(name, "/")
	if !IsImage(name) || slices.ContainsFunc(parts, hidden) {
		return Sample{}, false
	}
	s := Sample{Path: name, Bytes: bytes, ModTime: mtime}
	if o.unlabeled {
		return s, true
	}
	n := o.root
	if o.splits {
		if len(parts) == 1 || SplitOf(parts[0]) == "" {
			o.Left++
			return Sample{}, false
		}
		s.Split, n, parts = SplitOf(parts[0]), o.seen["/"+parts[0]], parts[1:]
	}
	switch {
	case len(parts) > 1:
		s.Label = Label(parts[0])
	case len(n.dirs) > 0:
		o.Left++
		return Sample{}, false
	}
	return s, true
}
