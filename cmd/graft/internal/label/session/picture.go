package session

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"graft/cmd/graft/internal/label/book"
	"graft/cmd/graft/internal/label/journal"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// A picture is a photograph and what is known of it beside what was said of it.
type picture struct {
	sample dataset.Sample
	path   string // as dataset.Escape writes it
	given  string // the label that its folder gives it; "" if none
	split  string // that its folder gives it; "" if none
	key    journal.Key
	known  bool   // the key is
	ready  bool   // its features are there
	why    string // there is no picture or no features; "" if nothing is known to be wrong
	other  bool   // the file is not the one that was scanned
	twin   bool   // an earlier picture has the same content
	place  float64
	aside  bool // set aside for the honest test
}

// enter makes the pictures of the scan.
func (s *Session) enter(given map[string]dataset.Sample) {
	s.pictures, s.byKey = make([]picture, len(s.data.Samples)), map[journal.Key][]int{}
	s.all = true
	for i, sample := range s.data.Samples {
		g := given[sample.Path]
		s.pictures[i] = picture{sample: sample, path: dataset.Escape(sample.Path), given: g.Label, split: g.Split}
		s.all = s.all && g.Label != ""
	}
}

// learnKey notes the content of a picture. The lock is held.
func (s *Session) learnKey(i int, key journal.Key) {
	p := &s.pictures[i]
	if p.known {
		return
	}
	p.key, p.known = key, true
	p.twin = len(s.byKey[key]) > 0
	s.byKey[key] = append(s.byKey[key], i)
	place, aside := s.reserve.Place(key)
	p.place, p.aside = place, aside && p.given == "" && p.split == ""
	s.marks[i] = s.markOf(i)
}

// markOf is what is known of a picture's label: what was said, or what its folder says.
func (s *Session) markOf(i int) book.Mark {
	p := &s.pictures[i]
	var m book.Mark
	if p.known {
		m = s.book.Of(p.key)
	}
	if m.Kind == book.Nothing && p.given != "" {
		if c := s.book.OfFolder(p.given); c >= 0 {
			m = book.Mark{Kind: book.Labelled, Class: c, Path: p.path}
		}
	}
	return m
}

// refresh looks up all marks again. The lock is held, or nobody else is there yet.
func (s *Session) refresh() {
	for i := range s.pictures {
		s.marks[i] = s.markOf(i)
	}
}

// splitOf is the split of a labelled picture: val if it is for the honest test.
func (s *Session) splitOf(i int) string {
	p := &s.pictures[i]
	switch {
	case p.split != "":
		return p.split
	case s.marks[i].Test && p.aside, s.all && p.known && p.place < s.reserve.Part:
		return "val"
	}
	return "train"
}

// compute has the features computed.
func (s *Session) compute(ctx context.Context) {
	last := time.Now()
	err := s.options.Source.Compute(ctx, s.data, s.anyOrder, func(i int, o Outcome) error {
		s.take(i, o)
		if time.Since(last) > time.Second {
			last = time.Now()
			s.mu.Lock()
			s.tell()
			s.mu.Unlock()
		}
		return nil
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
	if err != nil && ctx.Err() == nil {
		s.trouble = err
	}
	s.tell()
	s.change()
	poke(s.save)
}

// anyOrder is n numbers in an order that says nothing of what they are of.
func (s *Session) anyOrder(n int) []int {
	return rand.New(rand.NewPCG(s.reserve.Seed, 3)).Perm(n)
}

// take notes what became of a picture.
func (s *Session) take(i int, o Outcome) {
	why := o.Why
	if why == "" {
		if err := o.Row(s.pool.Row(i)); err != nil { // nobody looks at a row that is not ready
			why = err.Error()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &s.pictures[i]
	s.computed++
	if o.Key != (journal.Key{}) {
		s.learnKey(i, o.Key)
	}
	if p.ready = why == ""; !p.ready {
		s.failed++
		p.why = why
	}
}

// keyOf is the key of a picture, read from its file if it is not known yet.
func (s *Session) keyOf(i int) (journal.Key, error) {
	s.mu.Lock()
	p := s.pictures[i]
	s.mu.Unlock()
	if p.known {
		return p.key, nil
	}
	file, err := s.data.Read(p.sample, nil)
	if err != nil {
		return journal.Key{}, err
	}
	key := journal.Key(pixels.KeyOf(file))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.learnKey(i, key)
	return key, nil
}

// File is the file of a picture as it is now. One that has gone, or is another than
// was scanned, is noted as such and is an error.
func (s *Session) File(i int) ([]byte, error) {
	if i < 0 || i >= len(s.pictures) {
		return nil, errNoPicture
	}
	file, err := s.data.Read(s.pictures[i].sample, nil) // samples never change
	var why string
	if err != nil {
		why = err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &s.pictures[i]
	if err == nil {
		if key := journal.Key(pixels.KeyOf(file)); !p.known {
			s.learnKey(i, key)
		} else if key != p.key {
			why, err = "the file is another one since the session began", errChanged
			p.other = true
		}
	}
	if why != "" && p.why != why {
		p.why = why
		s.change()
	} else if why == "" && p.other {
		p.other, p.why = false, ""
		s.change()
	}
	return file, err
}

// Key is the content of a picture as far as it is known, and whether it is.
func (s *Session) Key(i int) (pixels.Key, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < 0 || i >= len(s.pictures) {
		return pixels.Key{}, false
	}
	return pixels.Key(s.pictures[i].key), s.pictures[i].known
}

// rowsWhere are the pictures for which is is true.
func (s *Session) rowsWhere(is func(i int) bool) (rows []int) {
	for i := range s.pictures {
		if is(i) {
			rows = append(rows, i)
		}
	}
	return rows
}

// asideInOrder are the pictures that are set aside and have no mark, in the order of their places.
func (s *Session) asideInOrder() []int {
	rows := s.rowsWhere(func(i int) bool {
		p := &s.pictures[i]
		return p.aside && p.ready && !p.twin && s.marks[i].Kind == book.Nothing
	})
	slices.SortFunc(rows, func(a, b int) int {
		if s.pictures[a].place < s.pictures[b].place {
			return -1
		}
		return 1
	})
	return rows
}
