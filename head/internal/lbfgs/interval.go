package lbfgs

import "math"

// advance takes in what is found at a place, chooses the next step, and moves the ends of the interval: MINPACK-2's
// dcstep. Its four cases are told apart by the value and the slope there.
func (s *search) advance(here place) {
	best := s.best
	turned := here.slope*math.Copysign(1, best.slope) < 0
	var next float64
	switch {
	case here.f > best.f:
		next = higher(best, here)
		s.bracketed = true
	case turned:
		next = beyond(best, here)
		s.bracketed = true
	case math.Abs(here.slope) < math.Abs(best.slope):
		next = s.flatter(here)
	default:
		next = s.steeper(here)
	}
	if here.f > best.f {
		s.other = here
	} else {
		if turned {
			s.other = best
		}
		s.best = here
	}
	s.step = next
}

// higher is the step if the value has risen: the minimum of the cubic is taken if it is closer to best
// than that of the parabola, else their mean.
func higher(best, here place) float64 {
	c := cubicBetween(best, here, here.at < best.at)
	r := ((c.gamma - best.slope) + c.theta) / (((c.gamma - best.slope) + c.gamma) + here.slope)
	length := here.at - best.at
	cubic := best.at + float64(r*length)
	parabola := best.at + float64(best.slope/((best.f-here.f)/length+best.slope)/2*length)
	if math.Abs(cubic-best.at) < math.Abs(parabola-best.at) {
		return cubic
	}
	return cubic + float64((parabola-cubic)/2)
}

// beyond is the step if the slope has changed its sign: of cubic and secant that which is farther away.
func beyond(best, here place) float64 {
	c := cubicBetween(best, here, here.at > best.at)
	r := ((c.gamma - here.slope) + c.theta) / (((c.gamma - here.slope) + c.gamma) + best.slope)
	cubic := here.at + float64(r*(best.at-here.at))
	return farther(here.at, cubic, secant(best, here))
}

// flatter is the step if the slope has the same sign, but is less steep. The cubic may have no minimum in
// the direction of the step; the secant has one.
func (s *search) flatter(here place) float64 {
	best := s.best
	c := cubicBetween(best, here, here.at > best.at)
	r := ((c.gamma - here.slope) + c.theta) / ((c.gamma + (best.slope - here.slope)) + c.gamma)
	cubic := s.low
	switch {
	case r < 0 && c.gamma != 0:
		cubic = here.at + float64(r*(best.at-here.at))
	case here.at > best.at:
		cubic = s.high
	}
	line := secant(best, here)
	if !s.bracketed {
		return min(max(farther(here.at, cubic, line), s.low), s.high)
	}
	next := cubic
	if math.Abs(cubic-here.at) >= math.Abs(line-here.at) {
		next = line
	}
	limit := here.at + float64(0.66*(s.other.at-here.at))
	if here.at > best.at {
		return min(limit, next)
	}
	return max(limit, next)
}

// steeper is the step if the slope has the same sign and is no less steep: the minimum of the cubic with
// the other end, or as far as the search goes.
func (s *search) steeper(here place) float64 {
	if s.bracketed {
		c := cubicBetween(s.other, here, here.at > s.other.at)
		r := ((c.gamma - here.slope) + c.theta) / (((c.gamma - here.slope) + c.gamma) + s.other.slope)
		return here.at + float64(r*(s.other.at-here.at))
	}
	if here.at > s.best.at {
		return s.high
	}
	return s.low
}

// cubic is what the minimum of the cubic through two places, with their slopes, is computed from.
type cubic struct{ theta, gamma float64 }

// cubicBetween is that of a and b, with the root of the other sign if it is flipped.
func cubicBetween(a, b place, flipped bool) cubic {
	theta := 3*(a.f-b.f)/(b.at-a.at) + a.slope + b.slope
	scale := max(math.Abs(theta), math.Abs(a.slope), math.Abs(b.slope))
	t := theta / scale
	gamma := float64(scale * math.Sqrt(max(0, float64(t*t)-float64(a.slope/scale*(b.slope/scale)))))
	if flipped {
		gamma = -gamma
	}
	return cubic{theta, gamma}
}

// secant is where the line through two slopes is 0.
func secant(best, here place) float64 {
	return here.at + float64(here.slope/(here.slope-best.slope)*(best.at-here.at))
}

// farther is the one of a and b that is farther from x.
func farther(x, a, b float64) float64 {
	if math.Abs(a-x) > math.Abs(b-x) {
		return a
	}
	return b
}
