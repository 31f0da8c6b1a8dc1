package pixels

import (
	"compress/lzw"
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
