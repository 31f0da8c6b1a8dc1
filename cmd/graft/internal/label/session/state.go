package session

import (
	"fmt"

	"graft/cmd/graft/internal/label/book"
	"graft/head/active"
)

// State is what there is to see beside the photographs.
type State struct {
	Version   int         `json:"version"`
	Fits      int         `json:"fits"` // how often the head was fitted
	Seconds   float64     `json:"seconds"`
	Photos    int         `json:"photos"`
	Computed  int         `json:"computed"` // that features were computed of, or could not be
	Failed    int         `json:"failed"`
	Busy      bool        `json:"busy"` // features are being computed
	Labelled  int         `json:"labelled"`
	Left      int         `json:"left"`  // skipped, or none of the classes
	Tests     int         `json:"tests"` // of Labelled: for the honest test
	Classes   []ClassSeen `json:"classes"`
	Undo      int         `json:"undo"`
	Redo      int         `json:"redo"`
	Live      Live        `json:"live"`
	Questions []int       `json:"questions"`
	First     bool        `json:"first"`   // the first questions are under way: centres of clusters
	Trouble   []string    `json:"trouble"` // what is wrong, in words
	Notes     []string    `json:"notes"`
}

// A ClassSeen is a class and how many photographs are of it.
type ClassSeen struct {
	ID        int    `json:"id"`
	Name      string `json:"name"`
	Labelled  int    `json:"labelled"`
	Suggested int    `json:"suggested"`
}

// State is what there is to see now.
func (s *Session) State() State {
	unsaved, failed := s.journal.Unsaved()
	s.mu.Lock()
	defer s.mu.Unlock()
	st := State{
		Version: s.version, Fits: s.learned.fits, Seconds: s.learned.seconds, Photos: len(s.pictures), Computed: s.computed, Failed: s.failed, Busy: s.busy,
		Undo: s.book.Undoable(), Redo: s.book.Redoable(), Live: s.live, Questions: []int{}, Trouble: []string{}, Notes: append([]string{}, s.notes...),
		Classes: []ClassSeen{},
	}
	labelled, suggested := map[int]int{}, map[int]int{}
	answers := 0
	for i := range s.pictures {
		switch m := s.marks[i]; {
		case m.Kind == book.Labelled:
			st.Labelled++
			labelled[m.Class]++
			if m.Test {
				st.Tests++
			}
			answers += min(m.At, 1)
		case m.Kind == book.Skipped || m.Kind == book.None:
			st.Left++
		case !s.pictures[i].aside:
			suggested[s.suggested(i)]++
		}
	}
	for _, c := range s.book.Current() {
		st.Classes = append(st.Classes, ClassSeen{c, s.book.Classes()[c].Name, labelled[c], suggested[c]})
	}
	for _, q := range s.learned.questions {
		if s.unmarked(q.Row) {
			st.Questions = append(st.Questions, q.Row)
		}
	}
	st.First = answers < active.First(len(st.Classes))
	if s.live.Curve == nil {
		st.Live.Curve = []active.Point{}
	}
	st.Trouble = s.troubles(unsaved, failed)
	return st
}

// An Item is a photograph as the page shows it.
type Item struct {
	ID     int     `json:"id"`
	Path   string  `json:"path"`
	Kind   string  `json:"kind"`   // "", labelled, skipped, none
	Class  int     `json:"class"`  // that it is labelled as; −1
	Guess  int     `json:"guess"`  // the class that is suggested; −1: none, or it is for the honest test
	P      float32 `json:"p"`      // its probability
	Test   bool    `json:"test"`   // for the honest test
	Ready  bool    `json:"ready"`  // its features are there
	Why    string  `json:"why"`    // what is wrong with the file
	Key    string  `json:"key"`    // how its content's SHA-256 begins; "": not known
	Doubt  int     `json:"doubt"`  // the class that an out-of-fold prediction gives instead of the label; −1
	Folder bool    `json:"folder"` // the label is that of its folder
}

var kinds = [...]string{book.Nothing: "", book.Labelled: "labelled", book.Skipped: "skipped", book.None: "none", book.Cleared: ""}

// Items describe some photographs; numbers of none are left out.
func (s *Session) Items(ids []int) (version int, list []Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	doubts := map[int]int{}
	for _, d := range s.live.doubts {
		doubts[d.row] = d.suggested
	}
	test := map[int]bool{}
	for _, q := range s.learned.questions {
		test[q.Row] = q.Test
	}
	list = []Item{}
	for _, i := range ids {
		if i < 0 || i >= len(s.pictures) {
			continue
		}
		p, m := &s.pictures[i], s.marks[i]
		item := Item{ID: i, Path: p.path, Kind: kinds[m.Kind], Class: -1, Guess: -1, Ready: p.ready, Why: p.why, Doubt: -1}
		if m.Kind == book.Labelled {
			item.Class, item.Folder = m.Class, m.At == 0
		}
		if d, there := doubts[i]; there && m.Kind == book.Labelled && !s.kept(i) {
			item.Doubt = d
		}
		if item.Test = test[i] || m.Test || p.aside && m.Kind == book.Nothing; !item.Test || m.Kind == book.Labelled {
			if item.Guess = s.suggested(i); item.Guess >= 0 {
				item.P = s.learned.scores.P[i]
			}
		}
		if p.known {
			item.Key = fmt.Sprintf("%x", p.key[:8])
		}
		list = append(list, item)
	}
	return s.version, list
}

// troubles are what is wrong, in words.
func (s *Session) troubles(unsaved int, failed error) []string {
	list := []string{}
	switch {
	case failed != nil:
		list = append(list, fmt.Sprintf("%d answers are not on the disk yet and are kept in memory; it is tried again every half second: %v", unsaved, failed))
	case s.listed != nil:
		list = append(list, fmt.Sprintf("the list cannot be written, but the journal has everything: %v", s.listed))
	}
	if s.trouble != nil {
		list = append(list, fmt.Sprintf("features cannot be computed: %v", s.trouble))
	}
	return list
}

// Trouble is why features could not be computed; nil if they could, so far.
func (s *Session) Trouble() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble
}
