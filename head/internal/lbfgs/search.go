package lbfgs

import "math"

// search is a line search for a step that satisfies the strong Wolfe conditions, with sufficient decrease
// and curvature: that of Moré and Thuente, Line search algorithms with guaranteed sufficient decrease, ACM
// Transactions on Mathematical Software 20 (1994), in the form of MINPACK-2's dcsrch and dcstep.
type search struct {
	step  float64 // to be tried next
	stuck bool    // rounding allows no progress

	start, best, other place // of step 0; with the least value so far; at the other end of the interval
	low, high          float64
	bracketed          bool    // a minimum lies between best and other
	modified           bool    // a step with sufficient decrease and a rising slope has not been seen
	width, before      float64 // of the interval, now and two trials ago
}

// place is a step, the value and its derivative by the step there.
type place struct{ at, f, slope float64 }

const (
	decrease  = 1e-4 // of the first of the Wolfe conditions
	curvature = 0.9  // of the second
	narrow    = 1e-10
	maxStep   = 1e10
)

// newSearch begins where the value is f and its slope is below 0, with a step to be tried.
func newSearch(f, slope, step float64) *search {
	start := place{0, f, slope}
	return &search{
		step: step, start: start, best: start, other: start,
		high: 5 * step, modified: true, width: maxStep, before: 2 * maxStep,
	}
}

// tell says what is found at the step: it reports whether that will do. If not, step is the next to be
// tried, unless the search is stuck.
func (s *search) tell(f, slope float64) bool {
	if !finite(f) || !finite(slope) { // too far
		s.high = s.step
		s.step = (s.best.at + s.step) / 2
		s.stuck = s.step == s.high || s.step == s.best.at
		return false
	}
	here := place{s.step, f, slope}
	least := s.start.f + float64(s.step*float64(decrease*s.start.slope))
	if math.Abs(slope) <= -curvature*s.start.slope && f <= least {
		return true
	}
	if s.bracketed && (s.step <= s.low || s.step >= s.high || s.high-s.low <= narrow*s.high) || s.step >= maxStep {
		s.stuck = true
		s.keep(here)
		return false
	}
	if f <= least && slope >= 0 {
		s.modified = false
	}
	if s.modified && f <= s.best.f && f > least {
		line, tilted := float64(decrease*s.start.slope), here
		s.tilt(-line)
		tilted.tilt(-line)
		s.advance(tilted)
		s.tilt(line)
	} else {
		s.advance(here)
	}
	s.shrink()
	return false
}

// keep makes p the best place if it is lower.
func (s *search) keep(p place) {
	if p.f < s.best.f {
		s.best = p
	}
}

// tilt adds a line of that slope to the function.
func (p *place) tilt(slope float64) {
	p.f += float64(slope * p.at)
	p.slope += slope
}

func (s *search) tilt(slope float64) {
	s.best.tilt(slope)
	s.other.tilt(slope)
}

// shrink halves an interval that two trials have hardly narrowed, and sets the bounds of the next step.
func (s *search) shrink() {
	if !s.bracketed {
		moved := s.step - s.best.at
		s.low, s.high = s.step+float64(1.1*moved), s.step+float64(4*moved)
		s.step = min(s.step, maxStep)
		return
	}
	length := s.other.at - s.best.at
	if math.Abs(length) >= 0.66*s.before {
		s.step = s.best.at + float64(length/2)
	}
	s.before, s.width = s.width, math.Abs(length)
	s.low, s.high = min(s.best.at, s.other.at), max(s.best.at, s.other.at)
	if s.step <= s.low || s.step >= s.high || s.high-s.low <= narrow*s.high {
		s.step = s.best.at
		s.stuck = true
	}
}
