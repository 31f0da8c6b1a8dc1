package jpeg

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
	buf  []byte
	sums []int32
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
func (l *line) halved(c *component, near, far []byte, x0, x1 int) []byte {
	from, to := x0/2, (x1-1)/2+1
	n := to - from
	l.sums = grow(l.sums, n+2)
	l.buf = grow(l.buf, 2*n)
	first, last := max(from-1, 0), min(to, c.width-1)
	sums := l.sums[first-(from-1) : last-(from-1)+1]
	if c.up.fancyY {
		weigh(sums, near[first:last+1], far[first:last+1])
	} else {
		widen(sums, near[first:last+1])
	}
	if first == from {
		l.sums[0] = l.sums[1]
	}
	if last < to {
		l.sums[n+1] = l.sums[n]
	}
	if c.up.fancyY {
		spread(l.buf, l.sums, 8, 7, 4)
	} else {
		spread(l.buf, l.sums, 1, 2, 2)
	}
	return l.buf[x0&1 : x0&1+x1-x0]
}

func weigh(sums []int32, near, far []byte) {
	near, far = near[:len(sums)], far[:len(sums)]
	for i := range sums {
		sums[i] = 3*int32(near[i]) + int32(far[i])
	}
}

func widen(sums []int32, near []byte) {
	near = near[:len(sums)]
	for i := range sums {
		sums[i] = int32(near[i])
	}
}

// spread makes two samples of each sum but the first and the last.
func spread(dst []byte, sums []int32, even, odd int32, shift uint) {
	before, here := sums[0], sums[1]
	for _, after := range sums[2:] {
		dst[0] = byte((3*here + before + even) >> (shift & 7))
		dst[1] = byte((3*here + after + odd) >> (shift & 7))
		dst = dst[2:]
		before, here = here, after
	}
}

// grow returns a slice of n elements, s's own memory if it is large enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
