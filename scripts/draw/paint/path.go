package paint

import "math"

type segment struct {
	kind byte // m, l, c, z
	p    [3]Point
}

// Path is an outline of lines and cubic curves. Parts that run the same way
// round add up; a part that runs the other way cuts a hole.
type Path struct{ segments []segment }

// MoveTo begins a new part.
func (p *Path) MoveTo(x, y float64) *Path {
	p.segments = append(p.segments, segment{kind: 'm', p: [3]Point{{x, y}}})
	return p
}

// LineTo goes on straight.
func (p *Path) LineTo(x, y float64) *Path {
	p.segments = append(p.segments, segment{kind: 'l', p: [3]Point{{x, y}}})
	return p
}

// CubeTo goes on along a cubic Bézier curve.
func (p *Path) CubeTo(ax, ay, bx, by, x, y float64) *Path {
	p.segments = append(p.segments, segment{kind: 'c', p: [3]Point{{ax, ay}, {bx, by}, {x, y}}})
	return p
}

// Close ends a part with a line to its beginning.
func (p *Path) Close() *Path {
	p.segments = append(p.segments, segment{kind: 'z'})
	return p
}

// Add appends the parts of q, mapped by m.
func (p *Path) Add(q *Path, m Affine) *Path {
	for _, s := range q.segments {
		for i := range s.p {
			s.p[i] = m.Apply(s.p[i])
		}
		p.segments = append(p.segments, s)
	}
	return p
}

// Ellipse is an ellipse about (x, y) with the half axes rx and ry.
func Ellipse(x, y, rx, ry float64) *Path {
	const k = 0.5522847498 // four cubic curves of a circle, Stone and DeRose 1989
	p := new(Path).MoveTo(x+rx, y)
	p.CubeTo(x+rx, y+k*ry, x+k*rx, y+ry, x, y+ry)
	p.CubeTo(x-k*rx, y+ry, x-rx, y+k*ry, x-rx, y)
	p.CubeTo(x-rx, y-k*ry, x-k*rx, y-ry, x, y-ry)
	p.CubeTo(x+k*rx, y-ry, x+rx, y-k*ry, x+rx, y)
	return p.Close()
}

// Polygon joins the points by straight lines.
func Polygon(points ...Point) *Path {
	p := new(Path)
	for i, q := range points {
		if i == 0 {
			p.MoveTo(q.X, q.Y)
		} else {
			p.LineTo(q.X, q.Y)
		}
	}
	return p.Close()
}

// Smooth joins the points by a closed Catmull-Rom curve.
func Smooth(points ...Point) *Path {
	n := len(points)
	p := new(Path)
	for i := range n {
		a, b, c, d := points[(i+n-1)%n], points[i], points[(i+1)%n], points[(i+2)%n]
		if i == 0 {
			p.MoveTo(b.X, b.Y)
		}
		p.CubeTo(b.X+(c.X-a.X)/6, b.Y+(c.Y-a.Y)/6, c.X-(d.X-b.X)/6, c.Y-(d.Y-b.Y)/6, c.X, c.Y)
	}
	return p.Close()
}

// Polar is the closed curve of n points at the radius that f gives for each
// angle, smoothed if smooth is set.
func Polar(n int, smooth bool, f func(angle float64) float64) *Path {
	points := make([]Point, n)
	for i := range points {
		angle := 2 * math.Pi * float64(i) / float64(n)
		s, c := math.Sincos(angle)
		r := f(angle)
		points[i] = Point{r * c, r * s}
	}
	if smooth {
		return Smooth(points...)
	}
	return Polygon(points...)
}

// Stroke is a line of round joints through the points, from is its width at
// the first and to its width at the last of them.
func Stroke(from, to float64, points ...Point) *Path {
	p := new(Path)
	last := float64(max(len(points)-1, 1))
	width := func(i int) float64 { return (from + (to-from)*float64(i)/last) / 2 }
	for i, a := range points {
		p.Add(Ellipse(a.X, a.Y, width(i), width(i)), Identity)
		if i+1 == len(points) {
			break
		}
		b := points[i+1]
		d := math.Sqrt((b.X-a.X)*(b.X-a.X) + (b.Y-a.Y)*(b.Y-a.Y))
		if d == 0 {
			continue
		}
		u, v := (b.X-a.X)/d, (b.Y-a.Y)/d
		w0, w1 := width(i), width(i+1)
		p.Add(Polygon(Point{a.X + v*w0, a.Y - u*w0}, Point{b.X + v*w1, b.Y - u*w1},
			Point{b.X - v*w1, b.Y + u*w1}, Point{a.X - v*w0, a.Y + u*w0}), Identity)
	}
	return p
}

// Arc gives n+1 points of a circle's arc about (x, y).
func Arc(x, y, r, from, to float64, n int) []Point {
	points := make([]Point, n+1)
	for i := range points {
		s, c := math.Sincos(from + (to-from)*float64(i)/float64(n))
		points[i] = Point{x + r*c, y + r*s}
	}
	return points
}
