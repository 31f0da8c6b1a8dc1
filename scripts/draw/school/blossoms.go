package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

func blossoms() []scene.Class {
	return []scene.Class{
		{Name: "daisies", Draw: func(s *scene.Stage) { petals(s, 13+s.R.IntN(9), 0.11, 0.25) }},
		{Name: "primroses", Draw: func(s *scene.Stage) { petals(s, 5, 0.36, 0.15) }},
		{Name: "cresses", Draw: func(s *scene.Stage) { petals(s, 4, 0.34, 0.12) }},
		{Name: "lilies", Draw: func(s *scene.Stage) { petals(s, 6, 0.2, 0.1) }},
		{Name: "roses", Draw: rose}, {Name: "tulips", Draw: tulip},
		{Name: "bellflowers", Draw: bellflower}, {Name: "dandelions", Draw: dandelion},
	}
}

// petals sets n petals of a half width around a round middle.
func petals(s *scene.Stage, n int, width, middle float64) {
	coat, edge := s.Coat(), s.Dark()
	w, turn := width*s.Between(0.85, 1.1), s.Between(0, 1)
	for i := range n {
		at := paint.Identity.Turn(2*math.Pi*(float64(i)+turn)/float64(n)+s.Spread(0.05)).Move(0.52, 0)
		p := new(paint.Path).MoveTo(-0.45, 0).CubeTo(-0.2, -w*1.3, 0.4, -w*1.3, 0.45, 0).CubeTo(0.4, w*1.3, -0.2, w*1.3, -0.45, 0).Close()
		s.Cast(p, at, 0.03)
		s.Fill(p, at, coat)
		s.Glaze(paint.Stroke(0.02, 0.01, pt(-0.4, 0), pt(0.25, 0)), at, paint.Flat(edge), 0.4)
	}
	at := paint.Identity.Scale(middle, middle)
	s.Fill(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, s.Mottled(paint.Flat(s.Colour(0.5)), 0.4, 0.05)))
}

// rose has layers of petals, each smaller and turned.
func rose(s *scene.Stage) {
	c, d := s.Colour(0.05), s.Dark()
	for layer := range 5 {
		r := 0.95 - 0.19*float64(layer)
		turn := s.Between(0, 2*math.Pi)
		for i := range 5 {
			at := paint.Identity.Turn(turn+2*math.Pi*float64(i)/5).Move(r*0.5, 0).Scale(r*0.52, r*0.6)
			s.Cast(paint.Ellipse(0, 0, 1, 1), at, 0.03)
			s.Fill(paint.Ellipse(0, 0, 1, 1), at, s.Along(at.Move(-1, 0), d.Mix(c, 0.5), c.Times(float32(s.Between(0.9, 1.1))), 1.7))
		}
	}
}

func stem(s *scene.Stage, from float64) {
	c := paint.HSV(s.Between(0.2, 0.4), s.Between(0.4, 0.9), s.Between(0.2, 0.7))
	s.Line(paint.Identity, c, 0.06, pt(0, from), pt(s.Spread(0.08), 0.6), pt(s.Spread(0.1), 1))
	s.Fill(new(paint.Path).MoveTo(0, 0.95).CubeTo(0.3, 0.7, 0.4, 0.4, 0.45, 0.1).CubeTo(0.55, 0.5, 0.4, 0.9, 0, 0.95).Close(), paint.Identity, paint.Flat(c.Times(0.8)))
}

func tulip(s *scene.Stage) {
	stem(s, 0)
	coat := s.Coat()
	cup := new(paint.Path).MoveTo(0, 0.15).CubeTo(-0.6, 0.1, -0.5, -0.5, -0.42, -0.95).LineTo(-0.2, -0.6).LineTo(0, -1).LineTo(0.2, -0.6).LineTo(0.42, -0.95).CubeTo(0.5, -0.5, 0.6, 0.1, 0, 0.15).Close()
	s.Solid(cup, paint.Identity, coat)
	s.Glaze(paint.Stroke(0.03, 0.02, pt(-0.18, -0.55), pt(-0.12, 0)), paint.Identity, paint.Flat(s.Dark()), 0.4)
	s.Glaze(paint.Stroke(0.03, 0.02, pt(0.18, -0.55), pt(0.12, 0)), paint.Identity, paint.Flat(s.Dark()), 0.4)
}

func bellflower(s *scene.Stage) {
	green := paint.HSV(s.Between(0.2, 0.4), 0.6, s.Between(0.2, 0.7))
	s.Line(paint.Identity, green, 0.05, paint.Arc(0.45, -0.4, 0.55, math.Pi*1.05, math.Pi*2.1, 12)...)
	s.Line(paint.Identity, green, 0.05, pt(-0.1, -0.4), pt(-0.1, -0.1))
	bell := new(paint.Path).MoveTo(-0.1, -0.3).CubeTo(0.35, -0.25, 0.2, 0.4, 0.5, 0.85).LineTo(0.2, 0.72).LineTo(-0.1, 0.95).LineTo(-0.4, 0.72).LineTo(-0.7, 0.85).CubeTo(-0.4, 0.4, -0.55, -0.25, -0.1, -0.3).Close()
	s.Solid(bell, paint.Identity, s.Coat())
}

// dandelion is a clock: rays with tufts.
func dandelion(s *scene.Stage) {
	c, n := s.Bright(), 26
	for i := range n {
		at := paint.Identity.Turn(2*math.Pi*float64(i)/float64(n)).Scale(s.Between(0.75, 1), 1)
		s.Glaze(paint.Stroke(0.02, 0.015, pt(0.1, 0), pt(0.85, 0)), at, paint.Flat(c), 0.8)
		for _, y := range []float64{-0.07, -0.03, 0.03, 0.07} {
			s.Glaze(paint.Stroke(0.015, 0.01, pt(0.82, 0), pt(0.97, y)), at, paint.Flat(c), 0.8)
		}
	}
	s.Fill(paint.Ellipse(0, 0, 0.14, 0.14), paint.Identity, s.Mottled(paint.Flat(s.Colour(0.2)), 0.4, 0.04))
}
