package paint

import "image"

// Soften blurs the picture with the kernel (k, 1, k)/(1+2k) along both axes;
// k is 0…1 and stands for a little unsharpness of the lens.
func (c *Canvas) Soften(k float32) {
	if k <= 0 {
		return
	}
	c.scratch = append(c.scratch[:0], make([]RGB, max(c.W, c.H))...)
	for y := range c.H {
		c.softenLine(y*c.W, 1, c.W, k)
	}
	for x := range c.W {
		c.softenLine(x, c.W, c.H, k)
	}
}

func (c *Canvas) softenLine(start, stride, n int, k float32) {
	line := c.scratch[:n]
	for i := range line {
		line[i] = c.Pix[start+i*stride]
	}
	norm := 1 / (1 + 2*k)
	for i, p := range line {
		a, b := line[max(i-1, 0)], line[min(i+1, n-1)]
		c.Pix[start+i*stride] = RGB{
			norm * (p.R + k*(a.R+b.R)), norm * (p.G + k*(a.G+b.G)), norm * (p.B + k*(a.B+b.B)),
		}
	}
}

// Smear blurs along the direction (dx, dy) pixels, as a moving camera does.
func (c *Canvas) Smear(dx, dy float64) {
	c.scratch = append(c.scratch[:0], c.Pix...)
	const steps = 4
	for y := range c.H {
		for x := range c.W {
			var sum RGB
			for s := range steps {
				t := float64(s)/(steps-1) - 0.5
				i := min(max(x+int(t*dx+1000.5)-1000, 0), c.W-1)
				j := min(max(y+int(t*dy+1000.5)-1000, 0), c.H-1)
				p := c.scratch[j*c.W+i]
				sum = RGB{sum.R + p.R, sum.G + p.G, sum.B + p.B}
			}
			c.Pix[y*c.W+x] = sum.Times(1.0 / steps)
		}
	}
}

// Expose multiplies the picture by a colour that changes evenly from one
// corner to the other along (dx, dy): light falls in from one side, and it
// has a tint. Contrast is stretched about the middle gray.
func (c *Canvas) Expose(tint RGB, dx, dy, contrast float32) {
	for y := range c.H {
		v := 2*float32(y)/float32(c.H) - 1
		for x := range c.W {
			u := 2*float32(x)/float32(c.W) - 1
			k := 1 + dx*u + dy*v
			p := &c.Pix[y*c.W+x]
			p.R = (p.R*tint.R*k-0.5)*contrast + 0.5
			p.G = (p.G*tint.G*k-0.5)*contrast + 0.5
			p.B = (p.B*tint.B*k-0.5)*contrast + 0.5
		}
	}
}

// Bytes appends the picture as bytes, RGB RGB …, row by row.
func (c *Canvas) Bytes(dst []byte) []byte {
	for _, p := range c.Pix {
		dst = append(dst, level(p.R), level(p.G), level(p.B))
	}
	return dst
}

// Image copies the picture.
func (c *Canvas) Image() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, c.W, c.H))
	for i, p := range c.Pix {
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = level(p.R), level(p.G), level(p.B), 255
	}
	return m
}

func level(v float32) byte { return byte(min(max(v, 0), 1)*255 + 0.5) }
