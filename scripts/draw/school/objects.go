package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

func objects() []scene.Class {
	return []scene.Class{
		{Name: "mushrooms", Draw: mushroom}, {Name: "firs", Draw: fir},
		{Name: "cups", Draw: cup}, {Name: "keys", Draw: key},
		{Name: "houses", Draw: house}, {Name: "umbrellas", Draw: umbrella},
		{Name: "wheels", Draw: wheel}, {Name: "feathers", Draw: feather},
		{Name: "cherries", Draw: cherries}, {Name: "bottles", Draw: bottle},
	}
}

func mushroom(s *scene.Stage) {
	s.Solid(new(paint.Path).MoveTo(-0.2, -0.1).CubeTo(-0.15, 0.4, -0.3, 0.8, -0.3, 0.95).LineTo(0.3, 0.95).CubeTo(0.3, 0.8, 0.15, 0.4, 0.2, -0.1).Close(), paint.Identity, paint.Flat(s.Bright()))
	high := s.Between(-1.3, -0.8)
	s.Solid(new(paint.Path).MoveTo(-0.9, 0).CubeTo(-0.8, high, 0.8, high, 0.9, 0).CubeTo(0.4, 0.12, -0.4, 0.12, -0.9, 0).Close(), paint.Identity, s.Coat())
}

func fir(s *scene.Stage) {
	s.Solid(paint.Polygon(pt(-0.1, 0.6), pt(0.1, 0.6), pt(0.1, 0.98), pt(-0.1, 0.98)), paint.Identity, paint.Flat(s.Dark()))
	coat, n := s.Coat(), 3+s.R.IntN(2)
	for i := range n {
		w := 0.7 - 0.45*float64(i)/float64(n)
		y := 0.65 - 1.2*float64(i)/float64(n)
		s.Solid(paint.Polygon(pt(-w, y), pt(0, y-0.75), pt(w, y)), paint.Identity, coat)
	}
}

func cup(s *scene.Stage) {
	coat := s.Coat()
	handle := paint.Ellipse(0.55, 0.05, 0.36, 0.36).Add(paint.Ellipse(-0.55, 0.05, 0.22, 0.22), scene.Mirror)
	s.Solid(handle, paint.Identity, coat)
	k := s.Between(0.4, 0.65)
	s.Solid(paint.Polygon(pt(-0.65, -0.7), pt(0.65, -0.7), pt(k, 0.8), pt(-k, 0.8)), paint.Identity, coat)
	s.Fill(paint.Ellipse(0, -0.7, 0.65, 0.18), paint.Identity, paint.Flat(s.Bright()))
	s.Fill(paint.Ellipse(0, -0.67, 0.55, 0.13), paint.Identity, paint.Flat(s.Dark()))
}

func key(s *scene.Stage) {
	r := s.Between(0.28, 0.38)
	p := paint.Ellipse(-0.6, 0, r, r).Add(paint.Ellipse(0.6, 0, r*0.5, r*0.5), scene.Mirror)
	p.Add(paint.Polygon(pt(-0.6+r*0.95, -0.08), pt(0.95, -0.08), pt(0.95, 0.08), pt(-0.6+r*0.95, 0.08)), paint.Identity)
	for _, x := range []float64{0.85, 0.65, 0.45} {
		h := s.Between(0.2, 0.35)
		p.Add(paint.Polygon(pt(x-0.06, 0.08), pt(x+0.06, 0.08), pt(x+0.06, h), pt(x-0.06, h)), paint.Identity)
	}
	s.Solid(p, paint.Identity, s.Coat())
}

func house(s *scene.Stage) {
	s.Solid(paint.Polygon(pt(-0.65, -0.15), pt(0.65, -0.15), pt(0.65, 0.9), pt(-0.65, 0.9)), paint.Identity, s.Coat())
	s.Solid(paint.Polygon(pt(-0.85, -0.1), pt(0, s.Between(-0.95, -0.6)), pt(0.85, -0.1)), paint.Identity, paint.Flat(s.Colour(0.4)))
	s.Fill(paint.Polygon(pt(-0.15, 0.4), pt(0.15, 0.4), pt(0.15, 0.9), pt(-0.15, 0.9)), paint.Identity, paint.Flat(s.Dark()))
	pane := s.Bright()
	for _, side := range scene.Sides {
		s.Fill(paint.Polygon(pt(0.28, 0.1), pt(0.52, 0.1), pt(0.52, 0.38), pt(0.28, 0.38)), side, paint.Flat(pane))
	}
}

