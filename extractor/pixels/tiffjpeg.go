package pixels

import (
	"bytes"
	"image"
	"io"

	"graft/extractor/pixels/jpeg"
)

// readJPEG prepares for JPEG in TIFF (Technical Note 2): every block is a JPEG, whose tables may be
// in the tag JPEGTables. What its components are is said by TIFF, not by markers within.
func (t *tiffReader) readJPEG() error {
	b := &t.blocks
	if t.layout.bits != 8 {
		return unsupported("TIFF with JPEG of %d bits is not read", t.layout.bits)
	}
	b.tables = b.tables[:0]
	for f := range fields(t.file) {
		if f.tag == tagJPEGTables {
			b.tables = append(b.tables, bytes.TrimSuffix(bytes.TrimPrefix(f.values, soi), eoi)...)
			break
		}
	}
	b.model = jpeg.Raw
	if t.layout.photometric == tiffYCbCr {
		b.model, t.layout.photometric = jpeg.YCbCr, tiffRGB
	}
	return nil
}

// Markers around the tables and the picture.
var (
	soi = []byte{0xff, 0xd8}
	eoi = []byte{0xff, 0xd9}
)

// jpegBlock starts to decode a block, with a decoder of its own, since those beside it are decoded
// at the same time.
func (b *tiffBlocks) jpegBlock(data []byte, rows int) (io.Reader, error) {
	k := len(b.open)
	if k == len(b.jpegs) {
		b.jpegs, b.streams = append(b.jpegs, new(jpeg.Decoder)), append(b.streams, nil)
	}
	stream := append(append(b.streams[k][:0], soi...), b.tables...)
	stream = append(stream, bytes.TrimPrefix(data, soi)...)
	b.streams[k] = stream
	c, err := b.jpegs[k].Config(stream)
	if err != nil {
		return nil, err
	}
	if b.tiled {
		rows = b.height
	}
	if c.Width != b.width || c.Height < rows || c.Height > b.height || c.Components != b.samples {
		return nil, broken("a JPEG of %d×%d pixels with %d components is where one of %d×%d with %d has to be",
			c.Width, c.Height, c.Components, b.width, rows, b.samples)
	}
	m, err := b.jpegs[k].DecodeAs(b.model, stream, image.Rectangle{}, 1)
	if err != nil {
		return nil, err
	}
	return &jpegRows{image: m}, nil
}

// jpegRows reads a decoded picture as bytes.
type jpegRows struct {
	image *jpeg.Image
	y     int
	left  []byte
}

func (r *jpegRows) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		if r.y == r.image.Height {
			return 0, io.EOF
		}
		r.left = r.image.Row(r.y)
		r.y++
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}
