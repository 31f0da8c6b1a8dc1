// Package scene sets a stage for one subject: background, clutter, light and
// camera are drawn at random in the same way for every class, so that only
// the subject itself tells the classes apart.
package scene

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"graft/scripts/draw/paint"
)

// Class is one kind of subject.
type Class struct {
	// Name is a lower-case word, the folder of its pictures.
	Name string
	// Draw paints the subject inside the unit circle of the stage's place.
	Draw func(s *Stage)
	// Full says that the subject fills the whole picture: a texture.
	Full bool
}

// Stage is where a subject is drawn.
type Stage struct {
	*paint.Canvas
	// R gives all random numbers of this picture.
	R *rand.Rand
	// Place maps the subject's own coordinates (inside the unit circle, y
	// downwards) to pixels.
	Place paint.Affine
	// Hue is the picture's hue in turns, drawn evenly for every class.
	Hue float64

	light paint.Point // where the light comes from, a unit vector on the canvas
	unit  float64     // pixels in half the picture's side
	field *paint.Field
}

// Picture draws picture number of a class on size×size pixels. It is a pure
// function of its arguments.
func Picture(c Class, seed uint64, number, size int) *paint.Canvas {
	h := fnv.New64a()
	h.Write([]byte(c.Name))
	r := rand.New(rand.NewPCG(seed^h.Sum64(), uint64(number)))
	s := &Stage{Canvas: paint.New(size, size), R: r, Hue: r.Float64(), unit: float64(size) / 2, field: paint.NewField(r)}
	sin, cos := math.Sincos(s.Between(0, 2*math.Pi))
	s.light = paint.Point{X: cos, Y: sin}
	if c.Full {
		s.Place = s.pose(s.Between(0.7, 1.4), 0)
		c.Draw(s)
	} else {
		s.background()
		s.clutter(r.IntN(7))
		scale := s.Between(0.45, 0.85)
		s.Place = s.pose(scale, 0.85-scale)
		c.Draw(s)
		s.foreground()
	}
	s.camera()
	return s.Canvas
}

// pose is a place of the given scale, turned by any angle, seen a little from
// the side, and at most shift away from the middle.
func (s *Stage) pose(scale, shift float64) paint.Affine {
	m := paint.Affine{A: s.unit, E: s.unit, C: s.unit, F: s.unit}
	m = m.Move(s.Spread(shift), s.Spread(shift)).Turn(s.Between(0, 2*math.Pi))
	m = m.Scale(scale, scale*s.Between(0.75, 1)).Turn(s.Between(0, 2*math.Pi))
	return m
}

// Between is a random number, evenly distributed.
func (s *Stage) Between(lo, hi float64) float64 { return lo + (hi-lo)*s.R.Float64() }

// Spread is a random number in ±k.
func (s *Stage) Spread(k float64) float64 { return s.Between(-k, k) }

// Chance is true with the probability p.
func (s *Stage) Chance(p float64) bool { return s.R.Float64() < p }

// Colour is a random colour whose hue is within spread of the picture's.
func (s *Stage) Colour(spread float64) paint.RGB {
	return paint.HSV(s.Hue+s.Spread(spread), s.Between(0.35, 1), s.Between(0.45, 1))
}

// Dark is a dark colour, nearly black or brown.
func (s *Stage) Dark() paint.RGB {
	return paint.HSV(s.R.Float64(), s.Between(0, 0.6), s.Between(0.04, 0.25))
}

// Bright is a bright, pale colour.
func (s *Stage) Bright() paint.RGB {
	return paint.HSV(s.R.Float64(), s.Between(0, 0.35), s.Between(0.8, 1))
}

// Fill paints p, in the coordinates of m inside the stage's place.
func (s *Stage) Fill(p *paint.Path, m paint.Affine, shader paint.Shader) {
	s.Canvas.Fill(p, s.Place.Then(m), shader, 1)
}

// Glaze paints p as Fill does, but lets through what lies below.
func (s *Stage) Glaze(p *paint.Path, m paint.Affine, shader paint.Shader, alpha float64) {
	s.Canvas.Fill(p, s.Place.Then(m), shader, float32(alpha))
}

// Cast draws the shadow that p throws on what lies height units below it.
func (s *Stage) Cast(p *paint.Path, m paint.Affine, height float64) {
	at := s.Place.Then(m)
	d := height * s.Place.Size()
	at.C -= s.light.X * d
	at.F -= s.light.Y * d
	s.Canvas.Shadow(p, at, max(1, int(d*0.4)), 0.45)
}

// Local turns a shader in the coordinates of m into one in pixels.
func (s *Stage) Local(m paint.Affine, f paint.Shader) paint.Shader {
	inverse := s.Place.Then(m).Inverse()
	return func(x, y float64) paint.RGB {
		p := inverse.Apply(paint.Point{X: x, Y: y})
		return f(p.X, p.Y)
	}
}

// Along goes from colour a at distance 0 from the origin of m to b at reach.
func (s *Stage) Along(m paint.Affine, a, b paint.RGB, reach float64) paint.Shader {
	return s.Local(m, func(x, y float64) paint.RGB {
		return a.Mix(b, float32(min(math.Sqrt(x*x+y*y)/reach, 1)))
	})
}

// Round lights a shader as if the unit circle of m were a dome.
func (s *Stage) Round(m paint.Affine, base paint.Shader) paint.Shader {
	at := s.Place.Then(m)
	inverse := at.Inverse()
	size := at.Size()
	l := paint.Point{X: s.light.X * size, Y: s.light.Y * size}
	tip := inverse.Apply(paint.Point{X: at.C + 0.45*l.X, Y: at.F + 0.45*l.Y})
	return func(x, y float64) paint.RGB {
		p := inverse.Apply(paint.Point{X: x, Y: y})
		d := (p.X-tip.X)*(p.X-tip.X) + (p.Y-tip.Y)*(p.Y-tip.Y)
		c := base(x, y).Times(float32(1.15 - 0.35*min(d, 2)))
		if d < 0.12 {
			c = c.Mix(paint.RGB{R: 1, G: 1, B: 1}, float32(5*(0.12-d)))
		}
		return c
	}
}

// Mottled varies the brightness of a shader by ±k with spots about grain
// units of the stage's place wide.
func (s *Stage) Mottled(base paint.Shader, k float32, grain float64) paint.Shader {
	step := 1 / (grain * s.Place.Size())
	return func(x, y float64) paint.RGB {
		return base(x, y).Times(1 + k*s.field.Cloud(x*step, y*step, 2))
	}
}