func umbrella(s *scene.Stage) {
	c, d := s.Colour(0.1), s.Colour(0.4)
	hook := append([]paint.Point{pt(0, -0.9), pt(0, 0.75)}, paint.Arc(0.15, 0.75, 0.15, math.Pi, 0, 8)...)
	s.Line(paint.Identity, s.Dark(), 0.06, hook...)
	shade := s.Local(paint.Identity, func(x, _ float64) paint.RGB {
		if frac(x*2.2) < 0.5 {
			return c
		}
		return d
	})
	roof := new(paint.Path).MoveTo(-0.95, 0).CubeTo(-0.8, -1.05, 0.8, -1.05, 0.95, 0)
	for i := range 4 {
		x := 0.95 - 0.475*float64(i)
		roof.CubeTo(x-0.12, -0.18, x-0.35, -0.18, x-0.475, 0)
	}
	s.Solid(roof.Close(), paint.Identity, shade)
}

func wheel(s *scene.Stage) {
	coat, n := s.Coat(), 6+s.R.IntN(7)
	p := paint.Ellipse(0, 0, 0.97, 0.97).Add(paint.Ellipse(0, 0, 0.78, 0.78), scene.Mirror)
	p.Add(paint.Ellipse(0, 0, 0.16, 0.16), paint.Identity)
	s.Solid(p, paint.Identity, coat)
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		s.Fill(paint.Stroke(0.06, 0.06, pt(0, 0), pt(0.85*cos, 0.85*sin)), paint.Identity, coat)
	}
}

func feather(s *scene.Stage) {
	c, bend := s.Colour(0.1), s.Spread(0.25)
	rib := func(t float64) paint.Point { return pt(bend*math.Sin(math.Pi*t), 0.95-1.9*t) }
	for i := range 36 {
		t := 0.2 + 0.8*float64(i)/35
		a := rib(t)
		w := 0.36 * math.Sqrt(math.Sin(math.Pi*min(t*0.85, 1)))
		for _, side := range []float64{-1, 1} {
			shade := c.Times(float32(s.Between(0.75, 1.1)))
			s.Fill(paint.Stroke(0.07, 0.02, a, pt(a.X+side*w, a.Y-0.22)), paint.Identity, paint.Flat(shade))
		}
	}
	s.Fill(paint.Stroke(0.05, 0.01, rib(0), rib(0.25), rib(0.5), rib(0.75), rib(1)), paint.Identity, paint.Flat(s.Bright()))
}

func cherries(s *scene.Stage) {
	c, green := s.Colour(0.1), paint.HSV(s.Between(0.2, 0.4), 0.6, s.Between(0.2, 0.7))
	for _, x := range []float64{-0.45, 0.45} {
		s.Line(paint.Identity, green, 0.05, pt(0, -0.9), pt(x*0.7, -0.2), pt(x, 0.3))
		ball(s, c, x, 0.5+s.Spread(0.08), 0.36, 0.36)
	}
	s.Fill(paint.Ellipse(0.35, 0, 0.35, 0.14), paint.Identity.Move(0, -0.9).Turn(0.3), paint.Flat(green))
}

func bottle(s *scene.Stage) {
	w := s.Between(0.25, 0.38)
	half := new(paint.Path).MoveTo(-0.1, -0.95).LineTo(0.1, -0.95).LineTo(0.1, -0.5).CubeTo(0.12, -0.3, w, -0.25, w, 0).LineTo(w, 0.95).LineTo(-w, 0.95).LineTo(-w, 0).CubeTo(-w, -0.25, -0.12, -0.3, -0.1, -0.5).Close()
	s.Solid(half, paint.Identity, s.Coat())
	s.Fill(paint.Polygon(pt(-w, 0.2), pt(w, 0.2), pt(w, 0.65), pt(-w, 0.65)), paint.Identity, paint.Flat(s.Bright()))
}
