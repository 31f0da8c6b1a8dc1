package pixels

// inputWeights are weights from the side of the input, for downsampling: there an input sample is
// wanted by few neighbouring outputs, whose weights fit into words of two, so that one
// multiplication serves two outputs. Negative ones borrow from the word's other half; sums give it
// back.
type inputWeights struct {
	values []uint64    // of inputs begin…end-1: low half for output o, high half for o+1
	pairs  [][2]uint64 // the same of four outputs, where two do not do: o and o+1, o+2 and o+3
	fours  [][4]int32  // the same as they are, for rowWide
	until  []int       // of these inputs, those before until[o], and not before until[o-1], have output o in the first half
}

// newInputWeights puts words of weights to each input. It returns nil if some input is wanted by more
// outputs than fit, or by some that are no neighbours, as happens when upsampling.
func newInputWeights(t *weights, words int) *inputWeights {
	outputs := 2 * words
	for o := range t.n {
		if o+1 < t.n && (t.first[o+1] < t.first[o] || t.last[o+1] < t.last[o]) ||
			o+outputs < t.n && t.first[o+outputs] < t.last[o] {
			return nil
		}
	}
	n := t.end - t.begin
	p := &inputWeights{until: make([]int, t.n), fours: make([][4]int32, n)}
	if words == 1 {
		p.values = make([]uint64, n)
	} else {
		p.pairs = make([][2]uint64, n)
	}
	for o := range t.n {
		p.until[o] = t.last[o] - t.begin
	}
	for o := range t.n {
		for i, w := range t.of(o) {
			x := t.first[o] + i - t.begin
			place := 0 // how many outputs that are not finished at x come before o
			for place < o && p.until[o-1-place] > x {
				place++
			}
			p.fours[x][place] = w
			if weight := uint64(int64(w)) << (32 * (place % 2)); words == 1 {
				p.values[x] += weight
			} else {
				p.pairs[x][place/2] += weight
			}
		}
	}
	return p
}
