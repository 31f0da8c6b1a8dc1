package kernel

import "math"

// A Step is the constants of a step of RMSprop.
type Step struct {
	Alpha, Rest, Eps, Rate, Momentum, Decay float32 // Rest is 1 − Alpha, rounded once
}

// Moments is parameters and what RMSprop remembers of each. Mean and Momentum may be nil: not
// centered, no momentum. All others have one length.
type Moments struct{ P, Square, Mean, Momentum []float32 }

// Part is the parameters from … to − 1.
func (m Moments) Part(from, to int) Moments {
	m.P, m.Square = m.P[from:to], m.Square[from:to]
	if m.Mean != nil {
		m.Mean = m.Mean[from:to]
	}
	if m.Momentum != nil {
		m.Momentum = m.Momentum[from:to]
	}
	return m
}

// Apply moves parameters whose gradient is g, as long as they are, which is used up:
//
//	g += decay·p, unless decay is 0
//	v = α·v + (rest·g)·g
//	centered: a = α·a + rest·g; then the root is of max(v − a², 0)
//	s = g/(√v + eps)
//	with momentum: s = s + μ·b; b = s
//	p = p − rate·s
func (s Step) Apply(m Moments, g []float32) {
	if s.Decay != 0 {
		Axpy(s.Decay, m.P, g)
	}
	v := &vectors[current]
	n := whole(len(g), v.step)
	if n > 0 {
		s.vector(v, m.Part(0, n), g[:n])
	}
	s.stepGo(m.Part(n, len(g)), g[n:])
}

func (s Step) vector(v *elementwise, m Moments, g []float32) {
	p, square, gradient, n := &m.P[0], &m.Square[0], &g[0], uint64(len(g))
	switch {
	case m.Mean == nil && m.Momentum == nil:
		v.plain(p, square, gradient, n, s.Alpha, s.Rest, s.Eps, s.Rate, s.Momentum)
	case m.Momentum == nil:
		v.centered(p, square, &m.Mean[0], gradient, n, s.Alpha, s.Rest, s.Eps, s.Rate, s.Momentum)
	case m.Mean == nil:
		v.momentum(p, square, &m.Momentum[0], gradient, n, s.Alpha, s.Rest, s.Eps, s.Rate, s.Momentum)
	default:
		v.centeredMomentum(p, square, &m.Mean[0], &m.Momentum[0], gradient, n, s.Alpha, s.Rest, s.Eps, s.Rate, s.Momentum)
	}
}

// stepGo is Apply without decay.
func (s Step) stepGo(m Moments, g []float32) {
	for i, gi := range g {
		v := float32(s.Alpha*m.Square[i]) + float32(float32(s.Rest*gi)*gi)
		m.Square[i] = v
		if m.Mean != nil {
			a := float32(s.Alpha*m.Mean[i]) + float32(s.Rest*gi)
			m.Mean[i] = a
			v = max(v-float32(a*a), 0) // below 0 by rounding only
		}
		move := gi / (float32(math.Sqrt(float64(v))) + s.Eps)
		if m.Momentum != nil {
			move += float32(s.Momentum * m.Momentum[i])
			m.Momentum[i] = move
		}
		m.P[i] -= float32(s.Rate * move)
	}
}

// Axpy adds a·x to y, which is as long.
func Axpy(a float32, x, y []float32) {
	y = y[:len(x)]
	v, n := split(len(x))
	if n > 0 {
		v.axpy(a, &x[0], &y[0], uint64(n))
	}
	axpyGo(a, x[n:], y[n:])
}
