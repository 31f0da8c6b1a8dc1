package session

import (
	"context"
	"slices"
	"time"

	"graft/cmd/graft/internal/label/book"
	"graft/head/active"
)

// learned is what the head knows now.
type learned struct {
	model     *active.Model // nil: there is none yet
	scores    *active.Scores
	others    []*active.Scores // of the heads of the last cross-validation
	questions []active.Question
	fits      int
	seconds   float64 // of the last fit, until its suggestions were there
}

// ahead is how many questions are chosen at once: those after the first may change with every answer.
const ahead = 24

// A learner is what learns. It belongs to one goroutine.
type learner struct {
	*Session
	fit   active.Learner
	asker active.Asker
	of    int // rows that the scale was measured on
}

// learn fits, scores and chooses whenever something has changed, and judges when it is quiet.
func (s *Session) learn(ctx context.Context) {
	l := &learner{Session: s}
	quiet := time.NewTimer(time.Hour)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			l.round(ctx)
			quiet.Reset(s.options.Quiet)
		case <-quiet.C:
			l.judge(ctx)
		}
	}
}

// A moment is what a round works with: copies, so that the lock need not be held.
type moment struct {
	ready []int // rows with features, in order
	state active.State
}

// now is what is known. The lock is held.
func (l *learner) now() (m moment) {
	type labelled struct{ row, class, at int }
	var known []labelled
	for i := range l.pictures {
		p, mark := &l.pictures[i], l.marks[i]
		if !p.ready || p.other {
			continue
		}
		m.ready = append(m.ready, i)
		switch {
		case mark.Kind == book.Labelled:
			if mark.Test && p.aside {
				m.state.Tests++
			}
			if mark.At > 0 && !p.twin {
				m.state.Answers++
			}
			if l.splitOf(i) == "train" && !p.twin {
				known = append(known, labelled{i, mark.Class, mark.At})
			}
		case mark.Kind == book.Nothing && !p.twin && !p.aside, mark.Kind == book.Cleared && !p.twin:
			m.state.Open = append(m.state.Open, i)
		}
	}
	slices.SortStableFunc(known, func(a, b labelled) int { return a.at - b.at })
	for _, k := range known {
		m.state.Known.Rows, m.state.Known.Classes = append(m.state.Known.Rows, k.row), append(m.state.Known.Classes, k.class)
	}
	m.state.Aside, m.state.Classes = l.asideInOrder(), len(l.book.Current())
	m.state.Others = l.learned.others
	return m
}

// round makes a head of what is known, and suggestions and questions of that.
func (l *learner) round(ctx context.Context) {
	begin := time.Now()
	l.mu.Lock()
	m, work := l.now(), l.work
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.learnt = work
		l.change()
	}()
	if len(m.ready) == 0 {
		return
	}
	l.measure(m.ready)
	model, err := l.fit.Fit(ctx, l.pool, m.state.Known)
	if err == nil { // else there are not two classes, or the session ends
		m.state.Scores, err = active.Score(ctx, l.pool, model)
	}
	if ctx.Err() != nil {
		return
	}
	seconds := time.Since(begin).Seconds()
	if err == nil {
		l.mu.Lock()
		l.learned.model, l.learned.scores, l.learned.seconds = model, m.state.Scores, seconds
		l.learned.fits++
		l.live.Honest = l.honest(m.state.Scores)
		l.change()
		l.mu.Unlock()
	}
	questions := l.asker.Next(m.state, max(ahead, l.options.Ahead))
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.learned.model, l.learned.scores = nil, nil
	}
	l.learned.questions = questions
}

// measure measures the scale again when there is twice as much to measure it on.
func (l *learner) measure(ready []int) {
	if l.fit.Scale != nil && len(ready) < 2*l.of && len(ready) != len(l.pictures) || l.of == len(ready) {
		return
	}
	l.of = len(ready)
	l.fit.Scale = active.NewScale(l.pool, ready)
	l.fit.Forget()
	l.asker.Pool, l.asker.Scale, l.asker.Reserve = l.pool, l.fit.Scale, l.reserve
	l.asker.Strategy, l.asker.Seed = l.options.Strategy, l.reserve.Seed
}
