package pixels

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"

	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"
	"golang.org/x/image/webp"
)

// webpReader decodes the first frame of a WebP file: VP8 and VP8L by x/image, chroma and colour of
// VP8 as libwebp does them. Alpha is not looked at unless there is a ground. A frame that is smaller
// than the canvas leaves the rest of it transparent black.
type webpReader struct {
	canvas   image.Point
	frame    image.Rectangle // where the frame lies on the canvas
	lossy    []byte          // VP8 chunk, or
	lossless []byte          // VP8L chunk
	alphas   []byte          // ALPH chunk, beside VP8
	meta     metadata
	alpha    bool
	ground   ground

	vp8    *vp8.Decoder
	colour vp8Rows
	pixels nrgbaRows
}

// webpAlpha is the bit that says that there is an alpha, in the first byte of a VP8X chunk and in
// the fifth of a VP8L chunk.
const webpAlpha = 1 << 4

func isWebP(b []byte) bool {
	return len(b) >= 16 && string(b[:4]) == "RIFF" && string(b[8:15]) == "WEBPVP8"
}

func openWebP(d *Decoder, file []byte) (picture, header, error) {
	w := &d.webp
	*w = webpReader{ground: d.transform.ground(), colour: w.colour, pixels: w.pixels}
	size := int64(binary.LittleEndian.Uint32(file[4:])) + 8
	if size > int64(len(file)) {
		return nil, header{}, broken("WebP is truncated: the file has %d of %d bytes", len(file), size)
	}
	if err := w.readChunks(file[12:max(size, 12)]); err != nil {
		return nil, header{}, err
	}
	if w.lossy == nil && w.lossless == nil {
		return nil, header{}, FormatError("WebP has no image data")
	}
	if err := w.checkSizes(); err != nil {
		return nil, header{}, err
	}
	if err := d.limits.checkPixels("WebP", w.canvas.X, w.canvas.Y); err != nil {
		return nil, header{}, err
	}
	return w, header{width: w.canvas.X, height: w.canvas.Y, orientation: w.meta.orientation(), alpha: w.alpha}, nil
}

// readChunks goes through the chunks of a file (RIFF: four letters, a size, data, padding) or of
// its first frame.
func (w *webpReader) readChunks(b []byte) error {
	for len(b) >= 8 {
		kind, n := string(b[:4]), uint64(binary.LittleEndian.Uint32(b[4:]))
		if n > uint64(len(b)-8) {
			return broken("WebP is truncated: the file ends inside its %q chunk", kind)
		}
		if err := w.readChunk(kind, b[8:8+n]); err != nil {
			return err
		}
		b = b[min(8+n+n&1, uint64(len(b))):]
	}
	return nil
}

func (w *webpReader) readChunk(kind string, data []byte) error {
	have := w.lossy != nil || w.lossless != nil
	switch kind {
	case "VP8X":
		if len(data) < 10 {
			return FormatError("WebP has too short a VP8X chunk")
		}
		w.canvas = image.Pt(1+uint24(data[4:]), 1+uint24(data[7:]))
		w.alpha = data[0]&webpAlpha != 0
	case "ANMF":
		if have {
			return nil // only the first frame counts
		}
		if len(data) < 16 {
			return FormatError("WebP has too short an ANMF chunk")
		}
		at := image.Pt(2*uint24(data), 2*uint24(data[3:]))
		size := image.Pt(1+uint24(data[6:]), 1+uint24(data[9:]))
		w.frame = image.Rectangle{Min: at, Max: at.Add(size)}
		return w.readChunks(data[16:])
	case "VP8 ":
		if !have {
			w.lossy = data
		}
	case "ALPH":
		if !have {
			w.alphas = data
		}
	case "VP8L":
		if !have {
			w.lossless = data
			w.alpha = w.alpha || len(data) > 4 && data[4]&webpAlpha != 0
		}
	case "EXIF":
		w.meta.exif = data
	case "XMP ":
		w.meta.xmp = data
	}
	return nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// checkSizes reads the size from the image data, and compares it with what the container says.
func (w *webpReader) checkSizes() error {
	size, err := w.codedSize()
	if err != nil {
		return webpError(err)
	}
	if w.canvas == (image.Point{}) {
		w.canvas = size
	}
	if w.frame.Empty() {
		w.frame = image.Rectangle{Max: w.canvas}
	}
	if w.frame.Size() != size || !w.frame.In(image.Rectangle{Max: w.canvas}) {
		return broken("WebP is broken: a frame of %d×%d does not fit what its container says", size.X, size.Y)
	}
	return nil
}

func (w *webpReader) codedSize() (image.Point, error) {
	if w.lossless != nil {
		c, err := vp8l.DecodeConfig(bytes.NewReader(w.lossless))
		return image.Pt(c.Width, c.Height), err
	}
	w.vp8 = vp8.NewDecoder() // a used one remembers things that change the next frame
	w.vp8.Init(bytes.NewReader(w.lossy), len(w.lossy))
	h, err := w.vp8.DecodeFrameHeader()
	return image.Pt(h.Width, h.Height), err
}

func (w *webpReader) rows(window image.Rectangle) (rows, error) {
	inside := window.Sub(w.frame.Min)
	var frame rows
	if w.lossless != nil {
		m, err := vp8l.Decode(bytes.NewReader(w.lossless))
		if err != nil {
			return nil, webpError(err)
		}
		inside = inside.Intersect(m.Bounds())
		w.pixels.start(m.(*image.NRGBA), inside, w.used())
		frame = &w.pixels
	} else {
		m, err := w.decodeLossy()
		if err != nil {
			return nil, webpError(err)
		}
		inside = inside.Intersect(m.Bounds())
		w.colour.start(m, inside, w.used())
		frame = &w.colour
	}
	if at := inside.Add(w.frame.Min); at != window {
		return newInset(frame, at, window, w.used().level), nil
	}
	return frame, nil
}

// used is the ground if there is alpha to show it.
func (w *webpReader) used() ground {
	if !w.alpha {
		return ground{}
	}
	return w.ground
}

// decodeLossy decodes VP8, and its alphas if there is a ground under it.
func (w *webpReader) decodeLossy() (*image.NYCbCrA, error) {
	if w.alphas == nil || !w.used().laid {
		m, err := w.vp8.DecodeFrame()
		if err != nil {
			return nil, err
		}
		return &image.NYCbCrA{YCbCr: *m}, nil
	}
	m, err := webp.Decode(bytes.NewReader(w.still()))
	if err != nil {
		return nil, err
	}
	both, ok := m.(*image.NYCbCrA)
	if !ok {
		return nil, errors.New("its alpha is missing")
	}
	return both, nil
}

// still is a file of the frame alone.
func (w *webpReader) still() []byte {
	size := w.frame.Size()
	b := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00")
	for _, n := range [2]int{size.X - 1, size.Y - 1} {
		b = append(b, byte(n), byte(n>>8), byte(n>>16))
	}
	for _, c := range []struct {
		kind string
		data []byte
	}{{"ALPH", w.alphas}, {"VP8 ", w.lossy}} {
		b = binary.LittleEndian.AppendUint32(append(b, c.kind...), uint32(len(c.data)))
		b = append(b, c.data...)
		b = append(b, make([]byte, len(c.data)%2)...)
	}
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

func webpError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return FormatError("WebP is truncated: its image data end too early")
	}
	return broken("WebP is broken: %v", err)
}

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
