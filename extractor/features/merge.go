package features

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"graft/extractor/durable"
)

// Merged says what Merge did.
type Merged struct {
	Before, After int // parts
	Damaged       int // rows and parts that were damaged, or not finite, and are gone now; their problems were noted
}

// mostMerged bounds how many parts one part replaces, and with it the list of their names.
const mostMerged = 256

// Merge makes large parts of small ones, seals what is pending before, and drops damaged rows and
// parts. If another process is merging, it leaves the work to that one. At any moment of it, a
// crash loses and doubles nothing. Sets that were made before stay readable.
func (s *Store) Merge(ctx context.Context) (Merged, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return Merged{}, s.gone()
	case s.lock == nil:
		return Merged{}, fmt.Errorf("features %q: opened for reading", s.dir)
	}
	if err := s.seal(); err != nil {
		return Merged{}, err
	}
	busy := errors.New("another process is merging")
	unlock, err := s.lockMeta(func(f *os.File, m durable.Mode) error {
		if held, err := durable.TryLock(f, m); err != nil || held {
			return err
		}
		return busy
	})
	if errors.Is(err, busy) {
		return Merged{Before: len(s.parts), After: len(s.parts)}, nil
	}
	if err != nil {
		return Merged{}, err
	}
	defer unlock()
	if err := s.load(); err != nil {
		return Merged{}, err
	}
	s.tidy()
	return s.merge(ctx)
}

func (s *Store) merge(ctx context.Context) (m Merged, err error) {
	m.Before = len(s.parts)
	for _, group := range s.groups() {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		dropped, err := s.rewrite(group, func(ID) bool { return true })
		if err != nil {
			return m, err
		}
		m.Damaged += dropped
	}
	m.Damaged += s.removeDamaged()
	err = s.load()
	m.After = len(s.parts)
	return m, err
}

// groups returns the parts that become one each: neighbours that are less than half full, and
// any part with a damaged row.
func (s *Store) groups() [][]*part {
	var groups [][]*part
	var group []*part
	n := 0
	flush := func() {
		if len(group) > 1 || len(group) == 1 && len(group[0].bad) > 0 {
			groups = append(groups, group)
		}
		group, n = nil, 0
	}
	for _, p := range s.parts {
		small := 2*len(p.ids) < s.opts.SealRows
		if !small && len(p.bad) == 0 {
			continue
		}
		if n+len(p.ids) > s.opts.SealRows || len(group) == mostMerged {
			flush()
		}
		group, n = append(group, p), n+len(p.ids)
	}
	flush()
	return groups
}

// rewrite makes one part of the sound rows of a group that keep wants, each once, and removes the
// group's files. It returns how many rows were damaged.
func (s *Store) rewrite(group []*part, keep func(ID) bool) (damaged int, err error) {
	out := &rows{d: s.Dim(), half: s.meta.half()}
	n := 0
	for _, p := range group {
		n += len(p.ids)
	}
	out.reserve(n)
	written := map[ID]bool{}
	x := make([]float32, s.Dim())
	var names []string
	for _, p := range group {
		names = append(names, p.name)
		for i, id := range p.ids {
			if written[id] || !keep(id) {
				continue
			}
			err := p.sound(i)
			if err == nil {
				err = p.row(i, x)
			}
			if err != nil {
				s.note(Problem{File: p.name, ID: &id, Err: err})
				damaged++
				continue
			}
			written[id] = true
			out.add(id, x)
		}
	}
	if len(out.ids) > 0 {
		s.step("write")
		if _, err := writePart(s.dir, out, names); err != nil {
			return damaged, err
		}
	}
	for _, name := range names {
		s.step("remove")
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil && len(out.ids) == 0 {
			return damaged, err
		}
	}
	return damaged, nil
}

// removeDamaged removes the parts of graft's own names whose content is not what was written.
// Their rows, as far as they were wanted, have been computed again.
func (s *Store) removeDamaged() (n int) {
	for _, p := range s.problems {
		if p.ID == nil && partName.MatchString(p.File) && (errors.Is(p.Err, errSeal) || errors.Is(p.Err, errUnsealed)) {
			if os.Remove(filepath.Join(s.dir, p.File)) == nil {
				n++
			}
		}
	}
	return n
}
