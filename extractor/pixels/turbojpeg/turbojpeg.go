// Package turbojpeg decodes JPEG files through libturbojpeg, where it is installed: the same bytes
// as package jpeg gives, in less time. [New] returns a [Decoder] if the library can be used.
//
// The library is opened while the program runs, without cgo. It decides nothing: what it does not
// decode without a warning, and what it would decode otherwise than package jpeg, package jpeg
// decodes, or refuses.
package turbojpeg

import (
	"image"
	"slices"
	"unsafe"

	"graft/extractor/pixels/jpeg"
)

const (
	// limitPixels is the size of a picture above which package jpeg decodes it, which keeps a few
	// rows only. libturbojpeg 2 decodes no less than the whole.
	limitPixels = 64 << 20
	// limitScaled is the width or height below which a scaled picture is left to package jpeg: the
	// library takes a size, not a scale, and small sizes stand for several scales.
	limitScaled = 64
)

// A Decoder is a jpeg.Decoder that asks libturbojpeg first. It is for one goroutine at a time.
type Decoder struct {
	lib   *library
	own   jpeg.Decoder
	pix   []byte
	image jpeg.Image
}

// New returns a Decoder, or says why there is none: the library is not installed, or does not give
// package jpeg's bytes.
func New() (*Decoder, error) {
	lib, err := load()
	if err != nil {
		return nil, err
	}
	return &Decoder{lib: lib}, nil
}

// Config is jpeg.Decoder's.
func (d *Decoder) Config(b []byte) (jpeg.Config, error) { return d.own.Config(b) }

// Decode is jpeg.Decoder's: the same arguments, the same picture, the same errors.
func (d *Decoder) Decode(b []byte, window image.Rectangle, scale int) (*jpeg.Image, error) {
	c, err := d.own.Config(b)
	if err != nil {
		return nil, err
	}
	if !d.suits(b, c, scale) || !d.whole(b, c, scale) {
		return d.own.Decode(b, window, scale)
	}
	m := &d.image
	m.Width, m.Height = reduce(c.Width, scale), reduce(c.Height, scale)
	all := image.Rect(0, 0, m.Width, m.Height)
	if window == (image.Rectangle{}) {
		window = all
	}
	m.Rect, m.Stride = window.Intersect(all), 3*m.Width
	m.Pix = d.pix[m.Rect.Min.Y*m.Stride+3*m.Rect.Min.X:]
	return m, nil
}

// suits says whether the library is asked at all.
func (d *Decoder) suits(b []byte, c jpeg.Config, scale int) bool {
	switch {
	case c.Color == jpeg.CMYK || c.Color == jpeg.YCCK: // it has no RGB of them
		return false
	case scale > 1 && min(c.Width, c.Height) < limitScaled:
		return false
	case int64(c.Width)*int64(c.Height) > limitPixels:
		return false
	}
	unsent, err := d.own.Unsent(b)
	return !unsent && err == nil
}

// whole decodes the picture into d.pix, if the library can without a warning.
func (d *Decoder) whole(b []byte, c jpeg.Config, scale int) bool {
	w, h := reduce(c.Width, scale), reduce(c.Height, scale)
	d.pix = slices.Grow(d.pix[:0], 3*w*h)[:3*w*h]
	// A handle keeps the tables of its last file for the next, which may lack them.
	handle := d.lib.initDecompress()
	if handle == 0 {
		return false
	}
	defer d.lib.destroy(handle)
	const rgb, limitScans = 0, 1 << 15 // TJPF_RGB, TJFLAG_LIMITSCANS
	bad := d.lib.decompress(handle, unsafe.Pointer(unsafe.SliceData(b)), uint(len(b)),
		unsafe.Pointer(unsafe.SliceData(d.pix)), int32(w), int32(3*w), int32(h), rgb, limitScans)
	return bad == 0
}

func reduce(n, scale int) int { return (n + scale - 1) / scale }
