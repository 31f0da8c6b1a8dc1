package session

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io"
	"slices"
	"time"

	"graft/cmd/graft/internal/label/book"
	"graft/cmd/graft/internal/label/journal"
	"graft/extractor/durable"
)

// A row is a line of the list.
type row struct{ path, label, split string }

// rows are those of the list: photographs that have a label, by path. Those that are not there now
// are listed where they were; a file that has become another one is not. The lock is held.
func (s *Session) rows() (list []row) {
	classes, there, taken := s.book.Classes(), map[journal.Key]bool{}, map[string]bool{}
	for i := range s.pictures {
		p, m := &s.pictures[i], s.marks[i]
		taken[p.path] = true
		if p.known {
			there[p.key] = true
		}
		if m.Kind == book.Labelled && !p.other {
			list = append(list, row{p.path, classes[m.Class].Name, s.splitOf(i)})
		}
	}
	unread := s.computed < len(s.pictures)
	s.book.Each(func(k journal.Key, m book.Mark) {
		if m.Kind != book.Labelled || there[k] || taken[m.Path] && !unread {
			return
		}
		split := "train"
		if m.Test {
			split = "val"
		}
		list = append(list, row{m.Path, classes[m.Class].Name, split})
	})
	slices.SortFunc(list, func(a, b row) int { return cmp.Compare(a.path, b.path) })
	return slices.CompactFunc(list, func(a, b row) bool { return a.path == b.path })
}

// writeList writes the list, if it would be another one.
func (s *Session) writeList() error {
	s.mu.Lock()
	rows := s.rows()
	s.mu.Unlock()
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.Write([]string{"path", "label", "split"}) // to memory
	for _, r := range rows {
		w.Write([]string{r.path, r.label, r.split})
	}
	w.Flush()
	sum := sha256.Sum256(text.Bytes())
	name := hex.EncodeToString(sum[:])
	s.mu.Lock()
	last := s.found.sum
	s.mu.Unlock()
	if name == last {
		return nil
	}
	err := s.journal.Append(journal.Action{Do: journal.Wrote, Sum: name})
	if err == nil {
		err = durable.Write(s.options.List, func(w io.Writer) error {
			_, err := w.Write(text.Bytes())
			return err
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.found.sum = name
	}
	if was := s.listed; (was == nil) != (err == nil) {
		s.change()
	}
	s.listed = err
	return err
}

// saveEvery is how long the list waits for more changes.
const saveEvery = 700 * time.Millisecond

// saving writes the list a moment after it has changed, and tries again what failed.
func (s *Session) saving(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	waiting, failing := false, false
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.save:
			waiting = true
		case <-tick.C:
			if n, err := s.journal.Unsaved(); (n > 0 || err != nil) != failing {
				failing = !failing
				s.mu.Lock()
				s.change()
				s.mu.Unlock()
			}
			if waiting {
				waiting = s.writeList() != nil
			}
		}
	}
}
