package main

import (
	"cmp"
	"context"
	"slices"

	"graft/head/active"
)

// A person answers what is asked, always right.
type person struct {
	*set
	seed    int
	asker   *active.Asker
	learner *active.Learner
	state   active.State
	aside   []int // all that are set aside, in their order
	tests   []test
}

func newPerson(s *set, seed int) *person {
	scale := active.NewScale(s.pool, s.train)
	a := &active.Asker{Pool: s.pool, Scale: scale, Seed: uint64(seed), Reserve: active.Reserve{
		Seed: uint64(seed), Share: active.DefaultShare, Part: active.PartOf(active.DefaultShare, len(s.train)),
	}}
	p := &person{set: s, seed: seed, asker: a, learner: &active.Learner{Scale: scale}}
	place := map[int]float64{}
	for _, i := range s.train {
		at, aside := a.Reserve.Place(s.keys[i])
		if place[i] = at; aside {
			p.aside = append(p.aside, i)
		} else {
			p.state.Open = append(p.state.Open, i)
		}
	}
	slices.SortFunc(p.aside, func(a, b int) int { return cmp.Compare(place[a], place[b]) })
	p.state.Aside = p.aside
	return p
}

// label is the accuracies after each answer.
func (p *person) label(most int) (curve []float64) {
	var m *active.Model
	for len(curve) < most {
		q := p.asker.Next(p.state, 1)[0]
		p.state.Answers++
		if q.Test {
			p.state.Aside = p.state.Aside[1:]
			p.state.Tests++
		} else {
			p.state.Open = slices.DeleteFunc(p.state.Open, func(i int) bool { return i == q.Row })
			p.state.Known.Rows, p.state.Known.Classes = append(p.state.Known.Rows, q.Row), append(p.state.Known.Classes, p.y[q.Row])
			if next, err := p.learner.Fit(context.Background(), p.pool, p.state.Known); err == nil {
				m = next
				p.state.Scores, _ = active.Score(context.Background(), p.pool, m) // it is not called off
			}
		}
		p.state.Classes = len(slices.Compact(slices.Sorted(slices.Values(p.state.Known.Classes))))
		curve = append(curve, p.accuracy(m, p.val))
		if n := len(curve); m != nil && n >= 20 && n%10 == 0 {
			p.note(m, curve)
		}
	}
	return curve
}

// note keeps what is known of the accuracy, and what it is on pictures that nobody has chosen.
func (p *person) note(m *active.Model, curve []float64) {
	ctx, asked := context.Background(), p.aside[:p.state.Tests]
	fair := slices.Concat(p.val, p.aside[p.state.Tests:])
	t := test{Seed: p.seed, Answers: len(curve), True: p.accuracy(m, fair), Honest: [2]int{p.right(m, asked), len(asked)}}
	judge := active.Judge{Pool: p.pool, Scale: p.asker.Scale, Known: p.state.Known, Seed: uint64(p.seed)}
	if c, err := judge.Cross(ctx); err == nil {
		t.Crossed[1] = len(c.Class)
		for k, class := range c.Class {
			if class == p.state.Known.Classes[k] {
				t.Crossed[0]++
			}
		}
	}
	known := active.Tests{Rows: asked}
	for _, i := range asked {
		known.Classes = append(known.Classes, p.y[i])
	}
	if c, err := judge.Curve(ctx, m, p.state.Scores, p.train, known); err == nil {
		t.More = c.More
	}
	p.tests = append(p.tests, t)
}
