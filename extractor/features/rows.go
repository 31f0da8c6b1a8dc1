package features

import (
	"fmt"
	"slices"
	"time"

	"graft/extractor/pixels"
)

// Has reports whether the row is there, undamaged and finite. The first question about a row of a
// part checks all rows of that part.
func (s *Store) Has(k pixels.Key, view int) bool {
	id := ID{k, int32(view)}
	for {
		s.mu.RLock()
		at, ok := s.index[id]
		closed := s.closed
		s.mu.RUnlock()
		if !ok || at.part == nil || closed {
			return ok && !closed
		}
		s.checkPart(at.part)
		s.mu.RLock()
		now, ok := s.index[id]
		s.mu.RUnlock()
		if ok && now == at {
			return true
		}
	}
}

// checkPart reads all rows of a part once and drops the damaged ones from the index.
func (s *Store) checkPart(p *part) {
	p.check.Do(func() {
		for i := range p.ids {
			if err := p.sound(i); err != nil {
				s.drop(place{p, int32(i)}, err)
			}
		}
	})
}

// checkParts is checkPart of all of them.
func (s *Store) checkParts() {
	for _, p := range s.openedParts() {
		s.checkPart(p)
	}
}

func (s *Store) openedParts() []*part {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.parts)
}

// drop forgets a damaged row, and notes the problem. Another copy takes its place.
func (s *Store) drop(at place, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || at.part.bad[at.row] {
		return
	}
	id := at.part.ids[at.row]
	if at.part.bad == nil {
		at.part.bad = map[int32]bool{}
	}
	at.part.bad[at.row] = true
	s.problems = append(s.problems, Problem{File: at.part.name, ID: &id, Err: err})
	spare := s.spare[id]
	if s.index[id] != at {
		s.spare[id] = slices.DeleteFunc(spare, func(p place) bool { return p == at })
		return
	}
	if len(spare) == 0 {
		delete(s.index, id)
		return
	}
	s.index[id], s.spare[id] = spare[0], spare[1:]
}

// Row copies a row into dst, which has d values. A row that is not there, or damaged in all its
// copies, gives an error that wraps ErrMissing.
func (s *Store) Row(k pixels.Key, view int, dst []float32) error {
	if len(dst) != s.Dim() {
		panic(fmt.Sprintf("features: Row into %d values, not %d", len(dst), s.Dim()))
	}
	id := ID{k, int32(view)}
	for {
		at, err := s.find(id, dst)
		if at.part == nil {
			return err
		}
		if err := at.part.row(int(at.row), dst); err == nil {
			return nil
		} else if s.isClosed() {
			return s.gone()
		} else {
			s.drop(at, err)
		}
	}
}

// places is where the rows of view 0 of some records lie. They stay there while the store is open.
func (s *Store) places(records []Record) []place {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]place, len(records))
	for i := range records {
		list[i] = s.index[ID{Key: records[i].Key}]
	}
	return list
}

// find returns where a row lies; a pending one is copied at once.
func (s *Store) find(id ID, dst []float32) (place, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return place{}, s.gone()
	}
	at, ok := s.index[id]
	if !ok {
		return place{}, fmt.Errorf("features %q: %v, view %d: %w", s.dir, id.Key, id.View, ErrMissing)
	}
	if at.part == nil {
		s.pending.row(int(at.row), dst)
	}
	return at, nil
}

func (s *Store) isClosed() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}

func (s *Store) gone() error { return fmt.Errorf("features %q: closed", s.dir) }

// Append adds rows, copying them; one that is there already is left out. They are readable at
// once and on the disk when sealed, at the latest after Options.SealAfter. After an error (a full
// disk) the rows stay pending, and Append, Seal or Close tries again.
func (s *Store) Append(list ...Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return s.gone()
	case s.lock == nil:
		return fmt.Errorf("features %q: opened for reading", s.dir)
	}
	if err := s.failed; err != nil {
		s.failed = nil
		return err
	}
	s.pending.reserve(s.opts.SealRows)
	for _, r := range list {
		if len(r.Features) != s.Dim() {
			return fmt.Errorf("features %q: a row of %d values, not %d", s.dir, len(r.Features), s.Dim())
		}
		if len(s.pending.ids) >= s.opts.SealRows {
			if err := s.seal(); err != nil {
				return err
			}
		}
		if _, ok := s.index[r.ID]; !ok {
			s.index[r.ID] = place{row: int32(len(s.pending.ids))}
			s.pending.add(r.ID, r.Features)
		}
	}
	if len(s.pending.ids) >= s.opts.SealRows {
		return s.seal()
	}
	s.startTimer()
	return nil
}

func (s *Store) startTimer() {
	if s.timer != nil || len(s.pending.ids) == 0 {
		return
	}
	s.timer = time.AfterFunc(s.opts.SealAfter, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.closed {
			s.failed = s.seal()
		}
	})
}

// Seal writes the pending rows to a part.
func (s *Store) Seal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.gone()
	}
	s.failed = nil
	return s.seal()
}

// seal is Seal for a holder of the lock.
func (s *Store) seal() error {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	if len(s.pending.ids) == 0 {
		return nil
	}
	name, err := writePart(s.dir, &s.pending, nil)
	if err != nil {
		return err
	}
	p, err := openPart(s.dir, name, s.Dim())
	if err != nil {
		return Problem{File: name, Err: err}
	}
	s.parts = append(s.parts, p)
	s.enter(p)
	s.pending.reset()
	return nil
}
