package book

import (
	"cmp"
	"slices"

	"graft/cmd/graft/internal/label/journal"
)

// Do takes an action, and gives it as it is to be undone: of Undo and Redo the action that
// was undone or redone. The error is that of Check; then nothing has changed.
func (b *Book) Do(a journal.Action) (journal.Action, error) {
	if err := b.Check(a); err != nil {
		return a, err
	}
	b.count++
	switch a.Do {
	case journal.Begin, journal.Wrote:
	case journal.Undo:
		s := b.done[len(b.done)-1]
		b.done = b.done[:len(b.done)-1]
		b.undone = append(b.undone, b.undo(s))
		return s.Action, nil
	case journal.Redo:
		s := b.undone[len(b.undone)-1]
		b.undone = b.undone[:len(b.undone)-1]
		b.done = append(b.done, b.take(s.Action))
		return s.Action, nil
	default:
		s := b.take(a)
		if !a.Auto {
			b.done, b.undone = append(b.done, s), nil
		}
	}
	return a, nil
}

// take changes what an action changes.
func (b *Book) take(a journal.Action) step {
	s := step{Action: a, before: map[journal.Key]Mark{}, classes: slices.Clone(b.classes)}
	switch a.Do {
	case journal.Label:
		for _, p := range a.Pictures {
			b.mark(s, p, Mark{Kind: Labelled, Class: b.class(cmp.Or(p.Label, a.Label))})
		}
	case journal.Skip:
		b.markAll(s, Skipped)
	case journal.None:
		b.markAll(s, None)
	case journal.Clear:
		b.markAll(s, Cleared)
	case journal.Class:
		b.class(a.Label)
	case journal.Rename:
		b.classes[b.Find(a.Label)].Name = a.To
	case journal.Merge:
		b.classes[b.Find(a.Label)].Into = b.Find(a.To)
	}
	s.made = len(b.classes)
	return s
}

// class is the number of a class, which is made if there is none.
func (b *Book) class(name string) int {
	if i := b.Find(name); i >= 0 {
		return i
	}
	b.classes = append(b.classes, Class{Name: name, Folder: name, Into: itself})
	return len(b.classes) - 1
}

func (b *Book) markAll(s step, k Kind) {
	for _, p := range s.Pictures {
		b.mark(s, p, Mark{Kind: k})
	}
}

func (b *Book) mark(s step, p journal.Picture, m Mark) {
	if _, twice := s.before[p.Key]; !twice {
		s.before[p.Key] = b.marks[p.Key]
	}
	last := b.Of(p.Key)
	m.Path, m.At, m.Test = p.Path, b.count, p.Test || last.Test
	m.Sure = m.Kind == Labelled && last.Kind == Labelled && last.Class == m.Class
	b.marks[p.Key] = m
}

// undo puts back what a step has changed.
func (b *Book) undo(s step) step {
	for k, m := range s.before {
		if m.Kind == Nothing {
			delete(b.marks, k)
		} else {
			b.marks[k] = m
		}
	}
	copy(b.classes, s.classes) // classes that came by themselves meanwhile stay
	for i := len(s.classes); i < s.made; i++ {
		b.classes[i].Into = gone
	}
	return s
}
