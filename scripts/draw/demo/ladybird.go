package demo

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

// ladybird: a spotted dome on short legs, a dark collar with pale patches.
func ladybird(s *scene.Stage) {
	shell, dark := s.Colour(0.1), s.Dark()
	spot := dark
	if shell.Luma() < 0.45 && s.Chance(0.7) {
		spot = s.Bright()
	}
	dome := paint.Identity.Move(0, 0.1).Scale(s.Between(0.62, 0.7), s.Between(0.7, 0.78))
	s.Cast(paint.Ellipse(0, 0, 1, 1), dome, 0.12)
	legs(s, dark, 0.05, 0.92, 0.075)
	antennae(s, dark, -0.8, 0.2, 0.035, 0.035)
	s.Fill(paint.Ellipse(0, -0.74, 0.24, 0.16), paint.Identity, paint.Flat(dark))
	collar(s, dark)
	wingCases(s, dome, shell, spot)
}

func collar(s *scene.Stage, dark paint.RGB) {
	at := paint.Identity.Move(0, -0.52).Scale(0.45, 0.26)
	s.Fill(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, paint.Flat(dark.Plus(0.05))))
	pale := s.Bright()
	size := s.Between(0.07, 0.12)
	for _, side := range []paint.Affine{paint.Identity, mirror} {
		s.Fill(paint.Ellipse(0.28, -0.58, size, size*0.9), side, paint.Flat(pale))
	}
}

// wingCases are the dome: the seam, and the same spots on both sides.
func wingCases(s *scene.Stage, dome paint.Affine, shell, spot paint.RGB) {
	base := s.Mottled(paint.Flat(shell), 0.12, 0.15)
	s.Fill(paint.Ellipse(0, 0, 1, 1), dome, s.Round(dome, base))
	lit := s.Round(dome, paint.Flat(spot))
	n := 2 + s.R.IntN(4)
	turn, size := s.Spread(0.4), s.Between(0.1, 0.19)
	for i := range n {
		sin, cos := math.Sincos(turn + math.Pi*(float64(i)+0.5)/float64(n) - math.Pi/2)
		r := s.Between(0.5, 0.68)
		if i%2 == 1 && n > 2 {
			r *= 0.65
		}
		p := paint.Ellipse(max(r*cos, 0.16), r*sin, size*s.Between(0.8, 1.1), size)
		s.Fill(p, dome, lit)
		s.Fill(p, dome.Then(mirror), lit)
	}
	if s.Chance(0.6) {
		s.Fill(paint.Ellipse(0, -0.82, 0.15, 0.13), dome, lit)
	}
	s.Fill(paint.Stroke(0.035, 0.025, paint.Point{Y: -0.95}, paint.Point{Y: 0.98}), dome, paint.Flat(spot.Mix(shell, 0.25)))
}
