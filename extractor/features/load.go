package features

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

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
	m, err := DecodeMeta(b.Bytes())
	if err != nil {
		return Meta{}, fmt.Errorf("%s: %w", metaFile, err)
	}
	return m, nil
}

// load reads the folder: which parts there are and which rows they have.
func (s *Store) load() error {
	const attempts = 10 // a merge elsewhere may remove parts while they are opened
	for range attempts {
		parts, problems, vanished, err := s.openParts()
		if err != nil {
			return err
		}
		if vanished {
			closeParts(parts, s.parts)
			continue
		}
		s.retired = append(s.retired, without(s.parts, parts)...)
		s.parts = parts
		s.note(problems...)
		s.reindex()
		return nil
	}
	return errors.New("its parts change all the time")
}

// openParts opens all parts that are not open yet and drops those that others replace.
func (s *Store) openParts() (parts []*part, problems []Problem, vanished bool, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, nil, false, err
	}
	known := map[string]*part{}
	for _, p := range s.parts {
		known[p.name] = p
	}
	replaced := map[string]bool{}
	for _, e := range entries {
		if !IsPart(e.Name()) {
			continue
		}
		p := known[e.Name()]
		if p == nil {
			p, err = openPart(s.dir, e.Name(), s.Dim())
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			vanished, err = true, nil
			continue
		case err != nil:
			problems, err = append(problems, Problem{File: e.Name(), Err: err}), nil
			continue
		}
		parts = append(parts, p)
		for _, name := range p.replaces {
			replaced[name] = true
		}
	}
	var kept, dropped []*part
	for _, p := range parts {
		if replaced[p.name] {
			dropped = append(dropped, p)
		} else {
			kept = append(kept, p)
		}
	}
	closeParts(dropped, s.parts)
	return kept, problems, vanished, nil
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
