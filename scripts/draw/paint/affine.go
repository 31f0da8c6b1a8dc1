package paint

import "math"

// Point is a place in the plane; what its unit is depends on who holds it.
type Point struct{ X, Y float64 }

// Affine maps (x, y) to (A·x + B·y + C, D·x + E·y + F).
type Affine struct{ A, B, C, D, E, F float64 }

// Identity maps every point to itself.
var Identity = Affine{A: 1, E: 1}

// Apply maps one point.
func (m Affine) Apply(p Point) Point {
	return Point{m.A*p.X + m.B*p.Y + m.C, m.D*p.X + m.E*p.Y + m.F}
}

// Then maps by n first and by m afterwards, as in m∘n: the way in which a
// part is placed inside a whole.
func (m Affine) Then(n Affine) Affine {
	return Affine{
		m.A*n.A + m.B*n.D, m.A*n.B + m.B*n.E, m.A*n.C + m.B*n.F + m.C,
		m.D*n.A + m.E*n.D, m.D*n.B + m.E*n.E, m.D*n.C + m.E*n.F + m.F,
	}
}

// Move shifts what follows by (x, y).
func (m Affine) Move(x, y float64) Affine { return m.Then(Affine{1, 0, x, 0, 1, y}) }

// Scale stretches what follows along its own axes.
func (m Affine) Scale(x, y float64) Affine { return m.Then(Affine{x, 0, 0, 0, y, 0}) }

// Turn rotates what follows by the angle, in radians.
func (m Affine) Turn(angle float64) Affine {
	s, c := math.Sincos(angle)
	return m.Then(Affine{c, -s, 0, s, c, 0})
}

// Shear slants what follows: x grows by k for every unit of y.
func (m Affine) Shear(k float64) Affine { return m.Then(Affine{1, k, 0, 0, 1, 0}) }

// Inverse undoes m. A map that flattens the plane gives the identity.
func (m Affine) Inverse() Affine {
	d := m.A*m.E - m.B*m.D
	if d == 0 {
		return Identity
	}
	return Affine{
		m.E / d, -m.B / d, (m.B*m.F - m.E*m.C) / d,
		-m.D / d, m.A / d, (m.D*m.C - m.A*m.F) / d,
	}
}

// Size is the mean factor by which m stretches lengths.
func (m Affine) Size() float64 { return math.Sqrt(math.Abs(m.A*m.E - m.B*m.D)) }
