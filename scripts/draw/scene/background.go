package scene

import (
	"math"

	"graft/scripts/draw/paint"
)

// background covers the canvas with something that is not the subject.
func (s *Stage) background() {
	a := paint.HSV(s.R.Float64(), s.Between(0.05, 0.7), s.Between(0.15, 0.95))
	b := paint.HSV(s.R.Float64(), s.Between(0.05, 0.7), s.Between(0.15, 0.95))
	if s.Chance(0.5) { // a meadow, out of focus
		a = paint.HSV(s.Between(0.17, 0.42), s.Between(0.25, 0.8), s.Between(0.2, 0.75))
		b = a.Mix(b, 0.4)
	}
	switch s.R.IntN(5) {
	case 0:
		s.Cover(s.sky(a, b))
	case 1:
		s.Cover(s.clouds(a, b, s.Between(0.2, 1), 3))
	case 2:
		s.Cover(s.clouds(a, b, s.Between(0.05, 0.15), 2))
	case 3:
		s.Cover(s.bark(a, b))
	default:
		s.Cover(s.sky(a, a.Mix(b, 0.5)))
		s.bokeh(a, b)
	}
}

func (s *Stage) sky(a, b paint.RGB) paint.Shader {
	dx, dy := s.light.X/(2*s.unit), s.light.Y/(2*s.unit)
	return func(x, y float64) paint.RGB {
		return a.Mix(b, float32(min(max(0.5+(x-s.unit)*dx+(y-s.unit)*dy, 0), 1)))
	}
}

func (s *Stage) clouds(a, b paint.RGB, grain float64, octaves int) paint.Shader {
	step := 1 / (grain * s.unit)
	return func(x, y float64) paint.RGB {
		return a.Mix(b, min(max(0.5+s.field.Cloud(x*step, y*step, octaves), 0), 1))
	}
}

// bark has long grains along one direction.
func (s *Stage) bark(a, b paint.RGB) paint.Shader {
	sin, cos := math.Sincos(s.Between(0, math.Pi))
	long, short := 1/(s.Between(0.5, 1.5)*s.unit), 1/(s.Between(0.03, 0.12)*s.unit)
	return func(x, y float64) paint.RGB {
		u, v := (x*cos+y*sin)*long, (y*cos-x*sin)*short
		return a.Mix(b, 0.5+0.5*s.field.Cloud(u, v, 2))
	}
}

// bokeh scatters the discs that bright points become out of focus.
func (s *Stage) bokeh(a, b paint.RGB) {
	for range 4 + s.R.IntN(14) {
		r := s.unit * s.Between(0.05, 0.3)
		disc := paint.Ellipse(s.Between(0, 2)*s.unit, s.Between(0, 2)*s.unit, r, r)
		c := a.Mix(b, float32(s.R.Float64())).Times(float32(s.Between(0.8, 1.5)))
		s.Canvas.Fill(disc, paint.Identity, paint.Flat(c), float32(s.Between(0.1, 0.5)))
	}
}

// clutter puts n things around that belong to no class: blades of grass,
// twigs, pebbles, scraps.
func (s *Stage) clutter(n int) {
	for range n {
		c := paint.HSV(s.R.Float64(), s.Between(0.1, 0.8), s.Between(0.15, 0.95))
		if s.Chance(0.6) {
			c = paint.HSV(s.Between(0.1, 0.4), s.Between(0.3, 0.8), s.Between(0.15, 0.8))
		}
		s.thing(c, s.Between(0, 2)*s.unit, s.Between(0, 2)*s.unit)
	}
}

func (s *Stage) thing(c paint.RGB, x, y float64) {
	size := s.unit * s.Between(0.1, 0.5)
	at := paint.Identity.Move(x, y).Turn(s.Between(0, 2*math.Pi)).Scale(size, size)
	var p *paint.Path
	switch s.R.IntN(4) {
	case 0:
		bend := s.Spread(0.6)
		p = new(paint.Path).MoveTo(-2, 0).CubeTo(-1, bend, 1, bend, 2.5, 0).CubeTo(1, bend+0.15, -1, bend+0.25, -2, 0.2).Close()
	case 1:
		p = paint.Stroke(s.Between(0.04, 0.2), 0.05, paint.Point{X: -1.5, Y: s.Spread(0.3)}, paint.Point{Y: s.Spread(0.2)}, paint.Point{X: 1.5, Y: s.Spread(0.5)})
	case 2:
		p = paint.Polar(7, true, func(float64) float64 { return s.Between(0.35, 0.6) })
	default:
		p = paint.Polygon(paint.Point{X: s.Between(0.2, 1)}, paint.Point{Y: s.Between(0.2, 1)}, paint.Point{X: -s.Between(0.2, 1)}, paint.Point{Y: -s.Between(0, 1)})
	}
	s.Canvas.Shadow(p, at, max(1, int(s.unit*0.03)), 0.3)
	s.Canvas.Fill(p, at, s.sky(c, c.Times(0.6)), float32(s.Between(0.6, 1)))
}

// foreground lets a blade of grass hide a little of some subjects.
func (s *Stage) foreground() {
	if !s.Chance(0.25) {
		return
	}
	c := paint.HSV(s.Between(0.15, 0.42), s.Between(0.3, 0.8), s.Between(0.15, 0.7))
	x, y := s.Between(0, 2)*s.unit, s.Between(0, 2)*s.unit
	at := paint.Identity.Move(x, y).Turn(s.Between(0, 2*math.Pi)).Scale(s.unit, s.unit)
	p := new(paint.Path).MoveTo(-2, 0).CubeTo(-1, 0.3, 1, 0.3, 2, 0).CubeTo(1, 0.35, -1, 0.37, -2, 0.1).Close()
	s.Canvas.Fill(p, at, s.sky(c, c.Times(0.6)), 0.95)
}

// camera adds what lens, sensor and daylight do to every picture.
func (s *Stage) camera() {
	if s.Chance(0.12) {
		s.Smear(s.Spread(0.03)*s.unit, s.Spread(0.03)*s.unit)
	}
	if s.Chance(0.6) {
		s.Soften(float32(s.Between(0, 0.9)))
	}
	tint := paint.RGB{R: float32(s.Between(0.8, 1.15)), G: float32(s.Between(0.85, 1.1)), B: float32(s.Between(0.8, 1.15))}
	k := s.Between(0, 0.3)
	s.Expose(tint.Times(float32(s.Between(0.75, 1.15))), float32(k*s.light.X), float32(k*s.light.Y), float32(s.Between(0.75, 1.15)))
	s.Grain(s.R, float32(s.Between(0, 0.04)))
}
