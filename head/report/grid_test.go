package report

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
)

func TestGridPlacesPictures(t *testing.T) {
	const size = 16
	red, blue := bytes.Repeat([]byte{200, 10, 20}, size*size), bytes.Repeat([]byte{5, 15, 250}, size*size)
	g := Grid{Width: size, Height: size, Columns: 2, Tiles: []Tile{{red, "a", "a.jpg"}, {blue, "b", "b.jpg"}, {red, "c", strings.Repeat("long", 20)}}}
	var b bytes.Buffer
	if err := g.PNG(&b); err != nil {
		t.Fatal(err)
	}
	sheet, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		x, y    int
		r, g, b uint32
	}{
		{gridMargin, gridMargin, 200, 10, 20},
		{gridMargin + size + gridMargin, gridMargin + size - 1, 5, 15, 250},
		{gridMargin + size - 1, gridMargin + size + textHeight + gridMargin, 200, 10, 20},
		{0, 0, 255, 255, 255},
	} {
		r, g, b, _ := sheet.At(c.x, c.y).RGBA()
		if r>>8 != c.r || g>>8 != c.g || b>>8 != c.b {
			t.Errorf("pixel %d,%d is %d %d %d, want %d %d %d", c.x, c.y, r>>8, g>>8, b>>8, c.r, c.g, c.b)
		}
	}
}

func TestGridRefuses(t *testing.T) {
	for name, g := range map[string]Grid{
		"no pictures":   {Width: 4, Height: 4},
		"wrong size":    {Width: 4, Height: 4, Tiles: []Tile{{make([]byte, 3), "", ""}}},
		"no dimensions": {Tiles: []Tile{{nil, "", ""}}},
	} {
		if err := g.PNG(&bytes.Buffer{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFitTextKeepsBothEnds(t *testing.T) {
	fits := func(s string) bool { return len([]rune(s)) <= 9 }
	for in, want := range map[string]string{"short.jpg": "short.jpg", "photograph-17.jpg": "phot….jpg"} {
		if got := fitText(in, fits); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
