package pixels

import "image"

// vp8Rows turns the planes of a VP8 frame into RGB as libwebp does by default: chroma is
// interpolated with the weights 9, 3, 3, 1 ("fancy upsampling", src/dsp/upsampling.c), and BT.601
// video range becomes RGB in fixed point (src/dsp/yuv.h).
type vp8Rows struct {
	planes *image.NYCbCrA // A is nil where there is no alpha, or no ground to show
	window image.Rectangle
	ground ground
	out    []byte
}

func (r *vp8Rows) start(m *image.NYCbCrA, window image.Rectangle, g ground) {
	r.planes, r.window, r.ground, r.out = m, window, g, grow(r.out, 3*window.Dx())
}

func (r *vp8Rows) next() ([]byte, error) {
	m, y := r.planes, r.window.Min.Y
	r.window.Min.Y++
	width, height := m.Rect.Dx(), m.Rect.Dy()
	// Of the two nearest rows of chroma, near is the nearer one.
	near := y / 2
	far := min(max(near+y%2*2-1, 0), (height+1)/2-1)
	chroma := func(plane []byte) upsampled {
		n := (width + 1) / 2
		return upsampled{plane[near*m.CStride:][:n], plane[far*m.CStride:][:n]}
	}
	cb, cr := chroma(m.Cb), chroma(m.Cr)
	luma := m.Y[y*m.YStride:]
	for x := r.window.Min.X; x < r.window.Max.X; x++ {
		i := 3 * (x - r.window.Min.X)
		vp8RGB(r.out[i:i+3], int(luma[x]), cb.at(x, width), cr.at(x, width))
		if m.A != nil {
			r.ground.under(r.out[i:i+3], m.A[y*m.AStride+x])
		}
	}
	return r.out, nil
}

func (r *vp8Rows) finish() error { return nil }

// upsampled is a plane of chroma between two of its rows.
type upsampled struct{ near, far []byte }

// at is the chroma at column x of a picture of the given width. The first column, and the last of
// an even width, have no second neighbour.
func (u upsampled) at(x, width int) int {
	if x == 0 || x == width-1 && width%2 == 0 {
		return (3*int(u.near[x/2]) + int(u.far[x/2]) + 2) >> 2
	}
	c := x / 2           // the nearer column
	d := c + (x&1)*2 - 1 // the other one
	near, side, far, corner := int(u.near[c]), int(u.near[d]), int(u.far[c]), int(u.far[d])
	return ((near+side+far+corner+8+2*(side+far))>>3 + near) >> 1
}

// vp8RGB converts one pixel; the constants are 1.164, 1.596, 0.391, 0.813 and 2.018 times 2¹⁴.
func vp8RGB(dst []byte, y, u, v int) {
	y = y * 19077 >> 8
	dst[0] = clip6(y + v*26149>>8 - 14234)
	dst[1] = clip6(y - u*6419>>8 - v*13320>>8 + 8708)
	dst[2] = clip6(y + u*33050>>8 - 17685)
}

// clip6 drops six fractional bits and clips to a byte.
func clip6(v int) byte { return byte(min(max(v>>6, 0), 255)) }
