package pixels

import (
	"cmp"
	"math"
)

// region is what an upright image contributes to a crop: along each axis a start, and a span of
// samples from there on that is resized and cut.
type region struct {
	left, top int // where the spans start
	x, y      span
	padX      int // zero pixels to the left of, and above, what the spans give
	padY      int
	flip      bool // left and right exchanged at the very end
}

// centre is the middle of a resized image of w×h: torchvision's Resize(short side) and CenterCrop, or
// what the transform's mode and rounding make of them.
func (t Transform) centre(w, h int) region {
	ow, oh := t.resized(w, h)
	var r region
	r.x, r.padX = t.cut(w, ow, t.Width())
	r.y, r.padY = t.cut(h, oh, t.Height())
	return r
}

// resized is the size that an image of w×h becomes.
func (t Transform) resized(w, h int) (int, int) {
	rh := cmp.Or(t.ResizeHeight, t.Resize)
	switch {
	case t.ResizeMode == ResizeSquash:
		return t.Resize, rh
	case t.Rounding == RoundingTimm, t.ResizeHeight != 0:
		return keepRatio(w, h, t.Resize, rh, t.ResizeMode == ResizePad)
	case (w <= h) != (t.ResizeMode == ResizePad):
		return t.Resize, max(t.Resize*h/w, 1)
	}
	return max(t.Resize*w/h, 1), t.Resize
}

// keepRatio is ResizeKeepRatio of timm: the size that just covers rw×rh, or fits into it, its sides
// rounded half to even.
func keepRatio(w, h, rw, rh int, fit bool) (int, int) {
	x, y := float64(w)/float64(rw), float64(h)/float64(rh)
	ratio := min(x, y)
	if fit {
		ratio = max(x, y)
	}
	return max(int(math.RoundToEven(float64(w)/ratio)), 1), max(int(math.RoundToEven(float64(h)/ratio)), 1)
}

// cut takes the middle of an axis resized to out samples, or pads it if it is too short. The
// corner is rounded half to even, as Python's round does.
func (t Transform) cut(in, out, crop int) (s span, pad int) {
	s = span{in: in, out: out, to: out, filter: t.Interpolation}
	transformers := t.Rounding == RoundingTransformers
	switch {
	case out <= crop && transformers:
		return s, (crop - out + 1) / 2
	case out <= crop:
		return s, (crop - out) / 2
	case transformers:
		s.from = (out - crop) / 2
	default:
		s.from = int(math.RoundToEven(float64(out-crop) / 2))
	}
	s.to = s.from + crop
	return s, 0
}

// columnsFirst says whether the pass along the columns comes before the one along the rows. That is
// Pillow's rule since version 13: if the height shrinks by more than twice what the width shrinks.
// Older versions always begin with the rows; tall images, more than twice as high as wide, then
// differ by one level in places.
func (r region) columnsFirst() bool {
	less := r.y.in - r.y.out
	return less > 0 && less > 2*(r.x.in-r.x.out)
}

// orientation is an EXIF orientation, 1…8: how to turn the stored pixels to make them upright.
// Below, u and v are a column and a row of the upright image, x and y of the stored one.
type orientation int

// swapped: u runs along y, and v along x.
func (o orientation) swapped() bool { return o >= 5 }

// mirrorX and mirrorY: x, or y, runs from its far end.
func (o orientation) mirrorX() bool { return o == 2 || o == 3 || o == 7 || o == 8 }
func (o orientation) mirrorY() bool { return o == 3 || o == 4 || o == 6 || o == 7 }

// upright is the size of the upright image.
func (o orientation) upright(w, h int) (int, int) {
	if o.swapped() {
		return h, w
	}
	return w, h
}

// stored turns an upright region into spans along the stored columns and rows of a w×h image,
// and says where they start. Resampling the stored pixels with mirrored weights gives exactly
// what resampling the turned image would give, as long as the passes keep their order.
func (o orientation) stored(r region, w, h int) (x, y span, left, top int) {
	x, y, left, top = r.x, r.y, r.left, r.top
	if o.swapped() {
		x, y, left, top = y, x, top, left
	}
	if x.mirror = o.mirrorX(); x.mirror {
		left = w - left - x.in
	}
	if y.mirror = o.mirrorY(); y.mirror {
		top = h - top - y.in
	}
	return x, y, left, top
}

// placement says where the pixel that stored order numbers (i, j) lies in the crop:
// at byte start + i·dx + j·dy.
type placement struct{ start, dx, dy int }

// place follows the pixels of a region with nx×ny stored columns and rows into a crop of that width.
func (o orientation) place(r region, nx, ny, width int) placement {
	stepU, stepV := 3, 3*width
	start := r.padY*stepV + r.padX*stepU
	if r.flip { // the last column first; flipped views have no padding
		start += (r.x.to - r.x.from - 1) * stepU
		stepU = -stepU
	}
	p := placement{start: start, dx: stepU, dy: stepV}
	if o.swapped() {
		p.dx, p.dy = stepV, stepU
	}
	if o.mirrorX() {
		p.start += (nx - 1) * p.dx
		p.dx = -p.dx
	}
	if o.mirrorY() {
		p.start += (ny - 1) * p.dy
		p.dy = -p.dy
	}
	return p
}
