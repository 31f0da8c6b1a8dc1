package pixels

import "encoding/binary"

// row resamples one line of RGB pixels. src begins at input sample t.begin; dst gets t.n pixels.
//
// All arithmetic is exact: with non-negative weights that sum to about 2²², a sum with its
// rounding half stays below 2³⁰, so two sums fit into one 64-bit word without touching each other.
// Places are counted by an index throughout: cutting slices shorter takes twice as long.
func (t *weights) row(dst, src []byte) {
	switch {
	case t.identity:
		copy(dst[:3*t.n], src)
	case t.byInput != nil && t.rowWide(dst, src):
	case t.byInput != nil && t.signed:
		t.rowByInput4(dst, src)
	case t.byInput != nil:
		t.rowByInput(dst, src)
	case t.signed:
		t.rowSigned(dst, src)
	case t.blends != nil:
		t.rowBlended(dst, src)
	default:
		t.rowPlain(dst, src)
	}
}

// rowByInput reads every pixel once. The low halves of r, g and b are the sums of the present
// output, the high halves those of the next.
func (t *weights) rowByInput(dst, src []byte) {
	const next = half << 32
	r, g, b := uint64(half), uint64(half), uint64(half)
	values := t.byInput.values
	i := 0
	for o, end := range t.byInput.until {
		r, g, b = r+next, g+next, b+next
		for ; i+1 < end; i += 2 {
			v, w := values[i], values[i+1]
			px := src[3*i : 3*i+6 : 3*i+6]
			r += uint64(px[0])*v + uint64(px[3])*w
			g += uint64(px[1])*v + uint64(px[4])*w
			b += uint64(px[2])*v + uint64(px[5])*w
		}
		if i < end {
			w := values[i]
			px := src[3*i : 3*i+3 : 3*i+3]
			r += uint64(px[0]) * w
			g += uint64(px[1]) * w
			b += uint64(px[2]) * w
			i++
		}
		out := dst[3*o : 3*o+3 : 3*o+3]
		out[0] = byte(uint32(r) >> weightBits)
		out[1] = byte(uint32(g) >> weightBits)
		out[2] = byte(uint32(b) >> weightBits)
		r, g, b = r>>32, g>>32, b>>32
	}
}

// rowBlended makes every output of two pixels.
func (t *weights) rowBlended(dst, src []byte) {
	for o, b := range t.blends {
		px := src[b.at : b.at+6 : b.at+6]
		v, w := uint64(b.first), uint64(b.second)
		rg := (uint64(px[0])|uint64(px[1])<<32)*v + (uint64(px[3])|uint64(px[4])<<32)*w + (half<<32 | half)
		blue := uint64(px[2])*v + uint64(px[5])*w + half
		out := dst[3*o : 3*o+3 : 3*o+3]
		out[0] = byte(uint32(rg) >> weightBits)
		out[1] = byte(rg >> (32 + weightBits))
		out[2] = byte(blue >> weightBits)
	}
}

// rowPlain works for any weights, one output after another.
func (t *weights) rowPlain(dst, src []byte) {
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
	weights *weights
	stride  int    // bytes a row
	buf     []byte // rows top, top+1, …
	top     int    // input row at the start of buf
	y       int    // next input row
	o       int    // next output row
}

// start prepares for rows of width bytes, beginning with input row t.begin.
func (c *column) start(t *weights, width int) {
	// Eight bytes are taken at a time: a little room behind each row.
	*c = column{weights: t, stride: width, buf: c.buf, top: t.begin, y: t.begin}
	rows := min(4*t.widest, t.end-t.begin)
	c.buf = grow(c.buf, rows*width+8)
}

// slot returns where the next input row goes; push counts it in.
func (c *column) slot() []byte {
	at := (c.y - c.top) * c.stride
	if at+c.stride+8 > len(c.buf) { // full: move the rows that are still wanted to the front
		keep := min(c.weights.first[c.o], c.y) // the nearest one may lie further on
		copy(c.buf, c.buf[(keep-c.top)*c.stride:at])
		c.top = keep
		at = (c.y - c.top) * c.stride
	}
	return c.buf[at : at+c.stride]
}

func (c *column) push() { c.y++ }

// ready says whether the next output row can be made.
func (c *column) ready() bool { return c.o < c.weights.n && c.weights.last[c.o] <= c.y }

// next writes the next output row, of c.stride bytes, into dst and returns its number.
func (c *column) next(dst []byte) int {
	o := c.o
	c.o++
	w := c.weights.of(o)
	rows := c.buf[(c.weights.first[o]-c.top)*c.stride:]
	switch {
	case c.weights.identity:
		copy(dst[:c.stride], rows)
	case c.weights.signed:
		weighSigned(dst[:c.stride], rows, w)
	case len(w) == 2:
		weighTwo(dst[:c.stride], rows, rows[c.stride:], uint64(w[0]), uint64(w[1]))
	default:
		weigh(dst[:c.stride], rows, w)
	}
	return o
}

// Eight neighbouring bytes are weighed at once, in four words of two sums each: bytes 0 and 4, 1
// and 5, 2 and 6, 3 and 7.
const (
	bytes04 = 0x000000ff000000ff
	round   = half<<32 | half
)

// weigh sums rows of len(dst) bytes, a weight a row.
func weigh(dst, rows []byte, weights []int32) {
	for x := 0; x < len(dst); x += 8 {
		s04, s15, s26, s37 := uint64(round), uint64(round), uint64(round), uint64(round)
		at := x
		for _, weight := range weights {
			p, w := binary.LittleEndian.Uint64(rows[at:at+8:at+8]), uint64(weight)
			s04 += p & bytes04 * w
			s15 += p >> 8 & bytes04 * w
			s26 += p >> 16 & bytes04 * w
			s37 += p >> 24 & bytes04 * w
			at += len(dst)
		}
		put(dst, x, s04, s15, s26, s37)
	}
}

// weighTwo is weigh for two rows, a and b.
func weighTwo(dst, a, b []byte, v, w uint64) {
	for x := 0; x < len(dst); x += 8 {
		p, q := binary.LittleEndian.Uint64(a[x:x+8:x+8]), binary.LittleEndian.Uint64(b[x:x+8:x+8])
		s04 := p&bytes04*v + q&bytes04*w + round
		s15 := p>>8&bytes04*v + q>>8&bytes04*w + round
		s26 := p>>16&bytes04*v + q>>16&bytes04*w + round
		s37 := p>>24&bytes04*v + q>>24&bytes04*w + round
		put(dst, x, s04, s15, s26, s37)
	}
}

// put writes eight sums to dst[x:], as many as there is room for.
func put(dst []byte, x int, s04, s15, s26, s37 uint64) {
	sum := s04>>weightBits&bytes04 | s15>>weightBits&bytes04<<8 |
		s26>>weightBits&bytes04<<16 | s37>>weightBits&bytes04<<24
	if x+8 <= len(dst) {
		binary.LittleEndian.PutUint64(dst[x:x+8:x+8], sum)
		return
	}
	for ; x < len(dst); x++ {
		dst[x] = byte(sum)
		sum >>= 8
	}
}
