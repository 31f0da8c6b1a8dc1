package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

// counts are classes that differ in nothing but a number: of things of one
// random form, scattered without touching.
func counts() []scene.Class {
	var classes []scene.Class
	for i, name := range []string{"twos", "threes", "fours", "fives", "sixes"} {
		classes = append(classes, scene.Class{Name: name, Draw: func(s *scene.Stage) { scatter(s, i+2) }})
	}
	return classes
}

func scatter(s *scene.Stage, n int) {
	form, coat := token(s), s.Coat()
	size := s.Between(0.16, 0.24)
	for _, p := range apart(s, n, 2.3*size) {
		at := paint.Identity.Move(p.X, p.Y).Turn(s.Between(0, 2*math.Pi)).Scale(size, size)
		s.Solid(form, at, coat)
	}
}

// token is a small form, the same for all things of a picture.
func token(s *scene.Stage) *paint.Path {
	switch s.R.IntN(5) {
	case 0:
		return regular(3 + s.R.IntN(3))
	case 1:
		return star(5, 0.45)
	case 2:
		return heart(s)
	case 3:
		return paint.Polar(6, true, func(float64) float64 { return s.Between(0.6, 1) })
	}
	return paint.Ellipse(0, 0, 0.9, 0.9)
}

// apart finds n places in the unit circle at least gap from each other; each
// try that fails makes the next a little less strict.
func apart(s *scene.Stage, n int, gap float64) []paint.Point {
	var places []paint.Point
	for len(places) < n {
		sin, cos := math.Sincos(s.Between(0, 2*math.Pi))
		r := 0.95 * math.Sqrt(s.R.Float64())
		p, free := pt(r*cos, r*sin), true
		for _, q := range places {
			free = free && (p.X-q.X)*(p.X-q.X)+(p.Y-q.Y)*(p.Y-q.Y) >= gap*gap
		}
		if free {
			places = append(places, p)
		} else {
			gap *= 0.995
		}
	}
	return places
}
