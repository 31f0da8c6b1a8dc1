// Package paint draws filled outlines, textures and light on a small canvas
// of floating-point pixels. Everything it does is a pure function of its
// arguments: no clock, no global random numbers, no goroutines.
package paint

import (
	"image"
	"math"

	"golang.org/x/image/vector"
)

// Shader gives the colour at a place of the canvas, in pixels.
type Shader func(x, y float64) RGB

// Flat is the same colour everywhere.
func Flat(c RGB) Shader { return func(_, _ float64) RGB { return c } }

// Canvas is h×w pixels of RGB, row by row, 0 dark … 1 bright.
type Canvas struct {
	W, H int
	Pix  []RGB

	raster  vector.Rasterizer
	mask    image.Alpha
	scratch []RGB
}

// New makes a black canvas.
func New(w, h int) *Canvas { return &Canvas{W: w, H: h, Pix: make([]RGB, w*h)} }

// Cover paints every pixel.
func (c *Canvas) Cover(s Shader) {
	for y := range c.H {
		row := c.Pix[y*c.W : (y+1)*c.W]
		for x := range row {
			row[x] = s(float64(x)+0.5, float64(y)+0.5)
		}
	}
}

// Fill paints the inside of p, mapped by m, with the opacity alpha (0…1).
func (c *Canvas) Fill(p *Path, m Affine, s Shader, alpha float32) {
	box := c.rasterise(p, m, 0)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		mask := c.mask.Pix[(y-box.Min.Y)*c.mask.Stride:][:box.Dx()]
		row := c.Pix[y*c.W+box.Min.X:][:box.Dx()]
		for i, a := range mask {
			if a == 0 {
				continue
			}
			row[i] = row[i].Mix(s(float64(box.Min.X+i)+0.5, float64(y)+0.5), alpha*float32(a)*(1.0/255))
		}
	}
}

// Shadow darkens what lies under p, mapped by m, by the factor 1-alpha, with
// an edge that is blur pixels soft.
func (c *Canvas) Shadow(p *Path, m Affine, blur int, alpha float32) {
	box := c.rasterise(p, m, 2*blur)
	for range 2 {
		c.blurMask(box.Dx(), box.Dy(), blur)
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		mask := c.mask.Pix[(y-box.Min.Y)*c.mask.Stride:][:box.Dx()]
		row := c.Pix[y*c.W+box.Min.X:][:box.Dx()]
		for i, a := range mask {
			if a != 0 {
				row[i] = row[i].Times(1 - alpha*float32(a)*(1.0/255))
			}
		}
	}
}

// rasterise leaves the coverage of p in c.mask and says which rectangle of
// the canvas that is: p's own, widened by margin, inside the canvas.
func (c *Canvas) rasterise(p *Path, m Affine, margin int) image.Rectangle {
	lo, hi := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, s := range p.segments {
		for _, q := range s.points() {
			q = m.Apply(q)
			lo = Point{min(lo.X, q.X), min(lo.Y, q.Y)}
			hi = Point{max(hi.X, q.X), max(hi.Y, q.Y)}
		}
	}
	if !(lo.X < float64(c.W) && lo.Y < float64(c.H) && hi.X > 0 && hi.Y > 0) {
		return image.Rectangle{}
	}
	box := image.Rect(int(max(lo.X, 0))-margin, int(max(lo.Y, 0))-margin,
		int(min(hi.X, float64(c.W)))+1+margin, int(min(hi.Y, float64(c.H)))+1+margin)
	box = box.Intersect(image.Rect(0, 0, c.W, c.H))
	c.trace(p, m.move(-float64(box.Min.X), -float64(box.Min.Y)), box)
	return box
}

func (c *Canvas) trace(p *Path, m Affine, box image.Rectangle) {
	r := &c.raster
	r.Reset(box.Dx(), box.Dy())
	for _, s := range p.segments {
		a := m.Apply(s.p[0])
		switch s.kind {
		case 'm':
			r.MoveTo(float32(a.X), float32(a.Y))
		case 'l':
			r.LineTo(float32(a.X), float32(a.Y))
		case 'c':
			b, d := m.Apply(s.p[1]), m.Apply(s.p[2])
			r.CubeTo(float32(a.X), float32(a.Y), float32(b.X), float32(b.Y), float32(d.X), float32(d.Y))
		case 'z':
			r.ClosePath()
		}
	}
	n := box.Dx() * box.Dy()
	if cap(c.mask.Pix) < n {
		c.mask.Pix = make([]uint8, max(n, c.W*c.H))
	}
	c.mask = image.Alpha{Pix: c.mask.Pix[:n], Stride: box.Dx(), Rect: image.Rect(0, 0, box.Dx(), box.Dy())}
	clear(c.mask.Pix)
	r.Draw(&c.mask, c.mask.Rect, image.Opaque, image.Point{})
}

// points are those that decide the bounding box.
func (s *segment) points() []Point {
	switch s.kind {
	case 'c':
		return s.p[:]
	case 'z':
		return nil
	}
	return s.p[:1]
}

// move shifts the result of m, not what m is applied to.
func (m Affine) move(x, y float64) Affine {
	m.C += x
	m.F += y
	return m
}

func (c *Canvas) blurMask(w, h, radius int) {
	if radius <= 0 || w == 0 {
		return
	}
	line := make([]uint8, max(w, h))
	for y := range h {
		boxBlur(c.mask.Pix[y*w:], line[:w], 1, radius)
	}
	for x := range w {
		boxBlur(c.mask.Pix[x:], line[:h], w, radius)
	}
}

// boxBlur replaces len(line) values of pix, stride apart, by the means of
// their 2·radius+1 neighbours; beyond the ends is nothing.
func boxBlur(pix, line []uint8, stride, radius int) {
	n := len(line)
	for i := range line {
		line[i] = pix[i*stride]
	}
	sum := 0
	for i := range min(radius, n) {
		sum += int(line[i])
	}
	for i := range line {
		if j := i + radius; j < n {
			sum += int(line[j])
		}
		if j := i - radius - 1; j >= 0 {
			sum -= int(line[j])
		}
		pix[i*stride] = uint8(sum / (2*radius + 1))
	}
}
