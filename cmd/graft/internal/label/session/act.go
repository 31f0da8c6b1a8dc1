package session

import (
	"errors"
	"fmt"
	"slices"

	"graft/cmd/graft/internal/label/book"
	"graft/cmd/graft/internal/label/journal"
)

var (
	errNoPicture = &book.ActionError{Reason: "there is no such photograph"}
	errChanged   = errors.New("the file has changed since")
)

// An Act is what a person does.
type Act struct {
	Do    journal.Do `json:"do"`
	IDs   []int      `json:"ids"`   // photographs, by their numbers
	Label string     `json:"label"` // as in journal.Action
	To    string     `json:"to"`
}

// Done is what came of it.
type Done struct {
	Version int    `json:"version"`
	Said    string `json:"said"`             // in words
	IDs     []int  `json:"ids,omitempty"`    // the photographs that it concerned, of Undo and Redo, too
	Failed  []int  `json:"failed,omitempty"` // photographs that could not be read, and so got no label
}

// Act takes what a person does. An *book.ActionError says why it cannot be done. That it could not
// be written yet is no error: State says so until it is.
func (s *Session) Act(a Act) (*Done, error) {
	action := journal.Action{Do: a.Do, Label: a.Label, To: a.To, Time: s.options.Now().UnixMilli()}
	if a.Do == journal.Begin || a.Do == journal.Wrote {
		return nil, &book.ActionError{Reason: "nobody does that"}
	}
	done := &Done{}
	keys := make([]journal.Key, 0, len(a.IDs))
	var ids []int
	for _, i := range a.IDs {
		if i < 0 || i >= len(s.pictures) {
			return nil, errNoPicture
		}
		key, err := s.keyOf(i)
		if err != nil {
			done.Failed = append(done.Failed, i)
			continue
		}
		keys, ids = append(keys, key), append(ids, i)
	}
	if len(done.Failed) > 0 && len(ids) == 0 {
		return nil, &book.ActionError{Reason: fmt.Sprintf("%q cannot be read, so it gets no label", s.pictures[done.Failed[0]].path)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, i := range ids {
		action.Pictures = append(action.Pictures, journal.Picture{Key: keys[k], Path: s.pictures[i].path, Test: s.isTest(i)})
	}
	return done, s.do(action, done)
}

// isTest reports whether a picture is asked for the honest test now.
func (s *Session) isTest(i int) bool {
	for _, q := range s.learned.questions {
		if q.Row == i {
			return q.Test
		}
	}
	return s.marks[i].Test
}

// do takes an action. The lock is held.
func (s *Session) do(action journal.Action, done *Done) error {
	meant, err := s.book.Do(action)
	if err != nil {
		return err
	}
	s.journal.Append(action) // what cannot be written is kept, tried again, and shown
	for _, p := range meant.Pictures {
		for _, i := range s.byKey[p.Key] {
			s.marks[i] = s.markOf(i)
			done.IDs = append(done.IDs, i)
		}
	}
	if len(meant.Pictures) == 0 || action.Do == journal.Undo || action.Do == journal.Redo {
		s.refresh()
	}
	done.Said = said(action, meant)
	s.tell()
	s.change()
	done.Version = s.version
	poke(s.save)
	return nil
}

// said says in words what was done.
func said(action, meant journal.Action) string {
	n := fmt.Sprintf("%d photographs", len(meant.Pictures))
	if len(meant.Pictures) == 1 {
		n = meant.Pictures[0].Path
	}
	var text string
	switch meant.Do {
	case journal.Label:
		text = fmt.Sprintf("%s: %s", n, meant.Label)
		if meant.Label == "" {
			text = n + ": labelled"
		}
	case journal.Skip:
		text = n + ": skipped"
	case journal.None:
		text = n + ": none of these"
	case journal.Clear:
		text = n + ": no label"
	case journal.Class:
		text = "new class " + meant.Label
	case journal.Rename:
		text = fmt.Sprintf("%s is called %s", meant.Label, meant.To)
	case journal.Merge:
		text = fmt.Sprintf("%s is a part of %s", meant.Label, meant.To)
	}
	switch action.Do {
	case journal.Undo:
		return "undone: " + text
	case journal.Redo:
		return "done again: " + text
	}
	return text
}

// Label gives photographs labels by path, in one action that can be undone: what is imported.
// Labels of paths that are not there are counted as missing.
func (s *Session) Label(labels map[string]string) (done *Done, missing int, err error) {
	byPath := map[string]int{}
	for i := range s.pictures {
		byPath[s.pictures[i].path] = i
	}
	action := journal.Action{Do: journal.Label, Time: s.options.Now().UnixMilli()}
	for path, label := range labels {
		i, there := byPath[path]
		if !there {
			missing++
			continue
		}
		key, err := s.keyOf(i)
		if err != nil {
			missing++
			continue
		}
		action.Pictures = append(action.Pictures, journal.Picture{Key: key, Path: path, Label: label})
	}
	slices.SortFunc(action.Pictures, func(a, b journal.Picture) int { return slices.Compare([]byte(a.Path), []byte(b.Path)) })
	if len(action.Pictures) == 0 {
		return &Done{}, missing, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	done = &Done{}
	return done, missing, s.do(action, done)
}
