package pixels

import (
	"math"
	"slices"
)

// Pillow keeps weights as integers with 22 fractional bits, so that 255 times a sum of weights,
// and the half that rounds it, stays below 2³².
const (
	weightBits = 32 - 8 - 2
	half       = 1 << (weightBits - 1)
)

// weights are those of one resampling pass along one axis: which input samples, with which weight
// each, make each wanted output sample. Samples count from the start of the resized span.
type weights struct {
	n          int   // outputs
	begin, end int   // all input samples that any output needs: [begin, end)
	identity   bool  // input i is output i: the pass changes nothing
	widest     int   // most inputs of one output
	first      []int // first[o]: the first input of output o
	last       []int // last[o]: one past its last input
	values     []int32
	offset     []int         // values[offset[o]:] belong to output o
	signed     bool          // some may be negative
	byInput    *inputWeights // for downsampling, else nil
	blends     []blend       // for upsampling bilinearly, else nil
}

// span is what to compute along one axis: outputs [from, to) of `in` samples resized to `out`.
// mirror takes the input from its other end; the outputs then come in the opposite order too.
type span struct {
	in, out, from, to int
	mirror            bool
	filter            string // Transform.Interpolation
}

// newWeights computes the weights of a filter of Pillow's (precompute_coeffs and
// normalize_coeffs_8bpc in src/libImaging/Resample.c), one output after another.
func newWeights(s span) *weights {
	n, f := s.to-s.from, filters[s.filter]
	t := &weights{n: n, identity: s.in == s.out, first: make([]int, n), last: make([]int, n), offset: make([]int, n), signed: f.signed}
	if s.filter == Nearest {
		t.nearest(s)
	} else {
		t.filtered(s, f)
	}
	t.begin, t.end = t.first[0], t.last[n-1]
	switch {
	case s.filter == Bicubic:
		t.byInput = newInputWeights(t, 2)
	case !t.signed:
		if t.byInput = newInputWeights(t, 1); t.byInput == nil {
			t.blends = newBlends(t)
		}
	}
	return t
}

// filtered computes the weights of a filter that looks at all inputs within its support.
func (t *weights) filtered(s span, f filter) {
	scale := float64(s.in) / float64(s.out)
	w := make([]float64, 2*int(math.Ceil(f.support*max(scale, 1)))+1)
	for i := range t.n {
		o := s.from + i
		if s.mirror {
			o = s.to - 1 - i
		}
		from, normalised := f.around(w, o, s.in, scale)
		t.add(i, s, from, normalised)
	}
}

// nearest takes one input an output, by adding up steps as ImagingScaleAffine does in Pillow's
// src/libImaging/Geometry.c.
func (t *weights) nearest(s span) {
	step := float64(s.in) / float64(s.out)
	at, one := float64(step*0.5), []float64{1}
	for o := range s.to {
		if i := o - s.from; i >= 0 {
			if s.mirror {
				i = s.to - 1 - o
			}
			t.add(i, s, min(int(at), s.in-1), one)
		}
		at += step
	}
}

// around fills w with the normalised weights of output o and returns them with the input that the
// first one belongs to.
func (f filter) around(w []float64, o, in int, scale float64) (int, []float64) {
	stretch := max(scale, 1)
	radius := float64(f.support * stretch)
	centre := float64((float64(o) + 0.5) * scale)
	from := max(int(centre-radius+0.5), 0)
	to := min(int(centre+radius+0.5), in)
	w = w[:to-from]
	inverse := 1 / stretch
	sum := 0.0
	for i := range w {
		w[i] = f.weight(float64((float64(i+from) - centre + 0.5) * inverse))
		sum += w[i]
	}
	for i := range w {
		if sum != 0 {
			w[i] /= sum
		}
	}
	return from, w
}

// add appends the weights of output i in fixed point, without the zeros at both ends. Filters that
// are zero in between keep theirs, so that later outputs never begin with earlier inputs.
func (t *weights) add(i int, s span, from int, w []float64) {
	fixed := make([]int32, len(w))
	for j, v := range w {
		fixed[j] = int32(math.Copysign(0.5, v) + float64(v*(1<<weightBits)))
	}
	for !t.signed && len(fixed) > 1 && fixed[len(fixed)-1] == 0 {
		fixed = fixed[:len(fixed)-1]
	}
	for !t.signed && len(fixed) > 1 && fixed[0] == 0 {
		fixed, from = fixed[1:], from+1
	}
	if s.mirror {
		from = s.in - from - len(fixed)
		slices.Reverse(fixed)
	}
	t.first[i], t.last[i], t.offset[i] = from, from+len(fixed), len(t.values)
	t.values = append(t.values, fixed...)
	t.widest = max(t.widest, len(fixed))
}

// of returns the weights of output o.
func (t *weights) of(o int) []int32 {
	return t.values[t.offset[o] : t.offset[o]+t.last[o]-t.first[o]]
}

// A blend has the weights of an output that is made of two neighbouring pixels, one of which may
// count nothing.
type blend struct {
	at            int // where in a row the first one's bytes are
	first, second int32
}

// newBlends returns nil if an output needs more than two pixels, or there is only one.
func newBlends(t *weights) []blend {
	if t.widest > 2 || t.end-t.begin < 2 {
		return nil
	}
	blends := make([]blend, t.n)
	for o := range blends {
		at, w := t.first[o]-t.begin, t.of(o)
		switch {
		case len(w) == 2:
			blends[o] = blend{3 * at, w[0], w[1]}
		case t.first[o]+1 == t.end: // there is none after it
			blends[o] = blend{3 * (at - 1), 0, w[0]}
		default:
			blends[o] = blend{3 * at, w[0], 0}
		}
	}
	return blends
}
