package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

func shells() []scene.Class {
	return []scene.Class{
		{Name: "scallops", Draw: scallop}, {Name: "whelks", Draw: whelk},
		{Name: "nautiluses", Draw: nautilus}, {Name: "urchins", Draw: urchin},
	}
}

// scallop is a ribbed fan with a wavy rim.
func scallop(s *scene.Stage) {
	a, b, ribs := s.Colour(0.1), s.Colour(0.2).Times(0.6), float64(7+s.R.IntN(6))
	points := []paint.Point{pt(0, 0.85)}
	for i := range 61 {
		t := float64(i)/30 - 1
		sin, cos := math.Sincos(1.15 * t)
		r := (1.65 - 0.3*t*t) * (1 + 0.03*math.Cos(math.Pi*ribs*t))
		points = append(points, pt(r*sin*0.85, 0.85-r*cos))
	}
	s.Fill(paint.Polygon(pt(-0.35, 0.9), pt(0.35, 0.9), pt(0.2, 0.6), pt(-0.2, 0.6)), paint.Identity, paint.Flat(b))
	shade := s.Local(paint.Identity, func(x, y float64) paint.RGB {
		t := math.Atan2(x/0.85, 0.85-y) / 1.15
		return a.Mix(b, float32(0.5-0.5*math.Cos(math.Pi*ribs*t)))
	})
	s.Solid(paint.Polygon(points...), paint.Identity, shade)
}

// whelk is a cone of whorls.
func whelk(s *scene.Stage) {
	a, b, n := s.Colour(0.1), s.Colour(0.2), 5+s.R.IntN(3)
	y := 0.65
	for i := range n {
		w := 0.5 * math.Pow(0.76, float64(i))
		at := paint.Identity.Move(0, y).Turn(0.25).Scale(w, w*0.62)
		s.Solid(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, paint.Flat(a.Mix(b, float32(i%2)))))
		y -= w * 0.75
	}
	s.Fill(paint.Ellipse(0.12, 0.75, 0.14, 0.28), paint.Identity.Turn(0.2), paint.Flat(s.Dark()))
}

// nautilus is a flat spiral that widens, with chambers.
func nautilus(s *scene.Stage) {
	a, b := s.Colour(0.1), s.Colour(0.3).Times(0.5)
	radius := func(t float64) float64 { return 0.95 * math.Exp(-0.2*t) }
	for i := range 60 {
		t := float64(i) * 0.2
		sin, cos := math.Sincos(t)
		r := radius(t)
		at := paint.Identity.Move(0.62*r*cos, 0.62*r*sin).Scale(0.4*r, 0.4*r)
		c := a
		if i%4 == 0 {
			c = b
		}
		s.Fill(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, paint.Flat(c)))
	}
}

// urchin is a disc with rays of knobs.
func urchin(s *scene.Stage) {
	s.Solid(paint.Ellipse(0, 0, 0.9, 0.9), paint.Identity, s.Round(paint.Identity, paint.Flat(s.Colour(0.1))))
	knob := s.Bright()
	n := 5
	for i := range n {
		ray := paint.Identity.Turn(2 * math.Pi * float64(i) / float64(n))
		for j := range 6 {
			r := 0.14 + 0.13*float64(j)
			size := 0.03 + 0.03*math.Sin(math.Pi*float64(j+1)/7)
			s.Fill(paint.Ellipse(r, 0.05, size, size), ray, paint.Flat(knob))
			s.Fill(paint.Ellipse(r, -0.05, size, size), ray, paint.Flat(knob))
		}
	}
}
