package pixels

import (
	"bytes"
	"image"
)

// nrgbaRows drops the alpha of what VP8L gave, or puts a ground under it.
type nrgbaRows struct {
	image  *image.NRGBA
	window image.Rectangle
	ground ground
	out    []byte
}

func (r *nrgbaRows) start(m *image.NRGBA, window image.Rectangle, g ground) {
	r.image, r.window, r.ground, r.out = m, window, g, grow(r.out, 3*window.Dx())
}

func (r *nrgbaRows) next() ([]byte, error) {
	px := r.image.Pix[r.image.PixOffset(r.window.Min.X, r.window.Min.Y):]
	r.window.Min.Y++
	for i := range len(r.out) / 3 {
		copy(r.out[3*i:3*i+3], px[4*i:])
		if r.ground.laid {
			r.ground.under(r.out[3*i:], px[4*i+3])
		}
	}
	return r.out, nil
}

func (r *nrgbaRows) finish() error { return nil }

// inset puts the rows of a picture that covers a part of a window onto black, or another ground.
type inset struct {
	rows   rows
	level  byte
	part   image.Rectangle
	window image.Rectangle
	y      int
	out    []byte
}

func newInset(r rows, part, window image.Rectangle, level byte) *inset {
	out := bytes.Repeat([]byte{level}, 3*window.Dx())
	return &inset{rows: r, level: level, part: part, window: window, y: window.Min.Y, out: out}
}

func (i *inset) next() ([]byte, error) {
	y := i.y
	i.y++
	if i.part.Empty() || y < i.part.Min.Y || y >= i.part.Max.Y {
		for k := range i.out {
			i.out[k] = i.level
		}
		return i.out, nil
	}
	px, err := i.rows.next()
	copy(i.out[3*(i.part.Min.X-i.window.Min.X):], px)
	return i.out, err
}

func (i *inset) finish() error { return nil }
