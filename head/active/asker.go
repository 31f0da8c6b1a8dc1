package active

import "slices"

// An Asker decides what a person is asked: first for the centres of clusters, then
// by its strategy, and every few questions for a picture of the reserve.
type Asker struct {
	Pool     Pool
	Scale    *Scale
	Reserve  Reserve
	Strategy Strategy
	Seed     uint64

	centres []int
	of      int // rows that the centres were chosen from
}

// A State is what an Asker needs to know of the labels so far.
type State struct {
	Open    []int    // rows that may be asked for: with features, without a label, not set aside
	Aside   []int    // rows that are set aside and have no label, in their order
	Known   Labelled // what is trained on, in the order in which it became known
	Answers int      // given, in all
	Tests   int      // of these: pictures that were set aside
	Classes int      // that are known to exist; 0 if that is not known
	Scores  *Scores  // nil: there is no head yet
	Others  []*Scores
}

// A Question is a picture that is asked for.
type Question struct {
	Row  int
	Test bool // it was set aside: its label is not trained on
}

const (
	fewestFirst = 8 // centres that are asked for before anything else
	firstEach   = 1 // of each class that is known to exist
)

// First is how many centres are asked for before anything else.
func First(classes int) int { return max(fewestFirst, firstEach*classes) }

// Next are up to n questions, the one to ask now first.
func (a *Asker) Next(s State, n int) (list []Question) {
	first := First(s.Classes)
	open := a.order(s, first, n)
	aside := s.Aside
	answers, tests := s.Answers, s.Tests
	for len(list) < n && len(open)+len(aside) > 0 {
		test := len(aside) > 0 && (len(open) == 0 || a.Reserve.Turn(answers, tests, first))
		if test {
			list, aside = append(list, Question{aside[0], true}), aside[1:]
			tests++
		} else {
			list, open = append(list, Question{open[0], false}), open[1:]
		}
		answers++
	}
	return list
}

// order are the rows to train on, those to ask for first before the others.
func (a *Asker) order(s State, first, n int) []int {
	var out []int
	if known := s.Known.Len(); known < first || s.Scores == nil {
		open := make(map[int]bool, len(s.Open))
		for _, i := range s.Open {
			open[i] = true
		}
		for _, i := range a.first(s, first) {
			if open[i] && known+len(out) < first {
				out = append(out, i)
			}
		}
	}
	if len(out) >= n {
		return out
	}
	c := Choice{Pool: a.Pool, Scale: a.Scale, Scores: s.Scores, Others: s.Others, Before: slices.Concat(s.Known.Rows, out),
		Strategy: a.Strategy, Seed: a.Seed + uint64(s.Answers)}
	for _, i := range s.Open {
		if !slices.Contains(out, i) {
			c.Rows = append(c.Rows, i)
		}
	}
	return append(out, Next(c, n-len(out))...)
}

// first are the centres, chosen again when there is twice as much to choose from.
func (a *Asker) first(s State, k int) []int {
	rows := slices.Concat(s.Known.Rows, s.Open)
	if a.centres == nil || len(rows) > 2*a.of || len(a.centres) < min(k, len(rows)) {
		slices.Sort(rows)
		a.centres, a.of = Centres(a.Pool, a.Scale, rows, k, a.Seed), len(rows)
	}
	return a.centres
}
