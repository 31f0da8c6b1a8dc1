package demo

import (
	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

// dragonfly: a long jointed body, large eyes, four narrow glassy wings.
func dragonfly(s *scene.Stage) {
	body, rings := s.Colour(0.05), s.Dark()
	glass := s.Bright().Mix(s.Colour(0.2), float32(s.Between(0, 0.5)))
	alpha := s.Between(0.25, 0.6)
	fore, hind := s.Between(-0.5, 0.15), s.Between(0, 0.5) // slant of the wings
	height := s.Between(0.05, 0.15)
	long, wide := s.Between(0.8, 0.98), s.Between(0.1, 0.16)
	for _, side := range []paint.Affine{paint.Identity, mirror} {
		a := side.Move(0.05, -0.42).Turn(fore)
		b := side.Move(0.05, -0.28).Turn(hind)
		s.Cast(narrowWing(long, wide), a, height)
		s.Cast(narrowWing(long*0.93, wide*1.25), b, height)
		glassWing(s, b, long*0.93, wide*1.25, glass, alpha)
		glassWing(s, a, long, wide, glass, alpha)
	}
	tail := paint.Stroke(0.08, 0.05, paint.Point{Y: -0.2}, paint.Point{Y: 0.95})
	s.Cast(tail, paint.Identity, height)
	legs(s, rings, -0.42, 0.25, 0.022)
	segments(s, body, body.Mix(rings, float32(s.Between(0.2, 0.9))), 10, -0.2, 0.95, 0.055, 0.035)
	chest := paint.Identity.Move(0, -0.36).Scale(0.12, 0.22)
	s.Fill(paint.Ellipse(0, 0, 1, 1), chest, s.Round(chest, s.Mottled(paint.Flat(body), 0.3, 0.05)))
	head(s)
}

// narrowWing points to the right from the origin.
func narrowWing(long, wide float64) *paint.Path {
	p := new(paint.Path).MoveTo(0, -0.02)
	p.CubeTo(long*0.3, -wide*0.5, long*0.9, -wide*0.7, long, -wide*0.1)
	p.CubeTo(long, wide*0.9, long*0.5, wide*1.2, long*0.2, wide*0.7)
	return p.CubeTo(long*0.1, wide*0.4, 0, 0.05, 0, 0.03).Close()
}

func glassWing(s *scene.Stage, at paint.Affine, long, wide float64, c paint.RGB, alpha float64) {
	outline := narrowWing(long, wide)
	s.Glaze(outline, at, s.Mottled(paint.Flat(c), 0.15, 0.04), alpha)
	dark := c.Times(0.25)
	vein := func(x0, y0, x1, y1 float64) {
		s.Glaze(paint.Stroke(0.012, 0.008, paint.Point{X: x0, Y: y0}, paint.Point{X: x1, Y: y1}), at, paint.Flat(dark), 0.6)
	}
	vein(0, -0.01, long*0.55, -wide*0.52)
	vein(long*0.55, -wide*0.52, long, -wide*0.1)
	vein(0, 0.01, long*0.95, wide*0.25)
	vein(0.05, 0.02, long*0.6, wide*0.8)
	for i := range 7 {
		x := long * (0.25 + 0.1*float64(i))
		vein(x, -wide*0.42, x+0.03, wide*0.7)
	}
	mark := at.Move(long*0.84, -wide*0.38).Turn(0.15)
	s.Fill(paint.Ellipse(0, 0, 0.05, 0.018), mark, paint.Flat(dark))
}

// head is mostly two round eyes.
func head(s *scene.Stage) {
	c := s.Colour(0.5).Times(0.7)
	s.Fill(paint.Ellipse(0, -0.62, 0.1, 0.06), paint.Identity, paint.Flat(s.Dark()))
	for _, side := range []paint.Affine{paint.Identity, mirror} {
		at := side.Move(0.085, -0.645).Scale(0.085, 0.075)
		s.Fill(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, paint.Flat(c)))
	}
}
