package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

func animals() []scene.Class {
	return []scene.Class{
		{Name: "fishes", Draw: fish}, {Name: "snails", Draw: snail},
		{Name: "starfishes", Draw: starfish}, {Name: "jellyfishes", Draw: jellyfish},
		{Name: "turtles", Draw: turtle}, {Name: "birds", Draw: bird},
		{Name: "snakes", Draw: snake}, {Name: "crabs", Draw: crab},
	}
}

// eye is a bright disc with a dark one in it.
func eye(s *scene.Stage, x, y, r float64) {
	s.Fill(paint.Ellipse(x, y, r, r), paint.Identity, paint.Flat(s.Bright()))
	s.Fill(paint.Ellipse(x, y, r*0.55, r*0.55), paint.Identity, paint.Flat(s.Dark()))
}

func fish(s *scene.Stage) {
	coat, fin := s.Coat(), s.Colour(0.3)
	h := s.Between(0.3, 0.5)
	tail := paint.Polygon(pt(0.5, 0), pt(0.98, -0.42), pt(0.88, 0), pt(0.98, 0.42))
	s.Solid(tail, paint.Identity, paint.Flat(fin))
	s.Fill(paint.Polygon(pt(-0.3, -h*0.7), pt(0.05, -h*1.6), pt(0.4, -h*0.5)), paint.Identity, paint.Flat(fin))
	body := new(paint.Path).MoveTo(-0.95, 0).CubeTo(-0.6, -h*1.4, 0.2, -h*1.2, 0.65, 0).CubeTo(0.2, h*1.2, -0.6, h*1.4, -0.95, 0).Close()
	s.Solid(body, paint.Identity, coat)
	s.Fill(paint.Polygon(pt(-0.15, 0.05), pt(0.15, 0.3), pt(0.15, 0)), paint.Identity, paint.Flat(fin))
	eye(s, -0.65, -0.08, 0.08)
}

func snail(s *scene.Stage) {
	c := s.Colour(0.5)
	foot := new(paint.Path).MoveTo(-0.95, 0.7).CubeTo(-0.3, 0.4, 0.4, 0.55, 0.6, -0.15).CubeTo(0.75, -0.4, 1.05, -0.1, 0.9, 0.2).CubeTo(0.8, 0.8, 0.5, 0.75, -0.95, 0.7).Close()
	for _, x := range []float64{0.7, 0.88} {
		s.Line(paint.Identity, c, 0.05, pt(x, -0.1), pt(x+0.06, -0.55))
		s.Fill(paint.Ellipse(x+0.06, -0.57, 0.05, 0.05), paint.Identity, paint.Flat(s.Dark()))
	}
	s.Solid(foot, paint.Identity, paint.Flat(c))
	at := paint.Identity.Move(-0.1, -0.05).Scale(0.6, 0.55)
	s.Solid(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, s.Coat()))
	var points []paint.Point
	for i := range 40 {
		t := float64(i) / 39
		sin, cos := math.Sincos(4.5 * math.Pi * t)
		points = append(points, pt(0.85*t*cos, 0.85*t*sin))
	}
	s.Fill(paint.Stroke(0.05, 0.12, points...), at, paint.Flat(s.Dark()))
}

func starfish(s *scene.Stage) {
	n := 5
	arm := s.Between(0.3, 0.4)
	p := paint.Polar(8*n, true, func(a float64) float64 {
		k := 0.5 + 0.5*math.Cos(float64(n)*a)
		return arm + (1-arm)*k*k*k
	})
	s.Solid(p, paint.Identity, s.Mottled(s.Coat(), 0.25, 0.05))
	dot := paint.Flat(s.Bright())
	for i := range n {
		for j := range 6 {
			s.Fill(paint.Ellipse(0.12+0.13*float64(j), 0, 0.035, 0.035), paint.Identity.Turn(2*math.Pi*float64(i)/float64(n)), dot)
		}
	}
}

func jellyfish(s *scene.Stage) {
	c := s.Colour(0.1)
	for i := range 7 {
		x := -0.45 + 0.15*float64(i)
		var points []paint.Point
		for j := range 9 {
			t := float64(j) / 8
			points = append(points, pt(x+0.08*math.Sin(7*t+x*5), -0.1+t*s.Between(0.95, 1.1)))
		}
		s.Glaze(paint.Stroke(0.05, 0.015, points...), paint.Identity, paint.Flat(c.Times(0.8)), 0.8)
	}
	bell := new(paint.Path).MoveTo(-0.65, 0).CubeTo(-0.7, -1.25, 0.7, -1.25, 0.65, 0).CubeTo(0.3, -0.15, -0.3, -0.15, -0.65, 0).Close()
	s.Glaze(bell, paint.Identity, s.Along(paint.Identity.Move(0, -0.4), s.Bright(), c, 0.7), s.Between(0.7, 1))
}

