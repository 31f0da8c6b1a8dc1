package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

func figures() []scene.Class {
	return []scene.Class{
		solid("discs", func(*scene.Stage) *paint.Path { return paint.Ellipse(0, 0, 0.9, 0.9) }),
		solid("triangles", func(*scene.Stage) *paint.Path { return regular(3) }),
		solid("squares", func(*scene.Stage) *paint.Path { return regular(4) }),
		solid("pentagons", func(*scene.Stage) *paint.Path { return regular(5) }),
		solid("bars", func(s *scene.Stage) *paint.Path {
			h := s.Between(0.15, 0.3)
			return paint.Polygon(pt(-1, -h), pt(1, -h), pt(1, h), pt(-1, h))
		}),
		solid("crosses", func(s *scene.Stage) *paint.Path { return cross(s.Between(0.15, 0.35)) }),
		solid("stars4", func(s *scene.Stage) *paint.Path { return star(4, s.Between(0.25, 0.45)) }),
		solid("stars5", func(s *scene.Stage) *paint.Path { return star(5, s.Between(0.35, 0.55)) }),
		solid("stars7", func(s *scene.Stage) *paint.Path { return star(7, s.Between(0.35, 0.6)) }),
		solid("rings", ring),
		solid("crescents", crescent),
		solid("hearts", heart),
		solid("drops", func(*scene.Stage) *paint.Path {
			return new(paint.Path).MoveTo(0, -1).CubeTo(0.2, -0.3, 0.65, 0, 0.65, 0.35).CubeTo(0.65, 1.2, -0.65, 1.2, -0.65, 0.35).CubeTo(-0.65, 0, -0.2, -0.3, 0, -1).Close()
		}),
		solid("arrows", func(s *scene.Stage) *paint.Path {
			k, w := s.Between(-0.1, 0.3), s.Between(0.12, 0.25)
			return paint.Polygon(pt(1, 0), pt(k, 0.6), pt(k, w), pt(-1, w), pt(-1, -w), pt(k, -w), pt(k, -0.6))
		}),
		solid("gears", gear),
		solid("spirals", spiral),
		solid("bolts", func(*scene.Stage) *paint.Path {
			return paint.Polygon(pt(0.2, -1), pt(-0.5, 0.1), pt(-0.05, 0.1), pt(-0.25, 1), pt(0.5, -0.2), pt(0.05, -0.2))
		}),
		solid("halves", func(*scene.Stage) *paint.Path { return paint.Polygon(paint.Arc(0, -0.3, 0.95, 0, math.Pi, 24)...) }),
	}
}

func regular(n int) *paint.Path {
	return paint.Polar(n, false, func(float64) float64 { return 0.95 })
}

func star(n int, inner float64) *paint.Path {
	i := 0
	return paint.Polar(2*n, false, func(float64) float64 {
		if i++; i%2 == 0 {
			return inner
		}
		return 1
	})
}

func cross(w float64) *paint.Path {
	return paint.Polygon(pt(-w, -1), pt(w, -1), pt(w, -w), pt(1, -w), pt(1, w), pt(w, w), pt(w, 1), pt(-w, 1), pt(-w, w), pt(-1, w), pt(-1, -w), pt(-w, -w))
}

func ring(s *scene.Stage) *paint.Path {
	k := s.Between(0.5, 0.8)
	return paint.Ellipse(0, 0, 0.95, 0.95).Add(paint.Ellipse(0, 0, k, k), scene.Mirror)
}

func crescent(s *scene.Stage) *paint.Path {
	k := s.Between(0.1, 0.5)
	return new(paint.Path).MoveTo(0, -1).CubeTo(1.25, -0.9, 1.25, 0.9, 0, 1).CubeTo(k, 0.5, k, -0.5, 0, -1).Close()
}

func heart(*scene.Stage) *paint.Path {
	return new(paint.Path).MoveTo(0, 0.95).CubeTo(-1.2, 0, -0.95, -0.95, -0.45, -0.85).CubeTo(-0.2, -0.8, 0, -0.6, 0, -0.4).
		CubeTo(0, -0.6, 0.2, -0.8, 0.45, -0.85).CubeTo(0.95, -0.95, 1.2, 0, 0, 0.95).Close()
}

func gear(s *scene.Stage) *paint.Path {
	n := 7 + s.R.IntN(6)
	i, k := 0, s.Between(0.7, 0.8)
	p := paint.Polar(4*n, false, func(float64) float64 {
		if i++; i%4 < 2 {
			return 0.97
		}
		return k
	})
	return p.Add(paint.Ellipse(0, 0, k*0.45, k*0.45), scene.Mirror)
}

func spiral(s *scene.Stage) *paint.Path {
	turns := s.Between(1.8, 2.8)
	var points []paint.Point
	for i := range 60 {
		t := float64(i) / 59
		sin, cos := math.Sincos(2 * math.Pi * turns * t)
		points = append(points, pt(0.9*t*cos, 0.9*t*sin))
	}
	return paint.Stroke(0.06, s.Between(0.1, 0.2), points...)
}
