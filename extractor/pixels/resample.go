package pixels

import "encoding/binary"

// row resamples one line of RGB pixels. src begins at input sample t.begin; dst gets t.n pixels.
//
// All arithmetic is exact: with non-negative weights that sum to about 2²², a sum with its
// rounding half stays below 2³⁰, so two sums fit into one 64-bit word without touching each other.
func (t *taps) row(dst, src []byte) {
	switch {
	case t.identity:
		copy(dst[:3*t.n], src)
	case t.pairs != nil:
		t.rowPaired(dst, src)
	default:
		t.rowPlain(dst, src)
	}
}

// rowPaired reads every pixel once. The low halves of r, g and b are the sums of the present
// output, the high halves those of the next.
func (t *taps) rowPaired(dst, src []byte) {
	const next = half << 32
	r, g, b := uint64(half), uint64(half), uint64(half)
	weights := t.pairs.weights
	at := t.begin
	for _, until := range t.pairs.until {
		r, g, b = r+next, g+next, b+next
		n := until - at
		for _, w := range weights[:n] {
			b += uint64(src[2]) * w
			g += uint64(src[1]) * w
			r += uint64(src[0]) * w
			src = src[3:]
		}
		weights, at = weights[n:], until
		dst[2] = byte(uint32(b) >> weightBits)
		dst[1] = byte(uint32(g) >> weightBits)
		dst[0] = byte(uint32(r) >> weightBits)
		dst = dst[3:]
		r, g, b = r>>32, g>>32, b>>32
	}
}

// rowPlain works for any weights, one output after another.
func (t *taps) rowPlain(dst, src []byte) {
	for o := range t.n {
		rg, b := uint64(half)<<32|half, uint64(half)
		px := src[3*(t.first[o]-t.begin):]
		for _, w := range t.of(o) {
			b += uint64(px[2]) * uint64(w)
			rg += (uint64(px[0]) | uint64(px[1])<<32) * uint64(w)
			px = px[3:]
		}
		dst[3*o] = byte(uint32(rg) >> weightBits)
		dst[3*o+1] = byte(rg >> (32 + weightBits))
		dst[3*o+2] = byte(b >> weightBits)
	}
}

// column is the vertical pass: rows go in from top to bottom, and each output row comes out as
// soon as its last input row is there. It keeps only the rows that are still wanted.
type column struct {
	taps   *taps
	stride int    // bytes a row
	buf    []byte // rows top, top+1, …
	top    int    // input row at the start of buf
	y      int    // next input row
	o      int    // next output row
}

// start prepares for rows of width bytes, beginning with input row t.begin.
func (c *column) start(t *taps, width int) {
	// Eight bytes are taken at a time: a little room behind each row.
	*c = column{taps: t, stride: width, buf: c.buf, top: t.begin, y: t.begin}
	rows := min(4*t.widest, t.end-t.begin)
	if need := rows*width + 8; cap(c.buf) < need {
		c.buf = make([]byte, need)
	} else {
		c.buf = c.buf[:need]
	}
}

// slot returns where the next input row goes; push counts it in.
func (c *column) slot() []byte {
	at := (c.y - c.top) * c.stride
	if at+c.stride+8 > len(c.buf) { // full: move the rows that are still wanted to the front
		keep := c.taps.first[c.o]
		copy(c.buf, c.buf[(keep-c.top)*c.stride:at])
		c.top = keep
		at = (c.y - c.top) * c.stride
	}
	return c.buf[at : at+c.stride]
}

func (c *column) push() { c.y++ }

// ready says whether the next output row can be made.
func (c *column) ready() bool { return c.o < c.taps.n && c.taps.last[c.o] <= c.y }

// next writes the next output row, of c.stride bytes, into dst and returns its number.
func (c *column) next(dst []byte) int {
	o := c.o
	c.o++
	weights := c.taps.of(o)
	rows := c.buf[(c.taps.first[o]-c.top)*c.stride:]
	if c.taps.identity {
		copy(dst[:c.stride], rows)
		return o
	}
	for x := 0; x < c.stride; x += 8 {
		sum := weigh(rows[x:], c.stride, weights)
		if x+8 <= c.stride {
			binary.LittleEndian.PutUint64(dst[x:], sum)
			continue
		}
		for i := x; i < c.stride; i++ {
			dst[i] = byte(sum >> (8 * (i - x)))
		}
	}
	return o
}

// weigh sums eight neighbouring columns of bytes, a weight a row, in four words of two sums each.
func weigh(rows []byte, stride int, weights []uint32) uint64 {
	const (
		bytes04 = 0x000000ff000000ff
		round   = half<<32 | half
	)
	s04, s15, s26, s37 := uint64(round), uint64(round), uint64(round), uint64(round)
	for i, w := range weights {
		v := binary.LittleEndian.Uint64(rows[i*stride:])
		k := uint64(w)
		s04 += v & bytes04 * k
		s15 += v >> 8 & bytes04 * k
		s26 += v >> 16 & bytes04 * k
		s37 += v >> 24 & bytes04 * k
	}
	return s04>>weightBits&bytes04 | s15>>weightBits&bytes04<<8 |
		s26>>weightBits&bytes04<<16 | s37>>weightBits&bytes04<<24
}
