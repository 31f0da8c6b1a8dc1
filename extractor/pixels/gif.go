package pixels

import (
	"compress/lzw"
	"encoding/binary"
	"errors"
	"image"
	"io"
)

// gifReader decodes the first frame of a GIF as Pillow does: on a screen of colour 0, or of the
// transparent colour if there is one, which grows where the frame reaches over its edge. Colours that
// the palette does not have are black. It streams, unless the frame is interlaced.
type gifReader struct {
	file        []byte
	screen      image.Point
	frame       image.Rectangle // where it lies on the screen
	interlaced  bool
	transparent int // index of that colour; -1 if there is none
	palette     [256][3]byte
	coloured    bool      // the palette is not just grays
	bits        int       // of the first codes
	data        gifBlocks // of the frame
	ground      ground
	pixels      io.ReadCloser
	indices     []byte // one row, or all of an interlaced frame
	window      image.Rectangle
	y           int
	out         []byte
}

// Parts of a GIF (sections 18 to 23 of GIF89a).
const (
	gifExtension      = 0x21
	gifImage          = 0x2c
	gifTrailer        = 0x3b
	gifGraphicControl = 0xf9

	gifTable      = 0x80 // flags: a palette follows
	gifInterlaced = 0x40
)

var errGIFEnds = FormatError("GIF is truncated: the file ends before the image data")

func isGIF(b []byte) bool { return prefix("GIF87a")(b) || prefix("GIF89a")(b) }

func openGIF(d *Decoder, file []byte) (picture, header, error) {
	g := &d.gif
	*g = gifReader{file: file, transparent: -1, ground: d.transform.ground(), pixels: g.pixels, indices: g.indices, out: g.out}
	if err := g.readHeader(); err != nil {
		return nil, header{}, err
	}
	for _, size := range [2]image.Point{g.frame.Size(), g.screen} {
		if err := d.limits.checkPixels("GIF", size.X, size.Y); err != nil {
			return nil, header{}, err
		}
	}
	return g, header{width: g.screen.X, height: g.screen.Y, orientation: 1, alpha: g.transparent >= 0}, nil
}

// readHeader reads the screen, and what comes before the data of the first frame.
func (g *gifReader) readHeader() error {
	if len(g.file) < 13 {
		return errGIFEnds
	}
	g.screen = image.Pt(int(binary.LittleEndian.Uint16(g.file[6:])), int(binary.LittleEndian.Uint16(g.file[8:])))
	b, err := g.readPalette(g.file[13:], g.file[10])
	for err == nil {
		if len(b) == 0 {
			return errGIFEnds
		}
		switch b[0] {
		case gifExtension:
			b, err = g.readExtension(b[1:])
		case gifImage:
			return g.readFrame(b[1:])
		case gifTrailer:
			return FormatError("GIF has no image")
		default:
			b = b[1:] // Pillow passes over stray bytes
		}
	}
	return err
}

// readPalette reads the palette that flags announce, and returns what follows it. One that is a
// ramp, in which colour i is i, i, i, counts as none: pixels are grays then.
func (g *gifReader) readPalette(b []byte, flags byte) (rest []byte, err error) {
	colours := 0
	if flags&gifTable != 0 {
		colours = 2 << (flags & 7)
	}
	if len(b) < 3*colours {
		return nil, errGIFEnds
	}
	ramp := true
	for i := range 3 * colours {
		ramp = ramp && int(b[i]) == i/3
	}
	switch {
	case !ramp:
		g.palette, g.coloured = [256][3]byte{}, true
		for i := range colours {
			copy(g.palette[i][:], b[3*i:])
		}
	case !g.coloured: // a local ramp leaves a global palette in its place
		for i := range g.palette {
			spread(g.palette[i][:], byte(i))
		}
	}
	return b[3*colours:], nil
}

// readExtension looks for a transparent colour.
func (g *gifReader) readExtension(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, errGIFEnds
	}
	blocks := gifBlocks{b[1:], 0}
	for first := true; blocks.more(); first = false {
		if first && b[0] == gifGraphicControl && blocks.left >= 4 && blocks.data[0]&1 != 0 {
			g.transparent = int(blocks.data[3])
		}
		blocks.data, blocks.left = blocks.data[blocks.left:], 0
	}
	return blocks.data, nil
}

