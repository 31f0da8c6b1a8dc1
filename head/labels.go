package head

import (
	"fmt"
	"slices"
	"strings"
)

// Match finds each class of some data among a classifier's labels, by name: classes[i] is
// labels[index[i]]. If the classifier does not know all of them, the error is an
// [*UnknownClassesError], and index is −1 for those.
func Match(labels, classes []string) (index []int, err error) {
	index = make([]int, len(classes))
	var unknown []string
	for i, c := range classes {
		if index[i] = slices.Index(labels, c); index[i] < 0 {
			unknown = append(unknown, c)
		}
	}
	if unknown != nil {
		return index, &UnknownClassesError{Unknown: unknown, Known: labels, Data: classes}
	}
	return index, nil
}

// An UnknownClassesError says that some data has classes that a classifier does not know.
type UnknownClassesError struct{ Unknown, Known, Data []string }

// Error lists all three.
func (e *UnknownClassesError) Error() string {
	return fmt.Sprintf("match classes: the head does not know %s; it knows %s, the data has %s",
		quoted(e.Unknown), quoted(e.Known), quoted(e.Data))
}

// Relabel is d with class i replaced by index[i], as [Match] gives it.
func Relabel(d Data, index []int) Data { return relabelled{d, index} }

type relabelled struct {
	Data
	index []int
}

func (r relabelled) SafeForConcurrentUse() bool { return concurrent(r.Data) }

func (r relabelled) Label(i int) int { return r.index[r.Data.Label(i)] }

// quoted lists names for an error message, the first twenty of them.
func quoted(names []string) string {
	var b strings.Builder
	for i, n := range names {
		if i == 20 {
			fmt.Fprintf(&b, " and %d more", len(names)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", n)
	}
	return b.String()
}
