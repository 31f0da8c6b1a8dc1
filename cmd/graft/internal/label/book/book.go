// Package book is what is known of photographs while they are labelled: which
// classes there are, and what each photograph is. It follows from the actions of
// a journal alone, whatever photographs are there now.
//
// [New] makes a Book, [Book.Do] takes an action; [Book.Of] says what a photograph
// is. A Book is for one goroutine at a time.
package book

import (
	"cmp"
	"fmt"
	"slices"

	"graft/cmd/graft/internal/label/journal"
	"graft/extractor/dataset"
)

// A Kind is what was said of a photograph.
type Kind uint8

// The kinds of marks.
const (
	Nothing Kind = iota // no person has said anything
	Labelled
	Skipped // left out
	None    // of none of the classes
	Cleared // it has no label, whatever its folder says
)

// A Mark is what was said of a photograph last.
type Mark struct {
	Kind  Kind
	Class int    // of Labelled: a number of Classes
	Path  string // where it was
	At    int    // the number of the action
	Test  bool   // it was asked for the honest test
	Sure  bool   // it was said again
}

// A Class is one that there is or was.
type Class struct {
	Name   string
	Folder string // what it was called first, as its folder may be
	Into   int    // the class that it has become a part of; −1: it is one; −2: it was undone
}

// Values of Class.Into that are no class.
const (
	itself = -1
	gone   = -2
)

// A Book is all marks and classes.
type Book struct {
	classes []Class
	marks   map[journal.Key]Mark
	done    []step // that can be undone
	undone  []step // that can be redone
	count   int    // actions
}

// A step is an action and what it takes to undo it.
type step struct {
	journal.Action
	before  map[journal.Key]Mark // marks as they were
	classes []Class              // as they were
	made    int                  // classes after it
}

// New is a Book in which nothing is known.
func New() *Book { return &Book{marks: map[journal.Key]Mark{}} }

// Classes are all that there ever were, by their numbers.
func (b *Book) Classes() []Class { return b.classes }

// Current are the numbers of the classes that there are, in the order in which they came.
func (b *Book) Current() (list []int) {
	for i, c := range b.classes {
		if c.Into == itself {
			list = append(list, i)
		}
	}
	return list
}

// Find is the number of the class with a name, −1 if there is none.
func (b *Book) Find(name string) int {
	return slices.IndexFunc(b.classes, func(c Class) bool { return c.Into == itself && c.Name == name })
}

// OfFolder is the number of the class that a folder of this name stands for, also when the
// class is called otherwise now; −1 if there is none.
func (b *Book) OfFolder(name string) int {
	i := slices.IndexFunc(b.classes, func(c Class) bool { return c.Folder == name })
	if i = b.Resolve(i); i < 0 || b.classes[i].Into == gone {
		return b.Find(name)
	}
	return i
}

// Resolve is the class that a class has become a part of, itself if it is one.
func (b *Book) Resolve(i int) int {
	for i >= 0 && b.classes[i].Into >= 0 {
		i = b.classes[i].Into
	}
	return i
}

// Of is what was said of the photograph with a key.
func (b *Book) Of(k journal.Key) Mark {
	m := b.marks[k]
	if m.Kind == Labelled {
		m.Class = b.Resolve(m.Class)
	}
	return m
}

// Each calls f for every photograph of which something was said.
func (b *Book) Each(f func(journal.Key, Mark)) {
	for k := range b.marks {
		f(k, b.Of(k))
	}
}

// Undoable and Redoable are how many actions can be undone and redone.
func (b *Book) Undoable() int { return len(b.done) }

// Redoable is how many undone actions can be redone.
func (b *Book) Redoable() int { return len(b.undone) }

// An ActionError says why an action cannot be taken.
type ActionError struct{ Reason string }

// Error is the reason.
func (e *ActionError) Error() string { return e.Reason }

func refuse(format string, a ...any) error { return &ActionError{fmt.Sprintf(format, a...)} }

// Check says why an action cannot be taken: an *ActionError; nil if it can.
func (b *Book) Check(a journal.Action) error {
	switch a.Do {
	case journal.Label, journal.Skip, journal.None, journal.Clear:
		return b.checkPictures(a)
	case journal.Class:
		if err := name(a.Label); err != nil {
			return err
		}
		if b.Find(a.Label) >= 0 {
			return refuse("there is a class %q already", a.Label)
		}
	case journal.Rename, journal.Merge:
		return b.checkPair(a)
	case journal.Undo:
		if len(b.done) == 0 {
			return refuse("there is nothing to undo")
		}
	case journal.Redo:
		if len(b.undone) == 0 {
			return refuse("there is nothing to redo")
		}
	case journal.Begin, journal.Wrote:
	default:
		return refuse("nobody can do %q", a.Do)
	}
	return nil
}

func (b *Book) checkPictures(a journal.Action) error {
	if len(a.Pictures) == 0 {
		return refuse("no photograph is selected")
	}
	if a.Do != journal.Label {
		return nil
	}
	for _, p := range a.Pictures {
		if err := name(cmp.Or(p.Label, a.Label)); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) checkPair(a journal.Action) error {
	if b.Find(a.Label) < 0 {
		return refuse("there is no class %q", a.Label)
	}
	if err := name(a.To); err != nil {
		return err
	}
	switch to := b.Find(a.To); {
	case a.To == a.Label:
		return refuse("it is called %q already", a.To)
	case a.Do == journal.Rename && to >= 0:
		return refuse("there is a class %q already; merge them", a.To)
	case a.Do == journal.Merge && to < 0:
		return refuse("there is no class %q", a.To)
	}
	return nil
}

// name says why a text cannot be the name of a class.
func name(s string) error {
	switch {
	case s == "":
		return refuse("a class needs a name")
	case len(s) > 200:
		return refuse("a name of %d bytes is too long; 200 are the most", len(s))
	case dataset.Label(s) != s:
		return refuse("%q is not in the composed form of Unicode", s)
	}
	return nil
}