// readFrame reads the descriptor of a frame.
func (g *gifReader) readFrame(b []byte) error {
	if len(b) < 9 {
		return errGIFEnds
	}
	at := image.Pt(int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:])))
	size := image.Pt(int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:])))
	g.frame = image.Rectangle{Min: at, Max: at.Add(size)}
	g.screen = image.Pt(max(g.screen.X, g.frame.Max.X), max(g.screen.Y, g.frame.Max.Y))
	g.interlaced = b[8]&gifInterlaced != 0
	b, err := g.readPalette(b[9:], b[8])
	if err != nil {
		return err
	}
	if len(b) == 0 {
		return errGIFEnds
	}
	if g.bits = int(b[0]); g.bits < 2 || g.bits > 8 {
		return broken("GIF has pixels of %d bits", g.bits)
	}
	g.data = gifBlocks{b[1:], 0}
	return nil
}

func (g *gifReader) rows(window image.Rectangle) (rows, error) {
	g.window, g.y = window, window.Min.Y
	g.out = grow(g.out, 3*window.Dx())
	if g.pixels == nil {
		g.pixels = lzw.NewReader(&g.data, lzw.LSB, g.bits)
	} else {
		g.pixels.(*lzw.Reader).Reset(&g.data, lzw.LSB, g.bits)
	}
	if g.interlaced {
		return g, g.deinterlace()
	}
	g.indices = grow(g.indices, g.frame.Dx())
	for y := range min(g.y, g.frame.Max.Y) - g.frame.Min.Y {
		if err := g.read(g.indices, y); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// read decodes the next row of the frame.
func (g *gifReader) read(row []byte, y int) error {
	if _, err := io.ReadFull(g.pixels, row); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return truncated("GIF", y, g.frame.Dy())
		}
		return broken("GIF is damaged in row %d of %d: %v", y+1, g.frame.Dy(), err)
	}
	return nil
}

// deinterlace decodes a frame whose rows come in four passes.
func (g *gifReader) deinterlace() error {
	w, n := g.frame.Dx(), 0
	g.indices = grow(g.indices, w*g.frame.Dy())
	for _, pass := range [4]struct{ from, step int }{{0, 8}, {4, 8}, {2, 4}, {1, 2}} {
		for y := pass.from; y < g.frame.Dy(); y += pass.step {
			if err := g.read(g.indices[y*w:][:w], n); err != nil {
				return err
			}
			n++
		}
	}
	return nil
}

func (g *gifReader) next() ([]byte, error) {
	y := g.y
	g.y++
	row := g.indices
	switch inside := y >= g.frame.Min.Y && y < g.frame.Max.Y; {
	case !inside:
		row = nil
	case g.interlaced:
		row = g.indices[(y-g.frame.Min.Y)*g.frame.Dx():]
	default:
		if err := g.read(row, y-g.frame.Min.Y); err != nil {
			return nil, err
		}
	}
	g.paint(row)
	return g.out, nil
}

// paint turns a row of the frame into RGB, nil that of the screen beside it.
func (g *gifReader) paint(row []byte) {
	for i := range len(g.out) / 3 {
		x := g.window.Min.X + i
		index := max(g.transparent, 0)
		if row != nil && x >= g.frame.Min.X && x < g.frame.Max.X {
			index = int(row[x-g.frame.Min.X])
		}
		px := g.out[3*i : 3*i+3]
		copy(px, g.palette[index][:])
		if g.ground.laid && index == g.transparent {
			g.ground.under(px, 0)
		}
	}
}

func (g *gifReader) finish() error {
	for y := max(g.y, g.frame.Min.Y); !g.interlaced && y < g.frame.Max.Y; y++ {
		if err := g.read(g.indices, y-g.frame.Min.Y); err != nil {
			return err
		}
	}
	return nil
}

// gifBlocks reads data that come in blocks of up to 255 bytes, each after its size; 0 ends them.
type gifBlocks struct {
	data []byte
	left int // of the present block
}

// more goes to the next block if the present one is at its end.
func (b *gifBlocks) more() bool {
	if b.left > 0 {
		return true
	}
	if len(b.data) == 0 {
		return false
	}
	b.left = min(int(b.data[0]), len(b.data)-1)
	b.data = b.data[1:]
	return b.left > 0
}

func (b *gifBlocks) Read(p []byte) (int, error) {
	if !b.more() {
		return 0, io.EOF
	}
	n := copy(p, b.data[:b.left])
	b.data, b.left = b.data[n:], b.left-n
	return n, nil
}

// ReadByte keeps compress/lzw from wrapping the reader in a buffer.
func (b *gifBlocks) ReadByte() (byte, error) {
	if !b.more() {
		return 0, io.EOF
	}
	v := b.data[0]
	b.data, b.left = b.data[1:], b.left-1
	return v, nil
}
