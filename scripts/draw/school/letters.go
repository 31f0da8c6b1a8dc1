package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

// letters are those whose mirror images are no other letter.
func letters() []scene.Class {
	return []scene.Class{
		letter("letter-a", []paint.Point{pt(-0.7, 0.9), pt(0, -0.9), pt(0.7, 0.9)}, []paint.Point{pt(-0.4, 0.25), pt(0.4, 0.25)}),
		letter("letter-e", []paint.Point{pt(0.5, -0.9), pt(-0.5, -0.9), pt(-0.5, 0.9), pt(0.5, 0.9)}, []paint.Point{pt(-0.5, 0), pt(0.35, 0)}),
		letter("letter-f", []paint.Point{pt(0.5, -0.9), pt(-0.5, -0.9), pt(-0.5, 0.9)}, []paint.Point{pt(-0.5, 0), pt(0.3, 0)}),
		letter("letter-h", []paint.Point{pt(-0.6, -0.9), pt(-0.6, 0.9)}, []paint.Point{pt(0.6, -0.9), pt(0.6, 0.9)}, []paint.Point{pt(-0.6, 0), pt(0.6, 0)}),
		letter("letter-k", []paint.Point{pt(-0.5, -0.9), pt(-0.5, 0.9)}, []paint.Point{pt(0.6, -0.9), pt(-0.5, 0.1)}, []paint.Point{pt(-0.15, -0.2), pt(0.65, 0.9)}),
		letter("letter-r", []paint.Point{pt(-0.5, 0.9), pt(-0.5, -0.9)}, bow(-0.5, -0.9, 0), []paint.Point{pt(-0.1, 0), pt(0.55, 0.9)}),
		letter("letter-b", []paint.Point{pt(-0.5, 0.9), pt(-0.5, -0.9)}, bow(-0.5, -0.9, 0), bow(-0.5, 0, 0.9)),
		letter("letter-s", append(paint.Arc(0, -0.45, 0.45, -0.3, -1.5*math.Pi, 14), paint.Arc(0, 0.45, 0.45, -math.Pi/2, 0.8*math.Pi, 14)...)),
		letter("letter-t", []paint.Point{pt(-0.7, -0.85), pt(0.7, -0.85)}, []paint.Point{pt(0, -0.85), pt(0, 0.9)}),
		letter("letter-y", []paint.Point{pt(-0.65, -0.9), pt(0, 0), pt(0.65, -0.9)}, []paint.Point{pt(0, 0), pt(0, 0.9)}),
	}
}

// bow is a half round from x to the right between two heights.
func bow(x, from, to float64) []paint.Point {
	points := []paint.Point{pt(x, from)}
	for _, p := range paint.Arc(0, 0, 1, -math.Pi/2, math.Pi/2, 10) {
		points = append(points, pt(x+0.4+0.55*p.X, (from+to)/2+(to-from)/2*p.Y))
	}
	return append(points, pt(x, to))
}

func letter(name string, strokes ...[]paint.Point) scene.Class {
	return scene.Class{Name: name, Draw: func(s *scene.Stage) {
		slant, narrow, width := s.Spread(0.25), s.Between(0.7, 1.1), s.Between(0.12, 0.3)
		m := paint.Identity.Shear(slant).Scale(narrow, 1)
		whole := new(paint.Path)
		for _, points := range strokes {
			whole.Add(paint.Stroke(width, width, points...), paint.Identity)
		}
		s.Solid(whole, m, s.Coat())
	}}
}
