package scene

import (
	"math"

	"graft/scripts/draw/paint"
)

// Coat is a material drawn at random, the same choice for every class whose
// form is what counts: plain, mottled, shaded, striped, spotted, veined.
func (s *Stage) Coat() paint.Shader {
	a, b := s.Colour(0.1), s.Colour(0.25)
	switch s.R.IntN(7) {
	case 0:
		return paint.Flat(a)
	case 1, 2:
		return s.Mottled(paint.Flat(a), float32(s.Between(0.1, 0.4)), s.Between(0.03, 0.3))
	case 3:
		return s.Along(paint.Identity.Move(s.Spread(0.5), s.Spread(0.5)), a, b, s.Between(0.5, 1.5))
	case 4:
		turned, k := paint.Identity.Turn(s.Between(0, math.Pi)), s.Between(8, 25)
		return s.Local(turned, func(x, _ float64) paint.RGB { return a.Mix(b, float32(0.5+0.5*math.Sin(k*x))) })
	case 5:
		k, r := s.Between(3, 7), s.Between(0.05, 0.2)
		return s.Local(paint.Identity, func(x, y float64) paint.RGB {
			u, v := x*k-math.Floor(x*k)-0.5, y*k-math.Floor(y*k)-0.5
			if u*u+v*v < r {
				return b
			}
			return a
		})
	}
	return s.Round(paint.Identity, paint.Flat(a))
}

// Solid draws p with its shadow below it, in the given material.
func (s *Stage) Solid(p *paint.Path, m paint.Affine, coat paint.Shader) {
	s.Cast(p, m, s.Between(0.02, 0.12))
	s.Fill(p, m, coat)
}

// Line draws a line of the given width through the points.
func (s *Stage) Line(m paint.Affine, c paint.RGB, width float64, points ...paint.Point) {
	s.Fill(paint.Stroke(width, width, points...), m, paint.Flat(c))
}

// Mirror is the left half's place for a part drawn on the right.
var Mirror = paint.Identity.Scale(-1, 1)

// Sides are the two halves of whatever is symmetric about the y axis.
var Sides = []paint.Affine{paint.Identity, Mirror}
