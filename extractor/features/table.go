package features

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"graft/extractor/durable"
)

// A Table is a data set as last scanned. What a writer did not read (it was interrupted, or had
// only a part of the data to read) is in it with what an earlier scan found, if the file has the
// same size and time; and a scan does not replace a later one, it adds to it.
type Table struct {
	Root    string    // absolute path of the data
	Scanned time.Time // when the scan began
	Records []Record  // in the order of the scan
	About   string    // what a writer has to say of the table, for programs; "" = nothing

	paths *pathIndex // made by ReadTable; nil of other tables
}

// SamplesTable is the file of the table in a folder of features that is for one data set.
const SamplesTable = tablePrefix + tableSuffix

// TableName is the file of the table of the data at root in a folder that several data sets share:
// samples-HASH.arrow.
func TableName(root string) string {
	sum := sha256.Sum256([]byte(root))
	return tablePrefix + "-" + hex.EncodeToString(sum[:8]) + tableSuffix
}

const (
	tablePrefix = "samples"
	tableSuffix = ".arrow"
)

func isTable(name string) bool {
	return name == SamplesTable || strings.HasPrefix(name, tablePrefix+"-") && strings.HasSuffix(name, tableSuffix)
}

// racy is how close to the scan a file's time may lie to be believed: file systems store times
// as coarsely as two seconds, so that a file written twice within them can look unchanged.
const racy = 2 * time.Second

// Lookup returns the record of an unchanged file: the same path below the same root, size and
// time. It has a key or an error. A time too close to the scan is not believed; the file is then
// read again, which is all it costs. Safe for concurrent use; fast on a Table from ReadTable.
func (t *Table) Lookup(root, path string, bytes int64, mtime time.Time) (Record, bool) {
	if t == nil || root != t.Root {
		return Record{}, false
	}
	i, ok := t.find(path)
	if !ok {
		return Record{}, false
	}
	r := t.Records[i]
	return r, r.read() && r.Same(bytes, mtime) && t.believes(mtime)
}

// believes reports whether a file of that time cannot have been written again after the scan
// without a change of its time.
func (t *Table) believes(mtime time.Time) bool { return mtime.Before(t.Scanned.Add(-racy)) }

// index is where each path is among the records.
func (t *Table) index() map[string]int32 {
	if t.paths == nil {
		return t.places()
	}
	t.paths.made.Do(func() { t.paths.at = t.places() })
	return t.paths.at
}

// pathIndex is a table's index, made when it is asked for: training does not need it.
type pathIndex struct {
	made sync.Once
	at   map[string]int32
}

func (t *Table) places() map[string]int32 {
	at := make(map[string]int32, len(t.Records))
	for i := range t.Records {
		at[t.Records[i].Path] = int32(i)
	}
	return at
}

func (t *Table) find(path string) (int, bool) {
	if t.paths != nil {
		i, ok := t.index()[path]
		return int(i), ok
	}
	i := slices.IndexFunc(t.Records, func(r Record) bool { return r.Path == path })
	return i, i >= 0
}

// A TableError says that a samples table is damaged, or none.
type TableError struct {
	Dir, Name string
	Err       error
}

// Error names the folder and the table.
func (e *TableError) Error() string { return fmt.Sprintf("features %q: %s: %v", e.Dir, e.Name, e.Err) }

// Unwrap gives the cause.
func (e *TableError) Unwrap() error { return e.Err }

// Hint says how to get another one.
func (e *TableError) Hint() string { return "extracting the photographs again makes it anew" }

// ReadTable reads a table of the folder by its name. A damaged one is a *TableError; the error of a
// missing one wraps fs.ErrNotExist.
func (s *Store) ReadTable(name string) (*Table, error) {
	t, err := readTable(filepath.Join(s.dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &TableError{s.dir, name, err}
	}
	return t, err
}

// Tables returns the names of the folder's tables.
func (s *Store) Tables() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	var names []string
	for _, e := range entries {
		if isTable(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// WriteTable replaces a table by t, joined with what the old table knows of the same files: see
// [Table]. So several processes that each extract a part of the same data fill one table, in
// whatever order they end.
func (s *Store) WriteTable(name string, t *Table) error {
	if s.lock == nil {
		return fmt.Errorf("features %q: opened for reading", s.dir)
	}
	if !isTable(name) {
		return fmt.Errorf("features %q: %q is no name of a table", s.dir, name)
	}
	unlock, err := s.lockMeta(durable.Lock)
	if err != nil {
		return err
	}
	defer unlock()
	if old, err := readTable(filepath.Join(s.dir, name)); err == nil && old.Root == t.Root {
		t = joined(t, old, time.Now())
	}
	return writeTable(filepath.Join(s.dir, name), t)
}

// lockMeta locks graft.json, which orders mergers and writers of tables. Where there are no
// locks it does nothing. With durable.Lock it waits.
func (s *Store) lockMeta(lock func(*os.File, durable.Mode) error) (unlock func(), err error) {
	// NFS locks only what is open for writing.
	f, err := os.OpenFile(filepath.Join(s.dir, metaFile), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.Open(filepath.Join(s.dir, metaFile))
	}
	if err != nil {
		return nil, fmt.Errorf("features %q: %w", s.dir, err)
	}
	if err := lock(f, durable.Exclusive); err != nil && !errors.Is(err, durable.ErrNoLocks) {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
