package pixels

import (
	"image"
	"image/color"
)

// imageRows hands out the rows of a decoded image.Image in RGB. Alpha is dropped.
type imageRows struct {
	image  image.Image
	window image.Rectangle // relative to the image's upper left corner
	out    []byte
}

func (r *imageRows) start(m image.Image, window image.Rectangle) {
	*r = imageRows{image: m, window: window.Add(m.Bounds().Min), out: grow(r.out, 3*window.Dx())}
}

func (r *imageRows) next() ([]byte, error) {
	x0, y := r.window.Min.X, r.window.Min.Y
	r.window.Min.Y++
	switch m := r.image.(type) {
	case *image.Gray:
		for i, v := range m.Pix[m.PixOffset(x0, y):][:len(r.out)/3] {
			spread(r.out[3*i:], v)
		}
	case *image.Gray16:
		px := m.Pix[m.PixOffset(x0, y):]
		for i := range len(r.out) / 3 {
			spread(r.out[3*i:], clip16(px[2*i], px[2*i+1]))
		}
	case *image.Paletted:
		for i, v := range m.Pix[m.PixOffset(x0, y):][:len(r.out)/3] {
			if int(v) < len(m.Palette) {
				c := color.NRGBAModel.Convert(m.Palette[v]).(color.NRGBA)
				r.out[3*i], r.out[3*i+1], r.out[3*i+2] = c.R, c.G, c.B
			} else {
				clear(r.out[3*i : 3*i+3])
			}
		}
	case *image.NRGBA:
		gather(r.out, m.Pix[m.PixOffset(x0, y):], 1)
	case *image.NRGBA64:
		gather(r.out, m.Pix[m.PixOffset(x0, y):], 2)
	case *image.RGBA:
		gather(r.out, m.Pix[m.PixOffset(x0, y):], 1)
		unmultiply(r.out, m.Pix[m.PixOffset(x0, y):], 1)
	case *image.RGBA64:
		gather(r.out, m.Pix[m.PixOffset(x0, y):], 2)
		unmultiply(r.out, m.Pix[m.PixOffset(x0, y):], 2)
	default:
		return nil, unsupported("images of type %T are not read", m)
	}
	return r.out, nil
}

func (r *imageRows) finish() error { return nil }

// gather takes three of four samples of one or two bytes, of two bytes the high one.
func gather(dst, px []byte, size int) {
	for i := range len(dst) / 3 {
		p := px[4*size*i:]
		dst[3*i], dst[3*i+1], dst[3*i+2] = p[0], p[size], p[2*size]
	}
}

// unmultiply divides colours by their alpha as Pillow's unpackRGBa does.
func unmultiply(dst, px []byte, size int) {
	for i := range len(dst) / 3 {
		a := int(px[4*size*i+3*size])
		if a == 255 {
			continue
		}
		for j, v := range dst[3*i : 3*i+3] {
			if a > 0 {
				dst[3*i+j] = byte(min(int(v)*255/a, 255))
			} else {
				dst[3*i+j] = 0
			}
		}
	}
}
