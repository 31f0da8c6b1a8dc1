// Package journal keeps what a person did while labelling: every action is a line
// of a file that only grows, so that nothing is lost and everything can be undone.
//
// [Open] reads a journal and goes on with it, [Journal.Append] adds an action.
//
//	{"do":"begin","version":1,"root":"/photographs","seed":7,"part":0.2,"share":0.2}
//	{"time":1767225600000,"do":"label","label":"ants","pictures":[{"key":"9f86…","path":"a.jpg"}]}
//	{"time":1767225601000,"do":"undo"}
//
// Each line is JSON and ends in a line feed. The first says what the rest is about. A last line that
// is not whole was being written when its writer died: it is cut off. Any other
// line that cannot be read is an error.
package journal

import (
	"encoding/hex"
	"fmt"

	"graft/extractor/pixels"
)

// Version is that of the form of journals.
const Version = 1

// A Do is a kind of action.
type Do string

// The kinds of actions.
const (
	Begin  Do = "begin"  // the first line
	Label  Do = "label"  // Pictures are of the class Label, or each of its own
	Skip   Do = "skip"   // Pictures are left out
	None   Do = "none"   // Pictures are of none of the classes
	Clear  Do = "clear"  // Pictures have no label
	Class  Do = "class"  // there is a class Label
	Rename Do = "rename" // the class Label is called To
	Merge  Do = "merge"  // the class Label becomes a part of To
	Undo   Do = "undo"   // the last action that is not undone has not been
	Redo   Do = "redo"   // the last action that is undone has been
	Wrote  Do = "wrote"  // a list with the SHA-256 Sum is about to be written
)

// An Action is a line of a journal. Which fields it has depends on Do.
type Action struct {
	Time     int64     `json:"time,omitempty"` // milliseconds since 1970, UTC
	Do       Do        `json:"do"`
	Label    string    `json:"label,omitempty"`
	To       string    `json:"to,omitempty"`
	Pictures []Picture `json:"pictures,omitempty"`
	// Auto is an action that no person took, such as a class that a folder has: it is not undone.
	Auto bool   `json:"auto,omitempty"`
	Sum  string `json:"sum,omitempty"`

	// Of Begin.
	Version int     `json:"version,omitempty"`
	Root    string  `json:"root,omitempty"`  // of the photographs
	Seed    uint64  `json:"seed,omitempty"`  // of what is set aside, and of the choice of questions
	Part    float64 `json:"part,omitempty"`  // of the photographs, that is set aside for an honest test
	Share   float64 `json:"share,omitempty"` // of the questions, that are for it
}

// A Picture is a photograph: its content, and where it was.
type Picture struct {
	Key   Key    `json:"key"`
	Path  string `json:"path"`            // relative to the root, as dataset.Escape writes it
	Label string `json:"label,omitempty"` // "" means the action's
	Test  bool   `json:"test,omitempty"`  // it was asked for the honest test: its label is not trained on
}

// A Key is a pixels.Key that is hexadecimal in JSON.
type Key pixels.Key

// MarshalText writes 64 hexadecimal digits.
func (k Key) MarshalText() ([]byte, error) { return []byte(pixels.Key(k).String()), nil }

// UnmarshalText reads them.
func (k *Key) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(k)) {
		return fmt.Errorf("a key has %d digits, not %d", hex.EncodedLen(len(k)), len(text))
	}
	_, err := hex.Decode(k[:], text)
	return err
}