func turtle(s *scene.Stage) {
	skin := s.Colour(0.3)
	for _, side := range scene.Sides {
		for _, y := range []float64{-0.4, 0.45} {
			s.Solid(paint.Ellipse(0.35, 0, 0.35, 0.15), side.Move(0.3, y).Turn(y), paint.Flat(skin))
		}
	}
	s.Solid(paint.Ellipse(0, -0.8, 0.18, 0.22), paint.Identity, paint.Flat(skin))
	s.Fill(paint.Polygon(pt(-0.08, 0.7), pt(0.08, 0.7), pt(0, 0.98)), paint.Identity, paint.Flat(skin))
	at := paint.Identity.Scale(0.6, 0.72)
	s.Solid(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, paint.Flat(s.Colour(0.1))))
	for i := range 7 {
		plate := at.Turn(math.Pi*float64(i)/3).Move(0.6, 0)
		if i == 6 {
			plate = at
		}
		s.Glaze(regular(6), plate.Scale(0.28, 0.28), paint.Flat(s.Dark()), 0.5)
	}
}

// bird sits, seen from the side.
func bird(s *scene.Stage) {
	coat, beak := s.Coat(), s.Colour(0.5)
	s.Solid(paint.Polygon(pt(0.3, 0.2), pt(1, s.Between(0, 0.35)), pt(0.95, 0.5), pt(0.3, 0.5)), paint.Identity, coat)
	for _, x := range []float64{-0.1, 0.1} {
		s.Line(paint.Identity, s.Dark(), 0.04, pt(x, 0.5), pt(x-0.03, 0.95), pt(x-0.2, 0.97))
	}
	s.Fill(paint.Polygon(pt(-0.7, -0.55), pt(-1, -0.4), pt(-0.65, -0.35)), paint.Identity, paint.Flat(beak))
	body := new(paint.Path).MoveTo(-0.75, -0.5).CubeTo(-0.7, -1, -0.2, -0.95, -0.15, -0.45).CubeTo(0.2, -0.3, 0.55, 0, 0.5, 0.4).CubeTo(0.1, 0.8, -0.6, 0.7, -0.7, 0).CubeTo(-0.75, -0.2, -0.8, -0.3, -0.75, -0.5).Close()
	s.Solid(body, paint.Identity, coat)
	wing := new(paint.Path).MoveTo(-0.35, -0.1).CubeTo(0, -0.4, 0.4, 0, 0.75, 0.3).CubeTo(0.3, 0.45, -0.3, 0.5, -0.35, -0.1).Close()
	s.Solid(wing, paint.Identity, s.Mottled(paint.Flat(s.Colour(0.3)), 0.3, 0.06))
	eye(s, -0.5, -0.6, 0.07)
}

func snake(s *scene.Stage) {
	high, n := s.Between(0.3, 0.5), 48
	c, d := s.Colour(0.1), s.Colour(0.3).Times(0.5)
	for i := range n {
		t := float64(i) / float64(n-1)
		x, y := -0.9+1.8*t, high*math.Sin(3*math.Pi*t)
		r := 0.04 + 0.08*math.Sin(math.Pi*(0.15+0.8*t))
		shade := c
		if i%6 < 2 {
			shade = d
		}
		s.Cast(paint.Ellipse(x, y, r, r), paint.Identity, 0.02)
		s.Fill(paint.Ellipse(x, y, r, r), paint.Identity, paint.Flat(shade))
	}
	s.Fill(paint.Ellipse(0.95, 0.05, 0.13, 0.09), paint.Identity, paint.Flat(c))
	eye(s, 0.98, 0.02, 0.03)
}

func crab(s *scene.Stage) {
	c := s.Colour(0.1)
	for _, side := range scene.Sides {
		for i := range 3 {
			y := 0.1 + 0.2*float64(i)
			s.Line(side, c.Times(0.8), 0.07, pt(0.3, y), pt(0.75, y-0.1), pt(0.9, y+0.3))
		}
		s.Line(side, c, 0.1, pt(0.4, -0.1), pt(0.75, -0.3), pt(0.6, -0.6))
		claw := new(paint.Path).MoveTo(0.5, -0.5).CubeTo(0.3, -0.9, 0.5, -1, 0.6, -0.75).CubeTo(0.7, -1.05, 0.95, -0.8, 0.72, -0.5).Close()
		s.Solid(claw, side, paint.Flat(c.Times(1.1)))
		s.Line(side, s.Dark(), 0.04, pt(0.15, -0.2), pt(0.15, -0.42))
	}
	at := paint.Identity.Move(0, 0.15).Scale(0.58, 0.42)
	s.Solid(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, s.Mottled(paint.Flat(c), 0.25, 0.08)))
}
