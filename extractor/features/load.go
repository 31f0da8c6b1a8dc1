package features

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"graft/extractor/durable"
)

const metaFile = "graft.json"

// createMeta writes graft.json unless it is there, or another process is faster.
func createMeta(dir string, m Meta) error {
	path := filepath.Join(dir, metaFile)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if IsPartitioned(dir) {
		return ErrPartitions
	}
	for _, e := range entries {
		if !durable.IsTemp(e.Name()) && e.Name() != metaFile {
			return fmt.Errorf("it has no %s but holds other files (%s); use an empty folder", metaFile, e.Name())
		}
	}
	b, err := m.Encode()
	if err != nil {
		return err
	}
	err = durable.WriteNew(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func readMeta(dir string) (Meta, error) {
	const most = 1 << 20
	f, err := os.Open(filepath.Join(dir, metaFile))
	if errors.Is(err, fs.ErrNotExist) {
		if IsPartitioned(dir) {
			return Meta{}, ErrPartitions
		}
		return Meta{}, fmt.Errorf("it has no %s, so it is no folder of features", metaFile)
	}
	if err != nil {
		return Meta{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Meta{}, err
	}
	if info.Size() > most {
		return Meta{}, fmt.Errorf("%s has %d bytes, which is too many", metaFile, info.Size())
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		return Meta{}, err
	}
	m, err := decodeMeta(b.Bytes())
	if err != nil {
		return Meta{}, fmt.Errorf("%s: %w", metaFile, err)
	}
	return m, nil
}

// load reads the folder: which parts there are and which rows they have.
func (s *Store) load() error {
	const attempts = 10 // a merge elsewhere may remove parts while they are opened
	for range attempts {
		found, err := s.openParts()
		if err != nil {
			return err
		}
		if found.vanished {
			closeParts(found.parts, s.parts)
			continue
		}
		s.retired = append(s.retired, without(s.parts, found.parts)...)
		s.parts = found.parts
		s.note(found.problems...)
		s.reindex()
		return nil
	}
	return errors.New("its parts change all the time")
}

// A listing is what the folder has of parts.
type listing struct {
	parts    []*part // those that are not replaced by another
	problems []Problem
	vanished bool // a part was removed while the folder was being read
}

// openParts opens all parts that are not open yet and drops those that others replace.
func (s *Store) openParts() (listing, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return listing{}, err
	}
	open := map[string]*part{}
	for _, p := range s.parts {
		open[p.name] = p
	}
	var found listing
	var parts []*part
	for _, e := range entries {
		if !IsPart(e.Name()) {
			continue
		}
		p, err := open[e.Name()], error(nil)
		if p == nil {
			p, err = openPart(s.dir, e.Name(), s.Dim())
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			found.vanished = true
		case err != nil:
			found.problems = append(found.problems, Problem{File: e.Name(), Err: err})
		default:
			parts = append(parts, p)
		}
	}
	found.parts = latest(parts)
	closeParts(without(parts, found.parts), s.parts)
	return found, nil
}

// latest leaves out the parts that others replace.
func latest(parts []*part) []*part {
	replaced := map[string]bool{}
	for _, p := range parts {
		for _, name := range p.replaces {
			replaced[name] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(parts), func(p *part) bool { return replaced[p.name] })
}

// closeParts closes those parts that are not among keep.
func closeParts(parts, keep []*part) {
	for _, p := range without(parts, keep) {
		p.file.Close()
	}
}

func without(parts, keep []*part) []*part {
	kept := map[*part]bool{}
	for _, p := range keep {
		kept[p] = true
	}
	var rest []*part
	for _, p := range parts {
		if !kept[p] {
			rest = append(rest, p)
		}
	}
	return rest
}

// note remembers problems, each once.
func (s *Store) note(problems ...Problem) {
	for _, p := range problems {
		known := false
		for _, q := range s.problems {
			known = known || q.Error() == p.Error()
		}
		if !known {
			s.problems = append(s.problems, p)
		}
	}
}

// reindex builds the index from the parts and the pending rows.
func (s *Store) reindex() {
	n := len(s.pending.ids)
	for _, p := range s.parts {
		n += len(p.ids)
	}
	s.index, s.spare = make(map[ID]place, n), map[ID][]place{}
	for _, p := range s.parts {
		s.enter(p)
	}
	for i, id := range s.pending.ids {
		if _, ok := s.index[id]; !ok {
			s.index[id] = place{row: int32(i)}
		}
	}
}

// enter puts the rows of a part that are not known to be damaged into the index.
func (s *Store) enter(p *part) {
	for i, id := range p.ids {
		here := place{p, int32(i)}
		switch old, ok := s.index[id]; {
		case p.bad[int32(i)]:
		case !ok || old.part == nil:
			s.index[id] = here
		default:
			s.spare[id] = append(s.spare[id], here)
		}
	}
}

// tidy removes the leftovers of killed writers and finished merges. What cannot be removed is
// harmless and stays.
func (s *Store) tidy() {
	durable.Clean(s.dir)
	for _, p := range s.parts {
		for _, name := range p.replaces {
			if partName.MatchString(name) {
				os.Remove(filepath.Join(s.dir, name))
			}
		}
	}
}
