package predictions

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"graft/extractor/durable"
)

// Folders sorts photographs into one folder per label, made when needed, by copying them or by links
// to them. It overwrites nothing and changes no original.
//
//	DIR/LABEL/photo.jpg      the name that the photograph has
//	DIR/LABEL/photo-2.jpg    another photograph of that name
//
// The zero value but for Dir copies. A copy appears whole or not at all.
type Folders struct {
	Dir string
	// Link makes symbolic links instead of copies: they work across disks, and
	// deleting one leaves the photograph alone. They hold its absolute path, so
	// Dir can be moved and the photographs cannot.
	Link bool

	made map[string]bool
}

// Placed is how a photograph was sorted.
type Placed int

const (
	PlacedNew      Placed = iota // it has its own name
	PlacedNumbered               // another photograph had its name, so it has a number
	PlacedAlready                // it was there already, the same bytes
)

// Put sorts the photograph at path into the folder of a label and says what it
// did. Not safe for concurrent use.
func (f *Folders) Put(path, label string) (Placed, error) { return f.put(original{path: path}, label) }

// PutContent is Put for a photograph that lies in an archive at path: content is
// the whole file. A link to it is an error.
func (f *Folders) PutContent(path string, content []byte, label string) (Placed, error) {
	return f.put(original{path, content, true}, label)
}

// An original is a photograph that is copied: a file on the disk, or, archived,
// the content of one.
type original struct {
	path     string
	content  []byte
	archived bool
}

func (f *Folders) put(o original, label string) (Placed, error) {
	folder, err := f.folder(label)
	if err != nil {
		return 0, err
	}
	ext := filepath.Ext(o.path)
	base := strings.TrimSuffix(filepath.Base(o.path), ext)
	for n := 1; ; n++ {
		name, placed := base+ext, PlacedNew
		if n > 1 {
			name, placed = base+"-"+strconv.Itoa(n)+ext, PlacedNumbered
		}
		target := filepath.Join(folder, name)
		err := f.place(o, target)
		if !errors.Is(err, fs.ErrExist) {
			return placed, err
		}
		same, err := o.same(target)
		if err != nil {
			return 0, fmt.Errorf("compare %q with %q: %w", o.path, target, err)
		}
		if same {
			return PlacedAlready, nil
		}
	}
}

// folder makes the folder of a label, and removes what a killed run left in it.
func (f *Folders) folder(label string) (string, error) {
	path := filepath.Join(f.Dir, folderName(label))
	if f.made[path] {
		return path, nil
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return "", fmt.Errorf("make the folder of label %q: %w", label, err)
	}
	if _, err := durable.Clean(path); err != nil {
		return "", fmt.Errorf("clean the folder of label %q: %w", label, err)
	}
	if f.made == nil {
		f.made = map[string]bool{}
	}
	f.made[path] = true
	return path, nil
}

// place makes the copy or link; fs.ErrExist means that the name is taken.
func (f *Folders) place(o original, target string) error {
	switch {
	case f.Link && o.archived:
		return fmt.Errorf("link to %q: it lies in an archive", o.path)
	case f.Link:
		abs, err := filepath.Abs(o.path)
		if err != nil {
			return fmt.Errorf("link to %q: %w", o.path, err)
		}
		return os.Symlink(abs, target)
	case o.archived:
		return durable.WriteNew(target, func(w io.Writer) error {
			_, err := w.Write(o.content)
			return err
		})
	}
	source, err := os.Open(o.path)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer source.Close()
	return durable.WriteNew(target, func(w io.Writer) error {
		_, err := io.Copy(w, source)
		return err
	})
}

// same reports whether a file holds the same bytes.
func (o original) same(target string) (bool, error) {
	if !o.archived {
		return sameContent(o.path, target)
	}
	info, err := os.Stat(target)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!info.Mode().IsRegular() || info.Size() != int64(len(o.content))) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	there, err := os.ReadFile(target)
	return bytes.Equal(there, o.content), err
}

// sameContent reports whether two files hold the same bytes. A name that leads
// to no file is another.
func sameContent(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!y.Mode().IsRegular() || x.Size() != y.Size()) {
		return false, nil // a broken link, a folder, another size
	}
	if err != nil {
		return false, err
	}
	if os.SameFile(x, y) {
		return true, nil
	}
	return sameBytes(a, b)
}

func sameBytes(a, b string) (bool, error) {
	x, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer x.Close()
	y, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer y.Close()
	p, q := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errX := io.ReadFull(x, p)
		m, errY := io.ReadFull(y, q)
		if !bytes.Equal(p[:n], q[:m]) {
			return false, nil
		}
		if errX != nil || errY != nil {
			return errX == errY, unlessEnd(errX)
		}
	}
}

func unlessEnd(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}
