package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

func insects() []scene.Class {
	return []scene.Class{
		{Name: "ants", Draw: ant}, {Name: "spiders", Draw: spider},
		{Name: "caterpillars", Draw: caterpillar}, {Name: "scorpions", Draw: scorpion},
		{Name: "bees", Draw: bee}, {Name: "centipedes", Draw: centipede},
	}
}

// ball is a lit ellipse at (x, y).
func ball(s *scene.Stage, c paint.RGB, x, y, rx, ry float64) {
	at := paint.Identity.Move(x, y).Scale(rx, ry)
	s.Cast(paint.Ellipse(0, 0, 1, 1), at, 0.06)
	s.Fill(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, s.Mottled(paint.Flat(c), 0.2, 0.06)))
}

// limbs are n pairs of bent legs that leave the body between the heights a
// and b.
func limbs(s *scene.Stage, c paint.RGB, n int, a, b, reach, width float64) {
	for _, side := range scene.Sides {
		for i := range n {
			t := 0.5
			if n > 1 {
				t = float64(i) / float64(n-1)
			}
			y, slant := a+(b-a)*t, (t-0.5)*1.3+s.Spread(0.1)
			s.Fill(paint.Stroke(width, width*0.6, pt(0, y), pt(reach*0.55, y+slant*0.5-0.1), pt(reach, y+slant)), side, paint.Flat(c))
		}
	}
}

func ant(s *scene.Stage) {
	c := s.Colour(0.1).Times(float32(s.Between(0.3, 1)))
	limbs(s, c.Times(0.8), 3, -0.25, 0.05, 0.75, 0.05)
	for _, side := range scene.Sides {
		s.Line(side, c.Times(0.8), 0.03, pt(0.08, -0.7), pt(0.35, -0.75), pt(0.4, -1))
	}
	ball(s, c, 0, 0.55, 0.27, 0.4)
	ball(s, c, 0, 0.1, 0.07, 0.08)
	ball(s, c, 0, -0.15, 0.15, 0.25)
	ball(s, c, 0, -0.58, 0.2, 0.21)
}

func spider(s *scene.Stage) {
	c := s.Colour(0.2).Times(float32(s.Between(0.3, 1)))
	limbs(s, c.Times(0.8), 4, -0.3, 0.05, 0.95, 0.05)
	ball(s, c, 0, 0.35, 0.33, 0.42)
	ball(s, c, 0, -0.22, 0.2, 0.22)
	mark := s.Bright()
	s.Glaze(cross(0.2), paint.Identity.Move(0, 0.3).Scale(0.12, 0.2), paint.Flat(mark), s.Between(0, 1))
}

func caterpillar(s *scene.Stage) {
	n, bend := 8+s.R.IntN(4), s.Spread(0.5)
	c, d := s.Colour(0.1), s.Colour(0.3)
	for i := range n {
		t := float64(i)/float64(n-1)*2 - 1
		x, y := 0.78*t, bend*(1-t*t)-bend/2
		for _, side := range []float64{-1, 1} {
			s.Line(paint.Identity, d.Times(0.5), 0.03, pt(x, y), pt(x+s.Spread(0.06), y+side*0.32))
		}
		shade := c
		if i%2 == 1 {
			shade = d
		}
		ball(s, shade, x, y, 0.16, 0.2)
	}
	ball(s, c.Times(0.6), 0.85, -bend/2, 0.15, 0.16)
}

func scorpion(s *scene.Stage) {
	c := s.Colour(0.1)
	limbs(s, c.Times(0.7), 4, -0.15, 0.2, 0.6, 0.045)
	for _, side := range scene.Sides {
		s.Line(side, c, 0.07, pt(0.1, -0.3), pt(0.45, -0.45), pt(0.4, -0.7))
		s.Solid(paint.Polygon(pt(0.3, -0.65), pt(0.25, -1), pt(0.4, -0.8), pt(0.55, -0.98), pt(0.5, -0.65)), side, paint.Flat(c))
	}
	for i, p := range paint.Arc(0.25, 0.5, 0.32, math.Pi*1.1, -math.Pi*0.3, 9) {
		ball(s, c, p.X, p.Y, 0.085-0.004*float64(i), 0.085-0.004*float64(i))
	}
	ball(s, c, 0, -0.02, 0.2, 0.38)
}

// bee is stout and ringed, with two small glassy wings a side.
func bee(s *scene.Stage) {
	c, dark := s.Colour(0.1), s.Dark()
	limbs(s, dark, 3, -0.2, 0.1, 0.5, 0.04)
	rings := s.Local(paint.Identity, func(_, y float64) paint.RGB {
		if frac(y*3.2) < 0.5 {
			return dark
		}
		return c
	})
	at := paint.Identity.Move(0, 0.38).Scale(0.34, 0.52)
	s.Solid(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, rings))
	ball(s, c.Mix(dark, 0.4), 0, -0.25, 0.27, 0.27)
	ball(s, dark, 0, -0.62, 0.2, 0.17)
	glass := paint.Flat(s.Bright())
	for _, side := range scene.Sides {
		s.Glaze(paint.Ellipse(0.42, 0, 0.42, 0.15), side.Move(0.1, -0.2).Turn(0.35), glass, 0.6)
		s.Glaze(paint.Ellipse(0.3, 0, 0.3, 0.12), side.Move(0.1, -0.1).Turn(0.85), glass, 0.6)
	}
}

func centipede(s *scene.Stage) {
	n, bend := 16, s.Spread(0.5)
	c := s.Colour(0.1)
	for i := range n {
		t := float64(i)/float64(n-1)*2 - 1
		x, y := 0.88*t, bend*math.Sin(2.5*t)
		for _, side := range []float64{-1, 1} {
			s.Line(paint.Identity, c.Times(0.6), 0.025, pt(x, y), pt(x-0.04, y+side*0.16), pt(x-0.1, y+side*0.3))
		}
		ball(s, c.Times(0.8+0.2*float32(i%2)), x, y, 0.07, 0.1)
	}
}
