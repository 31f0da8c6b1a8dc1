// Package demo draws the photographs of graft's demo: three kinds of small
// animals, each in any colour and on any ground, so that only their form
// tells them apart.
package demo

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

// Classes are the demo's classes in the order of their names.
func Classes() []scene.Class {
	return []scene.Class{
		{Name: "butterflies", Draw: butterfly},
		{Name: "dragonflies", Draw: dragonfly},
		{Name: "ladybirds", Draw: ladybird},
	}
}

// mirror is the left half's place for a part drawn on the right.
var mirror = paint.Identity.Scale(-1, 1)

// legs draws three pairs of bent legs around (0, y).
func legs(s *scene.Stage, c paint.RGB, y, reach, width float64) {
	for _, side := range []paint.Affine{paint.Identity, mirror} {
		for i := range 3 {
			slant := (float64(i) - 1) * 0.35
			knee := paint.Point{X: reach * 0.6, Y: y + slant - s.Between(0, 0.06)}
			foot := paint.Point{X: reach * s.Between(0.9, 1.05), Y: y + 1.7*slant + s.Spread(0.06)}
			s.Fill(paint.Stroke(width, width/2, paint.Point{Y: y + slant/2}, knee, foot), side, paint.Flat(c))
		}
	}
}

// antennae draws two feelers from (0, y) upwards, ending in knobs.
func antennae(s *scene.Stage, c paint.RGB, y, length, width, knob float64) {
	spread := s.Between(0.2, 0.5)
	for _, side := range []paint.Affine{paint.Identity, mirror} {
		tip := paint.Point{X: length * spread * 1.4, Y: y - length}
		line := paint.Stroke(width, width, paint.Point{X: 0.02, Y: y}, paint.Point{X: length * spread * 0.6, Y: y - length*0.55}, tip)
		line.Add(paint.Ellipse(tip.X, tip.Y, knob, knob), paint.Identity)
		s.Fill(line, side, paint.Flat(c))
	}
}

// segments lays n overlapping ellipses along the y axis, from width a at
// y = from to width b at y = to, each lit as a body of its own.
func segments(s *scene.Stage, c, d paint.RGB, n int, from, to, a, b float64) {
	step := (to - from) / float64(n)
	for i := range n {
		t := (float64(i) + 0.5) / float64(n)
		w := a + (b-a)*t
		at := paint.Identity.Move(0, from+step*(float64(i)+0.5)).Scale(w, math.Abs(step)*0.62)
		shade := c
		if i%2 == 1 {
			shade = d
		}
		s.Fill(paint.Ellipse(0, 0, 1, 1), at, s.Round(at, paint.Flat(shade)))
	}
}
