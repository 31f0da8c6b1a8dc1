package pixels

import (
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image"
	"io"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// Colour types of PNG (section 11.2.1): bits for palette, colour and alpha.
const (
	pngGray      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGrayAlpha = 4
	pngRGBA      = 6
)

// pngChannels is the number of samples a pixel; 0 marks colour types that do not exist.
var pngChannels = [7]int{pngGray: 1, pngRGB: 3, pngPalette: 1, pngGrayAlpha: 2, pngRGBA: 4}

// pngReader decodes PNG as Pillow does and gives RGB: alpha and tRNS are dropped unless there is a
// ground, 16-bit samples keep their high byte, but 16-bit gray is clipped at 255 unless it is scaled. Checksums are verified for the chunks
// before the image data; of the image data zlib's own is. Of an animated PNG it reads the default
// image. It streams: of an image that is not interlaced only two rows are in memory.
type pngReader struct {
	file        []byte
	width       int
	height      int
	depth       int
	colour      int
	interlaced  bool
	palette     [256][3]byte
	data        idat
	transparent bool      // a tRNS chunk
	alphas      [256]byte // of the palette
	key         [6]byte   // the transparent gray or colour, samples of 16 bits
	ground      ground
	scale       bool // 16-bit gray keeps its high byte
	inflate     io.ReadCloser
	window      image.Rectangle
	y           int // next row to decode
	now, above  []byte
	out         []byte
	plane       []byte // all pixels as RGB, if interlaced
}

func openPNG(d *Decoder, file []byte) (picture, header, error) {
	p := &d.png
	p.file, p.palette, p.y, p.transparent = file, [256][3]byte{}, 0, false
	p.ground, p.scale = d.transform.ground(), d.transform.Gray16 == ScaleGray16
	at, err := p.readHeader()
	if err != nil {
		return nil, header{}, err
	}
	if err := d.limits.checkPixels("PNG", p.width, p.height); err != nil {
		return nil, header{}, err
	}
	exif, err := p.readChunks(at)
	if err != nil {
		return nil, header{}, err
	}
	return p, header{
		width: p.width, height: p.height, orientation: exif, depth: p.depth,
		gray:  p.colour == pngGray || p.colour == pngGrayAlpha,
		alpha: p.transparent || p.colour == pngGrayAlpha || p.colour == pngRGBA,
	}, nil
}

// readHeader reads IHDR (section 11.2.1) and returns where the next chunk begins.
func (p *pngReader) readHeader() (int, error) {
	c, err := p.chunk(len(pngMagic))
	if err != nil {
		return 0, err
	}
	if err := c.check(); err != nil {
		return 0, err
	}
	if c.kind != "IHDR" || len(c.data) < 13 {
		return 0, FormatError("PNG has no header chunk at its start")
	}
	width, height := binary.BigEndian.Uint32(c.data), binary.BigEndian.Uint32(c.data[4:])
	if width > 1<<31-1 || height > 1<<31-1 {
		return 0, broken("PNG has an impossible size of %d×%d", width, height)
	}
	p.width, p.height = int(width), int(height)
	p.depth, p.colour, p.interlaced = int(c.data[8]), int(c.data[9]), c.data[12] != 0
	if !p.validDepth() {
		return 0, broken("PNG has colour type %d with %d bits, which does not exist", p.colour, p.depth)
	}
	if c.data[11] != 0 {
		return 0, unsupported("PNG with filter method %d is not read", c.data[11])
	}
	return c.end, nil
}

// validDepth: which depths go with which colour type.
func (p *pngReader) validDepth() bool {
	switch p.colour {
	case pngGray:
		return p.depth == 1 || p.depth == 2 || p.depth == 4 || p.depth == 8 || p.depth == 16
	case pngPalette:
		return p.depth == 1 || p.depth == 2 || p.depth == 4 || p.depth == 8
	case pngRGB, pngGrayAlpha, pngRGBA:
		return p.depth == 8 || p.depth == 16
	}
	return false
}

func (p *pngReader) rows(window image.Rectangle) (rows, error) {
	p.window = window
	if err := p.restart(); err != nil {
		return nil, p.explain(err)
	}
	bits := p.depth * pngChannels[p.colour]
	p.out = grow(p.out, 3*p.width)
	p.now = grow(p.now, 1+(p.width*bits+7)/8)
	p.above = grow(p.above, len(p.now))
	if p.interlaced {
		if err := p.deinterlace(); err != nil {
			return nil, err
		}
		p.y = window.Min.Y
		return p, nil
	}
	clear(p.above)
	for p.y < window.Min.Y {
		if err := p.scan(len(p.now)); err != nil {
			return nil, err
		}
		p.y++
	}
	return p, nil
}

func (p *pngReader) restart() error {
	if p.inflate == nil {
		inflate, err := zlib.NewReader(&p.data)
		if err != nil {
			return err
		}
		p.inflate = inflate
		return nil
	}
	return p.inflate.(zlib.Resetter).Reset(&p.data, nil)
}

// explain turns what zlib said into a reason that names the row.
func (p *pngReader) explain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return truncated("PNG", p.y, p.height)
	}
	return broken("PNG is damaged: its data cannot be inflated in row %d of %d (%v)", p.y+1, p.height, err)
}

func (p *pngReader) next() ([]byte, error) {
	x0, x1 := p.window.Min.X, p.window.Max.X
	if p.interlaced {
		row := p.plane[3*p.width*p.y:]
		p.y++
		return row[3*x0 : 3*x1], nil
	}
	if err := p.scan(len(p.now)); err != nil {
		return nil, err
	}
	p.y++
	// scan left the row in above, ready for the next one.
	p.unpack(p.out, p.above[1:], x1)
	p.lay(p.out, p.above[1:], x1)
	return p.out[3*x0 : 3*x1], nil
}

func (p *pngReader) finish() error {
	for ; !p.interlaced && p.y < p.height; p.y++ {
		if err := p.scan(len(p.now)); err != nil {
			return err
		}
	}
	return p.drain()
}

// maxSurplus is how far drain looks for the end of data that go on behind the last row.
const maxSurplus = 1 << 16

// drain reads to the end of the zlib stream, where its checksum is. As in Pillow, a file may lack
// the very end once all rows are there, but what is there must be right.
func (p *pngReader) drain() error {
	for surplus := 0; surplus < maxSurplus; {
		n, err := p.inflate.Read(p.now)
		surplus += n
		switch {
		case errors.Is(err, zlib.ErrChecksum):
			return FormatError("PNG is damaged: the checksum of its data is wrong")
		case err != nil:
			return nil
		}
	}
	return nil
}
