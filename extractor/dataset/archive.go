package dataset

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// scanArchive opens a file that holds a data set, told by its content.
func scanArchive(ctx context.Context, abs string, o Options) (*Dataset, error) {
	kind, err := archiveKind(abs)
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", abs, err)
	}
	d := &Dataset{Root: abs, max: o.MaxBytes}
	t := newArchiveTree()
	switch kind {
	case "zip":
		d.files, err = openZip(ctx, abs, t)
	case "tar":
		d.files, err = openTar(ctx, abs, t)
	default:
		err = &NotArchiveError{Compression: kind}
	}
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", abs, err)
	}
	root := t.finish()
	d.Notes = t.notes
	d.arrange(root, o)
	return d, nil
}

// A NotArchiveError is in the error of Scan for a file that is no archive that can be read at any
// place, as photographs are.
type NotArchiveError struct {
	Compression string // what the file is compressed with: gzip, Zstandard, xz, bzip2, 7-Zip or RAR; "" = nothing known
}

// Error says what the file is not, and what it is.
func (e *NotArchiveError) Error() string {
	text := "not a folder and not a .zip or .tar archive"
	if e.Compression != "" {
		text += ", but compressed with " + e.Compression
	}
	return text
}

// Hint says what to do about a compressed file.
func (e *NotArchiveError) Hint() string {
	switch e.Compression {
	case "":
		return ""
	case "7-Zip", "RAR":
		return "unpack it first"
	}
	return "decompress it first; a .tar can then be read as it is"
}

// compressed are the first bytes of archives that cannot be read at any place.
var compressed = []struct{ magic, name string }{
	{"\x1f\x8b", "gzip"},
	{"\x28\xb5\x2f\xfd", "Zstandard"},
	{"\xfd7zXZ\x00", "xz"},
	{"BZh", "bzip2"},
	{"7z\xbc\xaf\x27\x1c", "7-Zip"},
	{"Rar!", "RAR"},
}

// archiveKind returns "zip", "tar", or what the file is compressed with, "" if with nothing known.
func archiveKind(abs string) (string, error) {
	f, err := os.Open(abs)
	if err != nil {
		return "", cause(err)
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", cause(err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "zip", nil
	case n == 512 && string(head[257:262]) == "ustar":
		return "tar", nil
	}
	for _, c := range compressed {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return c.name, nil
		}
	}
	return "", nil
}

// An archiveTree is the tree of folders that an archive's entries make.
type archiveTree struct {
	root  *node
	dirs  map[string]*node
	files map[string]file // by path: a later entry of the same name replaces an earlier one
	notes []string
}

func newArchiveTree() *archiveTree {
	root := &node{}
	return &archiveTree{root: root, dirs: map[string]*node{"": root}, files: map[string]file{}}
}

// clean returns an entry's path inside the archive, or false for those that are left out.
func (t *archiveTree) clean(name string) (string, bool) {
	p := strings.TrimPrefix(path.Clean("/"+name), "/")
	return p, p != "" && !slices.ContainsFunc(strings.Split(p, "/"), system)
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

// finish sorts the tree and returns where the data set begins: below a single wrapping folder, if
// the archive has one that holds folders only.
func (t *archiveTree) finish() *node {
	for p, f := range t.files {
		t.dir(strings.TrimSuffix(strings.TrimSuffix(p, f.name), "/")).put(f)
	}
	for _, n := range t.dirs {
		slices.SortFunc(n.dirs, func(a, b *node) int { return cmp.Compare(a.name, b.name) })
		slices.SortFunc(n.files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	}
	root := t.root
	for len(root.dirs) == 1 && len(root.files) == 0 && !root.isSplit() &&
		len(root.dirs[0].dirs) > 0 && len(root.dirs[0].files) == 0 {
		root = root.dirs[0]
	}
	return root
}
