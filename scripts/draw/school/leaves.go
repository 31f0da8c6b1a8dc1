package school

import (
	"math"

	"graft/scripts/draw/paint"
	"graft/scripts/draw/scene"
)

func leaves() []scene.Class {
	return []scene.Class{
		leaf("lances", 0.22, plainEdge), leaf("ovals", 0.45, plainEdge),
		leaf("oaks", 0.42, lobedEdge), leaf("nettles", 0.45, sawEdge),
		{Name: "maples", Draw: maple}, {Name: "ginkgos", Draw: ginkgo},
		{Name: "clovers", Draw: clover}, {Name: "ferns", Draw: fern},
		{Name: "ashes", Draw: ash},
	}
}

func plainEdge(float64) float64 { return 1 }

func lobedEdge(t float64) float64 { return 0.75 + 0.3*math.Sin(28*t) }

func sawEdge(t float64) float64 { return 0.85 + 0.25*frac(11*(1-t)) }

// leaf is a blade with a midrib and side veins; edge changes its width along
// the way from the stalk (0) to the tip (1).
func leaf(name string, width float64, edge func(t float64) float64) scene.Class {
	return scene.Class{Name: name, Draw: func(s *scene.Stage) {
		w := width * s.Between(0.85, 1.15)
		s.Line(paint.Identity, s.Dark(), 0.04, pt(0, 1), pt(0.02, 0.75))
		blade(s, paint.Identity, w, s.Between(0.9, 1.3), edge, s.Coat())
	}}
}

// blade draws a leaf from (0, 0.8) to (0, -0.95).
func blade(s *scene.Stage, m paint.Affine, w, belly float64, edge func(t float64) float64, coat paint.Shader) {
	const n = 40
	points := make([]paint.Point, 2*n)
	for i := range n {
		t := (float64(i) + 0.5) / n
		x := w * edge(t) * math.Sin(math.Pi*math.Pow(t, belly*0.8))
		points[i], points[2*n-1-i] = pt(x, 0.8-1.75*t), pt(-x, 0.8-1.75*t)
	}
	s.Solid(paint.Polygon(points...), m, coat)
	vein := s.Bright()
	if s.Chance(0.5) {
		vein = s.Dark()
	}
	rib := paint.Stroke(0.035, 0.01, pt(0, 0.8), pt(0, -0.9))
	for i := range 5 {
		y := 0.6 - 0.27*float64(i)
		for _, side := range []float64{1, -1} {
			rib.Add(paint.Stroke(0.02, 0.008, pt(0, y), pt(side*w*0.65, y-0.22)), paint.Identity)
		}
	}
	s.Glaze(rib, m, paint.Flat(vein), 0.6)
}

func maple(s *scene.Stage) {
	half := []paint.Point{pt(0, -1), pt(0.12, -0.72), pt(0.3, -0.78), pt(0.25, -0.35), pt(0.5, -0.5), pt(0.6, -0.35), pt(0.95, -0.3), pt(0.8, -0.05), pt(0.9, 0.05), pt(0.45, 0.3), pt(0.55, 0.5), pt(0.1, 0.45), pt(0.04, 0.5)}
	points := append([]paint.Point(nil), half...)
	for i := len(half) - 1; i > 0; i-- {
		points = append(points, pt(-half[i].X, half[i].Y))
	}
	s.Line(paint.Identity, s.Dark(), 0.05, pt(0, 0.4), pt(s.Spread(0.1), 1))
	s.Solid(paint.Polygon(points...), paint.Identity, s.Coat())
	vein := s.Dark()
	for _, tip := range []paint.Point{pt(0, -0.8), pt(0.75, -0.2), pt(-0.75, -0.2), pt(0.4, 0.4), pt(-0.4, 0.4)} {
		s.Glaze(paint.Stroke(0.035, 0.01, pt(0, 0.45), tip), paint.Identity, paint.Flat(vein), 0.5)
	}
}

func ginkgo(s *scene.Stage) {
	open := s.Between(0.9, 1.3)
	points := []paint.Point{pt(0, 0.35)}
	for i := range 31 {
		t := float64(i)/15 - 1
		sin, cos := math.Sincos(open * t)
		r := 1.2 - 0.35*math.Exp(-40*t*t) + 0.03*math.Sin(25*t)
		points = append(points, pt(r*sin, 0.35-r*cos))
	}
	s.Line(paint.Identity, s.Dark(), 0.05, pt(0, 0.3), pt(s.Spread(0.2), 1))
	s.Solid(paint.Polygon(points...), paint.Identity, s.Coat())
	vein := s.Dark()
	for i := range 9 {
		sin, cos := math.Sincos(open * (float64(i)/4 - 1) * 0.9)
		s.Glaze(paint.Stroke(0.02, 0.01, pt(0, 0.35), pt(sin, 0.35-cos)), paint.Identity, paint.Flat(vein), 0.4)
	}
}

func clover(s *scene.Stage) {
	coat, pale := s.Coat(), s.Bright()
	s.Line(paint.Identity, s.Dark(), 0.05, pt(0, 0), pt(0.1, 0.5), pt(0.05, 1))
	for i := range 3 {
		at := paint.Identity.Turn(2*math.Pi*float64(i)/3+s.Spread(0.12)).Move(0, -0.48).Scale(0.5, 0.5)
		s.Solid(heart(s), at.Turn(0), coat)
		s.Glaze(paint.Stroke(0.08, 0.08, pt(-0.5, 0), pt(0, -0.25), pt(0.5, 0)), at, paint.Flat(pale), 0.5)
	}
}

func fern(s *scene.Stage) {
	coat, n := s.Coat(), 11
	bend := s.Spread(0.3)
	for i := range n {
		t := float64(i) / float64(n-1)
		x, y := bend*t*t, 0.9-1.8*t
		long := 0.65*math.Sin(math.Pi*(0.15+0.82*t)) + 0.03
		for _, side := range scene.Sides {
			at := paint.Identity.Move(x, y).Then(side).Turn(-0.45).Scale(long, 0.07+0.03*(1-t))
			s.Fill(paint.Ellipse(0.5, 0, 0.5, 1), at, coat)
		}
	}
	s.Line(paint.Identity, s.Dark(), 0.03, pt(0, 1), pt(bend*0.25, 0), pt(bend, -0.9))
}

// ash has pairs of leaflets along a stalk and one at its end.
func ash(s *scene.Stage) {
	coat, pairs := s.Coat(), 3+s.R.IntN(2)
	s.Line(paint.Identity, s.Dark(), 0.035, pt(0, 1), pt(0, -0.5))
	for i := range pairs {
		y := 0.65 - 1.1*float64(i)/float64(pairs)
		for _, side := range scene.Sides {
			at := side.Move(0, y).Turn(-0.5).Move(0.42, 0).Scale(0.4, 0.12)
			s.Solid(paint.Ellipse(0, 0, 1, 1), at, coat)
		}
	}
	s.Fill(paint.Ellipse(0, -0.68, 0.13, 0.32), paint.Identity, coat)
}
