package features

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"graft/extractor/durable"
	"graft/extractor/pixels"
)

// Options tune a Store; the zero value works.
type Options struct {
	SealRows  int           // rows of a part; 0 = 2048
	SealAfter time.Duration // how long a row waits for a part at most; 0 = 30 s
	AnyViews  bool          // no augmented views are wanted: whatever their seed is, the folder is the right one
}

const (
	defaultSealRows  = 2048
	defaultSealAfter = 30 * time.Second
)

// ErrMissing is the error of a row that is not there, or was there and is damaged.
var ErrMissing = errors.New("these features are not there")

// A Problem is something damaged or foreign in a folder of features. What is damaged is never
// served; it counts as missing.
type Problem struct {
	File string // name in the folder
	ID   *ID    // the row, if only one is concerned
	Err  error
}

// Error names the file, the row if there is one, and what is wrong.
func (p Problem) Error() string {
	if p.ID != nil {
		return fmt.Sprintf("%s: features of %v, view %d: %v", p.File, p.ID.Key, p.ID.View, p.Err)
	}
	return fmt.Sprintf("%s: %v", p.File, p.Err)
}

// key is that of the row of view 0 that is concerned, or none.
func (p Problem) key() (k pixels.Key) {
	if p.ID != nil && p.ID.View == 0 {
		k = p.ID.Key
	}
	return k
}

// Unwrap gives the cause.
func (p Problem) Unwrap() error { return p.Err }

// A Store is an open folder of features. It is safe for concurrent use. It sees what was there
// when it was opened and what it appends; what others write meanwhile it sees when opened again.
// It holds about 100 bytes a row in memory, and the rows of one part while appending.
type Store struct {
	dir  string
	meta Meta
	opts Options
	lock *os.File     // the folder, locked as shared by writers; nil when reading
	step func(string) // called between the steps of a merge; tests stop there

	mu       sync.RWMutex
	parts    []*part // those that are read
	retired  []*part // replaced by a merge, still read by Sets
	index    map[ID]place
	spare    map[ID][]place // further copies of a row
	pending  rows
	timer    *time.Timer
	problems []Problem
	failed   error // of sealing in the background
	closed   bool
}

// A place is where a row lies: in a part, or among the pending rows (part nil).
type place struct {
	part *part
	row  int32
}

// Open opens the folder for reading and appending. If it does not exist, or is empty, it is made.
// A folder of another trunk or transform is refused, with both sides named. Leftovers of killed
// writers are removed. Close the Store when done: that seals what was appended.
func Open(dir string, m Meta, o Options) (*Store, error) {
	if m.Version == 0 {
		m.Version = Version
	}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("features %q: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("features %q: %w", dir, err)
	}
	s, err := open(dir, &m, o)
	if err != nil {
		return nil, err
	}
	if o.AnyViews {
		m.ViewsSeed = s.meta.ViewsSeed
	}
	if diff := m.Difference(s.meta); diff != "" {
		s.Close()
		return nil, fmt.Errorf("features %q were made differently: %s; use another folder", dir, diff)
	}
	s.tidy()
	return s, nil
}

// OpenExisting opens the folder for reading alone; Append fails. Nothing in it is changed.
func OpenExisting(dir string, o Options) (*Store, error) { return open(dir, nil, o) }

// IsDir reports whether dir is a folder of features rather than of photographs.
func IsDir(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, metaFile))
	return err == nil && info.Mode().IsRegular()
}

func open(dir string, m *Meta, o Options) (_ *Store, err error) {
	o.SealRows = cmp.Or(max(o.SealRows, 0), defaultSealRows)
	o.SealAfter = cmp.Or(max(o.SealAfter, 0), defaultSealAfter)
	s := &Store{dir: dir, opts: o, step: func(string) {}, index: map[ID]place{}, spare: map[ID][]place{}}
	defer func() {
		if err != nil {
			s.Close()
			err = fmt.Errorf("features %q: %w", dir, err)
		}
	}()
	if m != nil {
		if s.lock, err = durable.OpenFolder(dir); err != nil {
			return nil, err
		}
		// Waits while rows are being removed. Where there are no locks, GC refuses to run.
		if err := durable.Lock(s.lock, durable.Shared); err != nil && !errors.Is(err, durable.ErrNoLocks) {
			return nil, err
		}
		if err := createMeta(dir, *m); err != nil {
			return nil, err
		}
	}
	if s.meta, err = readMeta(dir); err != nil {
		return nil, err
	}
	s.pending.d, s.pending.half = s.meta.Trunk.Dim, s.meta.half()
	return s, s.load()
}

// Dir is the folder's path as it was opened.
func (s *Store) Dir() string { return s.dir }

// Meta is what made the features.
func (s *Store) Meta() Meta { return s.meta }

// Dim is d, the number of features of a row.
func (s *Store) Dim() int { return s.meta.Trunk.Dim }

// Problems returns what was found damaged or foreign so far.
func (s *Store) Problems() []Problem {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.problems)
}

// Len is the number of rows.
func (s *Store) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.index)
}

// Close seals what was appended and closes the files. Sets of the Store cannot be read afterwards.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	err := s.seal() // tries again what failed in the background
	s.closed = true
	for _, p := range slices.Concat(s.parts, s.retired) {
		err = errors.Join(err, p.file.Close())
	}
	if s.lock != nil {
		s.lock.Close()
	}
	return err
}
