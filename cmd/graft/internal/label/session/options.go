// Package session is a person's work on unlabelled photographs, without the page:
// labels come in, suggestions and questions go out, and nothing is lost.
//
// [Open] begins or goes on with a session; [Session.Act] takes what a person does,
// [Session.State], [Session.Order] and [Session.Items] say what there is to see.
//
// # Who does what
//
//	Act       writes the journal, changes the book, and wakes the others
//	learn     fits the head, scores all photographs, chooses questions; then, when it is
//	          quiet, judges: cross-validation, the curve, the forecast
//	compute   has features computed in the background, in a random order, so that what is
//	          there is a fair sample from the beginning
//	save      writes the list of labels, whole, a moment after it has changed
//
// All of them share one lock, which nobody holds while computing or writing.
package session

import (
	"context"
	"time"

	"graft/cmd/graft/internal/label/journal"
	"graft/extractor/dataset"
	"graft/head/active"
)

// A Source is where photographs and their features come from.
type Source interface {
	// Scan finds all photographs, without labels. The session closes the dataset.
	Scan(context.Context) (*dataset.Dataset, error)
	// Given are the labels and splits that folders give photographs, by path; those
	// without either may be missing.
	Given(context.Context) (map[string]dataset.Sample, error)
	// Dim is d, the number of features of a row.
	Dim() int
	// Compute calls done for every photograph, from one goroutine, in the given order.
	Compute(ctx context.Context, d *dataset.Dataset, order func(n int) []int, done func(i int, o Outcome) error) error
}

// An Outcome is what became of a photograph.
type Outcome struct {
	Key journal.Key // zero if the file could not be read
	Why string      // it has no features; "" if it has
	Row func(dst []float32) error
}

// Options say what is labelled, and how.
type Options struct {
	Source  Source
	List    string   // file of the labels: path,label,split; its journal lies beside it
	Classes []string // that there are from the beginning
	Share   float64  // of the questions, that are for the honest test, 0…1
	Seed    uint64   // of what is set aside
	// Strategy chooses the questions; "" means active.Margin.
	Strategy active.Strategy
	// Ahead is how many questions are chosen at once; 24 at least.
	Ahead int
	// Quiet is how long nothing must have happened before the head is judged; 0 means 400 ms.
	Quiet time.Duration
	// Now is the time of actions; nil means time.Now.
	Now func() time.Time
}

// JournalOf is the journal of a list.
func JournalOf(list string) string { return list + ".journal" }
