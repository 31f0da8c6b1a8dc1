package features

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// aboutKey is the metadata of a table that has something to say of itself.
const aboutKey = "graft.about"

// WriteTableFile writes a table to a file of its own, whole or not at all. It is for what writers
// that share a data set have to say, each of its own part.
func WriteTableFile(path string, t *Table) error { return writeTable(path, t) }

// ReadTableFile reads a table that WriteTableFile wrote. A damaged one is a [*TableError].
func ReadTableFile(path string) (*Table, error) {
	t, err := readTable(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &TableError{filepath.Dir(path), filepath.Base(path), err}
	}
	return t, err
}

// ReadAbout reads what a table says of itself, and none of its rows, so that nothing is checked.
func ReadAbout(path string) (about string, err error) {
	defer func() {
		if r := recover(); r != nil { // see readSchema
			err = fmt.Errorf("it is malformed: %v", r)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			err = &TableError{filepath.Dir(path), filepath.Base(path), err}
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if err := guard(f, info.Size()); err != nil {
		return "", err
	}
	r, err := ipc.NewFileReader(f)
	if err != nil {
		return "", err
	}
	defer r.Close()
	meta := r.Schema().Metadata()
	about, _ = meta.GetValue(aboutKey)
	return about, nil
}

// ReplaceTable replaces a table by t, whatever the old one knows: t is all there is to know.
func (s *Store) ReplaceTable(name string, t *Table) error {
	if s.lock == nil {
		return fmt.Errorf("features %q: opened for reading", s.dir)
	}
	if !isTable(name) {
		return fmt.Errorf("features %q: %q is no name of a table", s.dir, name)
	}
	return writeTable(filepath.Join(s.dir, name), t)
}
