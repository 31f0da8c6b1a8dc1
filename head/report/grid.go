package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// A Tile is one picture of a grid with two lines of text below.
type Tile struct {
	Pixels []byte // height×width×3, RGB, row by row
	Title  string // the label, say
	Note   string // the file's name, say
}

// A Grid is pictures in rows, each with two lines of text, on white.
type Grid struct {
	Width   int // of every picture, pixels
	Height  int
	Columns int // pictures in a row; 0 means 8
	Tiles   []Tile
}

const (
	gridMargin = 24 // pixels around pictures
	titleSize  = 20 // of letters, pixels
	noteSize   = 15
	textHeight = 2*noteSize + titleSize
)

// PNG draws the grid and writes it as a PNG.
func (g Grid) PNG(w io.Writer) error {
	columns := g.Columns
	if columns == 0 {
		columns = 8
	}
	if min(g.Width, g.Height) < 1 || columns < 0 || len(g.Tiles) == 0 {
		return fmt.Errorf("draw a grid: %d pictures of %d×%d pixels in %d columns", len(g.Tiles), g.Height, g.Width, columns)
	}
	columns = min(columns, len(g.Tiles))
	rows := (len(g.Tiles) + columns - 1) / columns
	stepX, stepY := g.Width+gridMargin, g.Height+textHeight+gridMargin
	sheet := image.NewRGBA(image.Rect(0, 0, gridMargin+columns*stepX, gridMargin+rows*stepY))
	draw.Draw(sheet, sheet.Rect, image.White, image.Point{}, draw.Src)
	title, err := newPen(gobold.TTF, titleSize, 0x20)
	if err != nil {
		return err
	}
	note, err := newPen(goregular.TTF, noteSize, 0x70)
	if err != nil {
		return err
	}
	for i, t := range g.Tiles {
		if len(t.Pixels) != 3*g.Width*g.Height {
			return fmt.Errorf("draw a grid: picture %q has %d bytes, want %d×%d×3", t.Note, len(t.Pixels), g.Height, g.Width)
		}
		x, y := gridMargin+i%columns*stepX, gridMargin+i/columns*stepY
		drawPixels(sheet, x, y, t.Pixels, g.Width)
		title.draw(sheet, fixed.P(x, y+g.Height+titleSize), g.Width, t.Title)
		note.draw(sheet, fixed.P(x, y+g.Height+titleSize+noteSize+4), g.Width, t.Note)
	}
	return png.Encode(w, sheet)
}

// A pen writes in one font and one shade.
type pen struct {
	face  font.Face
	shade image.Image
}

// newPen is a pen for letters of size pixels in a shade of gray, 0 being black.
func newPen(ttf []byte, size float64, gray uint8) (pen, error) {
	f, err := opentype.Parse(ttf)
	if err != nil {
		return pen{}, fmt.Errorf("draw a grid: font: %w", err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	return pen{face, image.NewUniform(color.Gray{gray})}, err
}

func drawPixels(dst *image.RGBA, x, y int, pixels []byte, width int) {
	for row := range len(pixels) / (3 * width) {
		out := dst.Pix[dst.PixOffset(x, y+row):]
		for i, p := 0, pixels[3*width*row:3*width*(row+1)]; len(p) > 0; i, p = i+4, p[3:] {
			out[i], out[i+1], out[i+2], out[i+3] = p[0], p[1], p[2], 0xff
		}
	}
}

// draw writes one line from a point of its baseline on. Text that is wider than width pixels loses
// its middle: names differ at their ends.
func (p pen) draw(dst *image.RGBA, at fixed.Point26_6, width int, text string) {
	d := font.Drawer{Dst: dst, Src: p.shade, Face: p.face, Dot: at}
	d.DrawString(fitText(text, func(s string) bool { return d.MeasureString(s) <= fixed.I(width) }))
}

// fitText replaces the middle of text by an ellipsis until it fits.
func fitText(text string, fits func(string) bool) string {
	if fits(text) {
		return text
	}
	r := []rune(text)
	for keep := len(r) - 1; keep > 1; keep-- {
		head, tail := (keep+1)/2, keep/2
		if s := string(r[:head]) + "…" + string(r[len(r)-tail:]); fits(s) {
			return s
		}
	}
	return "…"
}
