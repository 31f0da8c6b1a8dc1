package session

import (
	"context"
	"slices"

	"graft/cmd/graft/internal/label/book"
	"graft/head/active"
	"graft/head/metrics"
)

// Live is how well the head does, as far as that is known.
type Live struct {
	// Honest is on the photographs of the honest test, which were chosen at random and never trained on.
	Honest Accuracy `json:"honest"`
	// Crossed is by cross-validation on those that are trained on: where the hard ones
	// were asked for it is below what new photographs would give.
	Crossed  Accuracy       `json:"crossed"`
	Curve    []active.Point `json:"curve"`    // of accuracy over labels
	Forecast int            `json:"forecast"` // labels for one point more; 0: not known; −1: more will hardly help

	doubts []doubt // labels that out-of-fold predictions contradict, the likeliest error first
}

// An Accuracy is that of some photographs.
type Accuracy struct {
	Right    int              `json:"right"`
	Total    int              `json:"total"`
	Interval metrics.Interval `json:"interval"` // Wilson's, 95 %
	Classes  map[int][2]int   `json:"classes"`  // right and total of each class, by its number
}

// accuracyOf is that of pairs of true and predicted classes.
func accuracyOf(pairs [][2]int) Accuracy {
	a := Accuracy{Total: len(pairs), Classes: map[int][2]int{}}
	for _, p := range pairs {
		c := a.Classes[p[0]]
		c[1]++
		if p[0] == p[1] {
			a.Right++
			c[0]++
		}
		a.Classes[p[0]] = c
	}
	if a.Total > 0 {
		a.Interval = metrics.Wilson(a.Right, a.Total)
	}
	return a
}

// honest is the accuracy on the honest test. The lock is held.
func (s *Session) honest(scores *active.Scores) Accuracy {
	var pairs [][2]int
	for _, i := range s.tested() {
		pairs = append(pairs, [2]int{s.marks[i].Class, s.book.Resolve(int(scores.Class[i]))})
	}
	return accuracyOf(pairs)
}

// tested are the pictures of the honest test that have a label.
func (s *Session) tested() []int {
	return s.rowsWhere(func(i int) bool {
		p := &s.pictures[i]
		return s.marks[i].Kind == book.Labelled && p.ready && !p.twin && !p.other && s.splitOf(i) != "train"
	})
}

// A doubt is a label that may be wrong.
type doubt struct {
	row, suggested int
	given          float64 // probability of the label it has
}

// kept reports whether a person has said again what a picture's label, or its folder, says.
func (s *Session) kept(i int) bool {
	m, given := s.marks[i], s.pictures[i].given
	return m.Sure || m.At > 0 && given != "" && m.Class == s.book.OfFolder(given)
}

// fewestJudged is from how many labels on a head is judged.
const fewestJudged = 10

// judge cross-validates, and looks how accuracy has grown.
func (l *learner) judge(ctx context.Context) {
	l.mu.Lock()
	m := l.now()
	tests := l.tested()
	truth := make([]int, len(tests))
	for k, i := range tests {
		truth[k] = l.marks[i].Class
	}
	model, scores := l.learned.model, l.learned.scores
	ctx, l.giveUp = context.WithCancel(ctx)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.giveUp()
		l.giveUp = nil
	}()
	if m.state.Known.Len() < fewestJudged || model == nil {
		return
	}
	judge := active.Judge{Pool: l.pool, Scale: l.fit.Scale, Known: m.state.Known, Seed: l.reserve.Seed}
	if !l.cross(ctx, judge) {
		return
	}
	curve, err := judge.Curve(ctx, model, scores, m.ready, active.Tests{Rows: tests, Classes: truth})
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live.Curve, l.live.Forecast = curve.Points, curve.More
	l.change()
}

// cross cross-validates; it reports whether it came to an end.
func (l *learner) cross(ctx context.Context, judge active.Judge) bool {
	crossed, err := judge.Cross(ctx)
	if err != nil {
		return false
	}
	var pairs [][2]int
	var doubts []doubt
	for k, i := range judge.Known.Rows {
		own, guess := judge.Known.Classes[k], crossed.Class[k]
		pairs = append(pairs, [2]int{own, guess})
		if own != guess {
			doubts = append(doubts, doubt{i, guess, crossed.Own[k]})
		}
	}
	var others []*active.Scores
	if l.options.Strategy == active.Disagreement {
		for _, h := range crossed.Models {
			if o, err := active.Score(ctx, l.pool, h); err == nil {
				others = append(others, o)
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	doubts = slices.DeleteFunc(doubts, func(d doubt) bool { return l.kept(d.row) })
	l.live.Crossed, l.live.doubts, l.learned.others = accuracyOf(pairs), sorted(doubts), others
	l.change()
	return true
}
