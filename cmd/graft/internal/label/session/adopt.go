package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"graft/cmd/graft/internal/label/book"
	"graft/extractor/dataset"
)

// A ForeignListError says that there is a file where the list should be, that is none.
type ForeignListError struct {
	Path string
	Err  error
}

// Error names the file.
func (e *ForeignListError) Error() string {
	return fmt.Sprintf("%q is there already, and is no list of labels: %v", e.Path, e.Err)
}

// Unwrap gives the cause.
func (e *ForeignListError) Unwrap() error { return e.Err }

// adopt takes the labels of a list that somebody else has written or changed: that is one which the
// journal has not announced. They count as an action, which can be undone.
func (s *Session) adopt(ctx context.Context) error {
	text, err := os.ReadFile(s.options.List)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the list: %w", err)
	}
	sum := sha256.Sum256(text)
	if s.wrote[hex.EncodeToString(sum[:])] || len(text) == 0 {
		return nil
	}
	d, err := dataset.Scan(ctx, s.data.Root, dataset.Options{List: s.options.List})
	if err != nil {
		if string(text) == "path,label,split\n" {
			return nil
		}
		return &ForeignListError{s.options.List, err}
	}
	defer d.Close()
	labels := map[string]string{}
	for _, sample := range d.Samples {
		if sample.Label != "" {
			labels[dataset.Escape(sample.Path)] = sample.Label
		}
	}
	done, missing, err := s.Label(s.differing(labels))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(done.IDs); n > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s was changed elsewhere: %d labels are taken from it", s.options.List, n))
	}
	if missing > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s names %d photographs that are not there or cannot be read; their labels stay in the file only until it is written again", s.options.List, missing))
	}
	return nil
}

// differing are the labels that photographs do not have already.
func (s *Session) differing(labels map[string]string) map[string]string {
	out := map[string]string{}
	byPath := map[string]int{}
	for i := range s.pictures {
		byPath[s.pictures[i].path] = i
	}
	for path, label := range labels {
		i, there := byPath[path]
		if there {
			s.keyOf(i) // what cannot be read is counted by Label
			s.mu.Lock()
			m := s.marks[i]
			same := m.Kind == book.Labelled && s.book.Classes()[m.Class].Name == label
			s.mu.Unlock()
			if same {
				continue
			}
		}
		out[path] = label
	}
	return out
}

// Notes are what a person should know of how the session began.
func (s *Session) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.notes...)
}

// Save writes the list now.
func (s *Session) Save() error {
	if err := s.writeList(); err != nil {
		return err
	}
	return s.journal.Flush()
}

// Paths are those of all photographs, by their numbers.
func (s *Session) Paths() []string {
	paths := make([]string, len(s.pictures))
	for i := range s.pictures {
		paths[i] = s.pictures[i].path // never changes
	}
	return paths
}
