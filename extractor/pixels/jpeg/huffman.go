package jpeg

import mathbits "math/bits"

// lookBits is how many bits of the stream are looked up at once.
const lookBits = 10

// huffman decodes the codes of one table.
//
// look is indexed by the next lookBits bits. An entry is
//
//	bits 16–31  the coefficient, if its code and its value fit into lookBits; else 0
//	bits 12–15  else the number of bits of the value that follows the code
//	bits  8–11  the run of zeros before it
//	bits  0–7   how many bits to step over; 0 if the code is longer than lookBits
//
// Runs and sizes are those of an AC symbol (F.1.2.2.1); DC symbols have no run.
type huffman struct {
	spec   huffmanSpec // what it was built from
	look   [1 << lookBits]int32
	limit  [17]int32 // codes of l bits, followed by zeros to 16 bits, are below limit[l]
	offset [17]int32 // what to add to a code of l bits to get the number of its symbol
}

// badCode is how many bits libjpeg steps over where there is no code, before it goes on with
// symbol 0.
const badCode = 17

// build makes the table for spec; if it is the last one's, nothing is to do. T.81 annex C,
// jpeg_make_d_derived_tbl in jdhuff.c.
func (h *huffman) build(spec *huffmanSpec) error {
	if !spec.defined {
		return broken("a Huffman table is missing")
	}
	if h.spec == *spec {
		return nil
	}
	h.spec.defined = false
	clear(h.look[:])
	code, k := int32(0), int32(0)
	for l := int32(1); l <= 16; l++ {
		h.offset[l] = k - code
		for range spec.counts[l-1] {
			if l <= lookBits && code < 1<<l {
				h.enter(code, l, spec.symbols[k])
			}
			code++
			k++
		}
		if spec.counts[l-1] > 0 && code >= 1<<l { // no code is all ones
			return broken("a Huffman table has more codes than bits allow")
		}
		h.limit[l] = code << (16 - l)
		code <<= 1
	}
	h.spec = *spec
	return nil
}

// buildDC is build for a table of DC coefficients, whose symbols are sizes.
func (h *huffman) buildDC(spec *huffmanSpec) error {
	if spec.defined && !spec.sizesFit() {
		return broken("a Huffman table for DC has a symbol over 15")
	}
	return h.build(spec)
}

func (s *huffmanSpec) sizesFit() bool {
	total := 0
	for _, n := range s.counts {
		total += int(n)
	}
	for _, v := range s.symbols[:total] {
		if v > 15 {
			return false
		}
	}
	return true
}

// enter fills the entries that begin with a code of l bits.
func (h *huffman) enter(code, l int32, symbol byte) {
	run, size := int32(symbol>>4), int32(symbol&15)
	first := code << (lookBits - l)
	for i := range int32(1) << (lookBits - l) {
		entry := size<<12 | run<<8 | l
		if size > 0 && l+size <= lookBits {
			v := i >> (lookBits - l - size)
			entry = extend(v, uint(size))<<16 | run<<8 | (l + size)
		}
		h.look[first+i] = entry
	}
}

// extend turns the bits that follow a symbol into the number they stand for (F.2.2.1, EXTEND).
func extend(v int32, size uint) int32 {
	if v < 1<<((size-1)&31) {
		v += -1<<(size&31) + 1
	}
	return v
}

// long decodes a code of more than lookBits bits at the top of acc.
func (h *huffman) long(acc uint64) (symbol byte, length uint) {
	next := int32(acc >> 48)
	for l := uint(lookBits + 1); l <= 16; l++ {
		if next < h.limit[l] {
			return h.spec.symbols[(next>>(16-l)+h.offset[l])&255], l
		}
	}
	return 0, badCode
}

// symbol takes the next symbol from b, and leaves the value that follows.
func (h *huffman) symbol(b *bits) byte {
	if b.n < badCode {
		b.acc, b.n = b.refill(b.acc, b.n)
	}
	e := h.look[b.acc>>(64-lookBits)]
	v, length := e>>16, uint(e&0xff)
	symbol := byte(e>>4&0xf0 | e>>12&15)
	switch {
	case length == 0:
		symbol, length = h.long(b.acc)
	case v != 0: // the entry counts the bits of the value, too
		size := bitsOf(v)
		symbol = byte(e>>4&0xf0) | byte(size)
		length -= size
	}
	b.acc <<= length
	b.n -= length
	return symbol
}

// bitsOf is the size of a value's symbol: the number of bits of its absolute value.
func bitsOf(v int32) uint { return uint(mathbits.Len32(uint32(abs(v)))) }
