package demo

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

// wing is one wing on the right-hand side with what is painted on it.
type wing struct {
	outline *paint.Path
	root    paint.Point
	tips    []paint.Point // where its veins end
}

// butterfly: two pairs of broad wings, patterned, around a slim body.
func butterfly(s *scene.Stage) {
	open := paint.Identity.Scale(s.Between(0.6, 1), 1) // how far the wings are spread
	fore, hind := foreWing(s), hindWing(s)
	sides := []paint.Affine{open, mirror.Then(open)}
	height := s.Between(0.04, 0.2)
	for _, side := range sides {
		s.Cast(hind.outline, side, height)
		s.Cast(fore.outline, side, height)
	}
	inner, outer, edge := s.Colour(0.08), s.Colour(0.15), s.Dark()
	if s.Chance(0.25) {
		edge = s.Bright()
	}
	spots := s.Bright()
	count, size := 3+s.R.IntN(4), s.Between(0.025, 0.055)
	eye := s.Between(0.06, 0.13)
	for _, side := range sides {
		hind.paint(s, side, inner, outer, edge)
		fore.paint(s, side, inner, outer, edge)
		fore.spots(s, side, spots, count, size)
		hind.spots(s, side, spots, count, size)
		if eye > 0.08 {
			eyespot(s, side, hind.root.X+0.36, hind.root.Y+0.3, eye, edge, spots)
		}
	}
	body := s.Dark()
	segments(s, body, body.Plus(0.06), 7, 0, 0.55, 0.06, 0.03)
	at := paint.Identity.Move(0, -0.08).Scale(0.075, 0.17)
	s.Fill(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, paint.Flat(body.Plus(0.08))))
	s.Fill(paint.Ellipse(0, -0.28, 0.06, 0.06), paint.Identity, paint.Flat(body))
	antennae(s, body, -0.3, s.Between(0.35, 0.5), 0.016, 0.025)
}

func foreWing(s *scene.Stage) wing {
	tx, ty := s.Between(0.8, 0.95), s.Between(-0.75, -0.5)
	bx, by := s.Between(0.6, 0.8), s.Between(-0.1, 0.1)
	p := new(paint.Path).MoveTo(0.03, -0.16)
	p.CubeTo(0.25, -0.5, 0.6, ty-0.15, tx, ty)
	p.CubeTo(tx+0.1, ty+0.2, bx+s.Spread(0.12), by-0.25, bx, by)
	p.CubeTo(0.45, 0.12, 0.2, 0.05, 0.03, 0.02)
	return wing{p.Close(), paint.Point{X: 0.03, Y: -0.1}, []paint.Point{{X: tx, Y: ty}, {X: tx, Y: ty * 0.6}, {X: tx - 0.04, Y: ty * 0.3}, {X: bx, Y: by}}}
}

func hindWing(s *scene.Stage) wing {
	x, y := s.Between(0.55, 0.75), s.Between(0.55, 0.8)
	tail := s.Between(0, 1)
	p := new(paint.Path).MoveTo(0.03, -0.02)
	p.CubeTo(0.3, -0.1, x+0.1, 0.02, x, 0.3)
	if tail > 0.6 { // a swallowtail
		p.CubeTo(x-0.02, 0.5, x-0.15, y-0.1, x-0.12, y+0.15)
		p.CubeTo(x-0.2, y+0.12, x-0.22, y-0.05, 0.25, y-0.1)
	} else {
		p.CubeTo(x-0.05, 0.6, x-0.25, y+0.05, 0.25, y-0.05)
	}
	p.CubeTo(0.12, y-0.1, 0.05, 0.3, 0.03, 0.12)
	return wing{p.Close(), paint.Point{X: 0.03, Y: 0.03}, []paint.Point{{X: x, Y: 0.25}, {X: x - 0.08, Y: 0.5}, {X: x - 0.25, Y: y - 0.1}}}
}

// paint draws the wing: a dark edge, the field inside it, veins.
func (w wing) paint(s *scene.Stage, side paint.Affine, inner, outer, edge paint.RGB) {
	s.Fill(w.outline, side, s.Mottled(paint.Flat(edge), 0.2, 0.1))
	field := side.Move(w.root.X, w.root.Y).Scale(0.84, 0.84).Move(-w.root.X, -w.root.Y)
	s.Fill(w.outline, field, s.Mottled(s.Along(side.Move(w.root.X, w.root.Y), inner, outer, 0.9), 0.15, 0.06))
	for _, t := range w.tips {
		s.Glaze(paint.Stroke(0.022, 0.01, w.root, t), side, paint.Flat(edge), 0.7)
	}
}

// spots sets pale dots along the edge.
func (w wing) spots(s *scene.Stage, side paint.Affine, c paint.RGB, n int, size float64) {
	for i := range n {
		t := float64(i) / float64(n) * float64(len(w.tips)-1)
		j := int(t)
		f := t - math.Floor(t)
		a, b := w.tips[j], w.tips[min(j+1, len(w.tips)-1)]
		x, y := a.X+(b.X-a.X)*f, a.Y+(b.Y-a.Y)*f
		x, y = w.root.X+(x-w.root.X)*0.9, w.root.Y+(y-w.root.Y)*0.9
		s.Glaze(paint.Ellipse(x, y, size, size), side, paint.Flat(c), 0.85)
	}
}

func eyespot(s *scene.Stage, side paint.Affine, x, y, r float64, dark, bright paint.RGB) {
	for i, c := range []paint.RGB{bright, dark, s.Colour(0.5), dark} {
		k := r * (1 - 0.25*float64(i))
		s.Fill(paint.Ellipse(x, y, k, k), side, paint.Flat(c))
	}
}
