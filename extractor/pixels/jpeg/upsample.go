package jpeg

import (
	"encoding/binary"
	"slices"
)

// An upsampler says how a component's rows become as long and as many as the picture's
// (_jinit_upsampler in jdsample.c).
type upsampler struct {
	across, down int  // how many pixels a sample stands for
	fancyX       bool // interpolated across, not repeated
	fancyY       bool // and down
}

// chooseUpsampling picks what libjpeg-turbo picks: the triangle filter where a component is halved
// in one direction or both, unless it has less than three columns to halve across, or the
// transform gives one sample a block; else repetition.
func (f *frame) chooseUpsampling(size int) {
	for i := range f.components {
		c := &f.components[i]
		u := &c.up
		u.across, u.down = f.maxH*size/(c.h*c.size), f.maxV*size/(c.v*c.size)
		fancy := size > 1
		wide := c.width > 2
		u.fancyX = fancy && wide && u.across == 2 && u.down <= 2
		u.fancyY = fancy && u.down == 2 && (u.across == 1 || u.fancyX)
	}
}

// reach returns the rows of the component that output row y needs: near, and far for fancyY.
func (c *component) reach(y int) (near, far int) {
	near = y / c.up.down
	far = near
	if c.up.fancyY {
		far = near - 1 + y&1*2
	}
	return near, min(max(far, 0), c.height-1)
}

// columns returns the columns of the component that output columns [x0, x1) need.
func (c *component) columns(x0, x1 int) (from, to int) {
	from, to = x0/c.up.across, (x1-1)/c.up.across+1
	if c.up.fancyX {
		from, to = max(from-1, 0), min(to+1, c.width)
	}
	return from, to
}

// row returns row r of the component, which has to be one of those that are kept.
func (c *component) row(r int) []byte {
	return c.plane[r%(2*c.v*c.size)*c.stride:]
}

// line is one component's part of an output row: samples of its plane, or made in buf.
type line struct {
	buf       []byte
	near, far []byte // rows of a halved component
}

// fill returns the component's samples for columns [x0, x1) of output row y.
func (l *line) fill(c *component, y, x0, x1 int) []byte {
	near, far := c.reach(y)
	switch {
	case c.up.fancyX:
		return l.halved(c, c.row(near), c.row(far), x0, x1)
	case c.up.fancyY:
		return l.halvedDown(c.row(near)[x0:x1], c.row(far)[x0:x1], y&1)
	case c.up.across > 1:
		return l.repeated(c.row(near), c.up.across, x0, x1)
	}
	return c.row(near)[x0:x1]
}

// repeated is int_upsample: every sample n times.
func (l *line) repeated(src []byte, n, x0, x1 int) []byte {
	l.buf = grow(l.buf, x1-x0)
	for i := range l.buf {
		l.buf[i] = src[(x0+i)/n]
	}
	return l.buf
}

// halvedDown is h1v2_fancy_upsample: ¾ of the nearer row, ¼ of the other; exact halves are rounded
// up in odd rows and down in even ones.
func (l *line) halvedDown(near, far []byte, odd int) []byte {
	l.buf = grow(l.buf, len(near))
	far = far[:len(near)]
	for i, v := range near {
		l.buf[i] = byte((3*int32(v) + int32(far[i]) + 1 + int32(odd)) >> 2)
	}
	return l.buf
}

// halved is h2v1_fancy_upsample if near and far are one row, else h2v2_fancy_upsample: ¾ of the
// nearer row or column, ¼ of the other. A picture's edge samples are their own neighbours.
//
// It works on eight samples at a time, in two words of four 16-bit lanes: those of even and those of
// odd columns, weighed by what is left and right of each.
func (l *line) halved(c *component, near, far []byte, x0, x1 int) []byte {
	from, to := x0/2, (x1-1)/2+1
	n := (to - from + 7) &^ 7
	l.pad(c, near, far, from, to, n)
	l.buf = grow(l.buf, 2*n)
	filter := h2v2
	if !c.up.fancyY {
		filter = h2v1
	}
	filter.spread(l.buf, l.near[:n+16], l.far[:n+16])
	return l.buf[x0&1 : x0&1+x1-x0]
}

// pad copies the samples from to to of both rows behind eight bytes, of which the last is the left
// neighbour, and before others, of which the first is the right neighbour. n is how many samples
// will be read.
func (l *line) pad(c *component, near, far []byte, from, to, n int) {
	l.near, l.far = grow(l.near, n+16), grow(l.far, n+16)
	left, right := max(from-1, 0), min(to, c.width-1)
	for _, row := range [2]struct{ dst, src []byte }{{l.near, near}, {l.far, far}} {
		copy(row.dst[8:], row.src[from:to])
		row.dst[7] = row.src[left]
		row.dst[8+to-from] = row.src[right]
	}
}

// triangle is a filter: the vertical weight of near is 3 and that of far 1, or near counts alone;
// rounding differs in even and odd columns, so that halves do not all go one way.
type triangle struct {
	alone     bool
	even, odd uint64 // in each lane
	shift     uint
}

const (
	lanes = 0x0001000100010001
	low   = 0xff * lanes
)

var (
	h2v2 = triangle{false, 8 * lanes, 7 * lanes, 4}
	h2v1 = triangle{true, 1 * lanes, 2 * lanes, 2}
)

// sums weighs eight samples of both rows vertically, those of even columns and those of odd ones.
func (t *triangle) sums(near, far []byte) (even, odd uint64) {
	n := binary.LittleEndian.Uint64(near)
	if t.alone {
		return n & low, n >> 8 & low
	}
	f := binary.LittleEndian.Uint64(far)
	return 3*(n&low) + f&low, 3*(n>>8&low) + f>>8&low
}

// spread makes 16 samples of each eight of the padded rows.
func (t *triangle) spread(dst, near, far []byte) {
	_, before := t.sums(near, far)
	even, odd := t.sums(near[8:], far[8:])
	for at := 16; at+8 <= len(near); at += 8 {
		nextEven, nextOdd := t.sums(near[at:at+8:at+8], far[at:at+8:at+8])
		left := odd<<16 | before>>48
		right := even>>16 | nextEven<<48
		a := (3*even + left + t.even) >> t.shift & low
		b := (3*even + odd + t.odd) >> t.shift & low
		c := (3*odd + even + t.even) >> t.shift & low
		d := (3*odd + right + t.odd) >> t.shift & low
		ab, cd := a|b<<8, c|d<<8
		out := dst[2*at-32 : 2*at-16 : 2*at-16]
		binary.LittleEndian.PutUint64(out, zip(ab, cd))
		binary.LittleEndian.PutUint64(out[8:], zip(ab>>32, cd>>32))
		before, even, odd = odd, nextEven, nextOdd
	}
}

// zip takes the lower two lanes of both words in turn.
func zip(a, b uint64) uint64 {
	return a&0xffff | b&0xffff<<16 | a&0xffff0000<<16 | b&0xffff0000<<32
}

// grow returns a slice of n elements, s's own memory if it is large enough.
func grow[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }
