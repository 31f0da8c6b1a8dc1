package main

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"graft/scripts/draw/scene"
)

// A class has a row of sheetEach pictures of sheetSize pixels on the sheet,
// and its name above them.
const (
	sheetSize = 112
	sheetEach = 4
	sheetGap  = 6
	sheetName = 18
)

// writeSheet draws a few pictures of every class into one PNG.
func writeSheet(path string, classes []scene.Class, seed uint64) error {
	columns := max(1, int(math.Round(math.Sqrt(float64(len(classes))/sheetEach*1.4))))
	rows := (len(classes) + columns - 1) / columns
	w, h := sheetEach*(sheetSize+2)+sheetGap, sheetSize+sheetName+sheetGap
	m := image.NewRGBA(image.Rect(0, 0, columns*w+sheetGap, rows*h+sheetGap))
	draw.Draw(m, m.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	for i, c := range classes {
		x, y := sheetGap+i/rows*w, sheetGap+i%rows*h
		pen := font.Drawer{Dst: m, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(x, y+12)}
		pen.DrawString(c.Name)
		for j := range sheetEach {
			p := scene.Picture(c, seed, j, sheetSize).Image()
			at := image.Pt(x+j*(sheetSize+2), y+sheetName)
			draw.Draw(m, p.Rect.Add(at), p, image.Point{}, draw.Src)
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, m); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
