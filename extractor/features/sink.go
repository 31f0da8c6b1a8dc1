package features

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"graft/extractor/durable"
)

// A Sink appends rows to a store without looking at what it holds, so that its memory does not grow
// with the store: a row that is there already is written again, and is there twice until somebody
// merges. Rows are on the disk when sealed, not before. It is for one goroutine.
type Sink struct {
	dir     string
	meta    Meta
	layout  Layout
	pending []rows // by partition
	rows    int    // pending
	most    int
	written map[ID]bool // since the last Begin
	made    []bool      // partitions whose folder is there
}

// SinkRows is how many rows a Sink holds at most, of an ordinary folder and, in bytes of features,
// of several partitions: parts of few rows would be many files.
const (
	sinkRows  = defaultSealRows
	sinkBytes = 128 << 20
)

// NewSink makes the store in dir if it is not there, and refuses one of another layout, or whose
// features were made differently.
func NewSink(dir string, m Meta, l Layout) (*Sink, error) {
	if m.Version == 0 {
		m.Version = Version
	}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("features %q: %w", dir, err)
	}
	if err := l.Create(dir); err != nil {
		return nil, err
	}
	s := &Sink{dir: dir, meta: m, layout: l, pending: make([]rows, l.Partitions), made: make([]bool, l.Partitions), written: map[ID]bool{}}
	if s.most = sinkRows; l.Partitions > 1 {
		s.most = max(sinkRows, sinkBytes/(4*m.Trunk.Dim))
	}
	return s, s.make(0) // so that another trunk is refused before it computes anything
}

// make makes the folder of a partition, and compares what made its features.
func (s *Sink) make(i int) error {
	if s.made[i] {
		return nil
	}
	dir := s.layout.Folder(s.dir, i)
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		err = createMeta(dir, s.meta)
	}
	if err != nil {
		return fmt.Errorf("features %q: %w", dir, err)
	}
	there, err := readMeta(dir)
	if err != nil {
		return fmt.Errorf("features %q: %w", dir, err)
	}
	if diff := s.meta.Difference(there); diff != "" {
		return &DifferentError{Dir: s.dir, Difference: diff}
	}
	s.made[i] = true
	return nil
}

// A DifferentError says that a store's features were made otherwise than those that were to join
// them.
type DifferentError struct{ Dir, Difference string }

// Error names the store and both sides.
func (e *DifferentError) Error() string {
	return fmt.Sprintf("features %q were made differently: %s; use another folder", e.Dir, e.Difference)
}

// Begin starts a new lot of rows: what was appended before may be appended again. What is pending
// is dropped.
func (s *Sink) Begin() {
	clear(s.written)
	for i := range s.pending {
		s.pending[i].reset()
	}
	s.rows = 0
}

// Append takes a row, unless it was appended since Begin. It reports whether it is time to seal.
func (s *Sink) Append(r Row) (full bool, err error) {
	if len(r.Features) != s.meta.Trunk.Dim {
		return false, fmt.Errorf("features %q: a row of %d values, not %d", s.dir, len(r.Features), s.meta.Trunk.Dim)
	}
	if !s.written[r.ID] {
		s.written[r.ID] = true
		p := &s.pending[s.layout.Of(r.Key)]
		p.d, p.half = s.meta.Trunk.Dim, s.meta.half()
		p.add(r.ID, r.Features)
		s.rows++
	}
	return s.rows >= s.most, nil
}

// Seal writes what is pending, a part in each partition that has rows, and returns the parts'
// paths below the store. After an error what was not written is still pending.
func (s *Sink) Seal() (names []string, err error) {
	for i := range s.pending {
		p := &s.pending[i]
		if len(p.ids) == 0 {
			continue
		}
		name, err := s.seal(i, p)
		if err != nil {
			return names, err
		}
		names = append(names, name)
		s.rows -= len(p.ids)
		p.reset()
	}
	return names, nil
}

func (s *Sink) seal(i int, p *rows) (string, error) {
	if err := s.make(i); err != nil {
		return "", err
	}
	dir := s.layout.Folder(s.dir, i)
	lock, err := os.Open(dir)
	if err != nil {
		return "", fmt.Errorf("features %q: %w", dir, err)
	}
	defer lock.Close()
	// Waits while rows are being removed. Where there are no locks, GC refuses to run.
	if err := durable.Lock(lock, durable.Shared); err != nil && !errors.Is(err, durable.ErrNoLocks) {
		return "", err
	}
	name, err := writePart(dir, p, nil)
	if err != nil {
		return "", err
	}
	below, err := filepath.Rel(s.dir, dir)
	return path.Join(filepath.ToSlash(below), name), err
}
