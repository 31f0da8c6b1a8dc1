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
	values     []uint32
	offset     []int         // values[offset[o]:] belong to output o
	byInput    *inputWeights // for downsampling, else nil
	blends     []blend       // for upsampling, else nil
}

// span is what to compute along one axis: outputs [from, to) of `in` samples resized to `out`.
// mirror takes the input from its other end; the outputs then come in the opposite order too.
type span struct {
	in, out, from, to int
	mirror            bool
}

// newWeights computes the weights of Pillow's bilinear filter (precompute_coeffs and
// normalize_coeffs_8bpc in src/libImaging/Resample.c), one output after another.
func newWeights(s span) *weights {
	n := s.to - s.from
	t := &weights{n: n, identity: s.in == s.out, first: make([]int, n), last: make([]int, n), offset: make([]int, n)}
	scale := float64(s.in) / float64(s.out)
	radius := max(scale, 1)
	w := make([]float64, 2*int(math.Ceil(radius))+1)
	for i := range n {
		o := s.from + i
		if s.mirror {
			o = s.to - 1 - i
		}
		from, normalised := triangle(w, o, s.in, scale, radius)
		t.add(i, s, from, normalised)
	}
	t.begin, t.end = t.first[0], t.last[n-1]
	t.byInput = newInputWeights(t)
	if t.byInput == nil {
		t.blends = newBlends(t)
	}
	return t
}

// triangle fills w with the normalised weights of output o and returns them with the input that
// the first one belongs to. The conversions to float64 keep the compiler from fusing a
// multiplication with an addition, which would round differently on some machines.
func triangle(w []float64, o, in int, scale, radius float64) (int, []float64) {
	centre := float64((float64(o) + 0.5) * scale)
	from := max(int(centre-radius+0.5), 0)
	to := min(int(centre+radius+0.5), in)
	w = w[:to-from]
	inverse := 1 / radius
	sum := 0.0
	for i := range w {
		w[i] = max(1-math.Abs(float64((float64(i+from)-centre+0.5)*inverse)), 0)
		sum += w[i]
	}
	for i := range w {
		if sum != 0 {
			w[i] /= sum
		}
	}
	return from, w
}

// add appends the weights of output i in fixed point, without the zeros at both ends.
func (t *weights) add(i int, s span, from int, w []float64) {
	fixed := make([]uint32, len(w))
	for j, v := range w {
		fixed[j] = uint32(0.5 + v*(1<<weightBits))
	}
	for len(fixed) > 1 && fixed[len(fixed)-1] == 0 {
		fixed = fixed[:len(fixed)-1]
	}
	for len(fixed) > 1 && fixed[0] == 0 {
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
func (t *weights) of(o int) []uint32 {
	return t.values[t.offset[o] : t.offset[o]+t.last[o]-t.first[o]]
}

// inputWeights are the same weights from the side of the input, for downsampling: there an input
// sample is wanted by at most two neighbouring outputs, so both weights fit into one word, and one
// multiplication serves both outputs.
type inputWeights struct {
	values []uint64 // of inputs begin…end-1: low half for output o, high half for output o+1
	until  []int    // of these weights, those before until[o], and not before until[o-1], have output o in the low half
}

// newInputWeights returns nil if some input is wanted by more than two outputs, or by two that are no
// neighbours, as happens when upsampling.
func newInputWeights(t *weights) *inputWeights {
	for o := range t.n {
		if o+1 < t.n && (t.first[o+1] < t.first[o] || t.last[o+1] <= t.last[o]) ||
			o+2 < t.n && t.first[o+2] < t.last[o] {
			return nil
		}
	}
	p := &inputWeights{values: make([]uint64, t.end-t.begin), until: make([]int, t.n)}
	start := t.begin
	for o := range t.n {
		for i, w := range t.of(o) {
			x := t.first[o] + i
			shift := 0
			if x < start { // still output o-1's stretch
				shift = 32
			}
			p.values[x-t.begin] |= uint64(w) << shift
		}
		start = t.last[o]
		p.until[o] = t.last[o] - t.begin
	}
	return p
}

// A blend has the weights of an output that is made of two neighbouring pixels, one of which may
// count nothing.
type blend struct {
	at            int // where in a row the first one's bytes are
	first, second uint32
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
