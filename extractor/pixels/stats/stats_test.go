package stats

import (
	"bytes"
	"math"
	"testing"
)

func TestMeasureKnowsSimplePictures(t *testing.T) {
	const side = 16
	paint := func(f func(x, y int) (r, g, b byte)) []byte {
		var crop []byte
		for i := range side * side {
			r, g, b := f(i%side, i/side)
			crop = append(crop, r, g, b)
		}
		return crop
	}
	chess := func(x, y int) (r, g, b byte) { v := byte(255 * ((x + y) % 2)); return v, v, v }
	for _, c := range []struct {
		name                               string
		crop                               []byte
		luminance, sharpness, bits, chroma float64
	}{
		{"black", make([]byte, 3*side*side), 0, 0, 0, 0},
		{"white", bytes.Repeat([]byte{255}, 3*side*side), 255, 0, 0, 0},
		// Rec. 601: 0.299 R + 0.587 G + 0.114 B
		{"orange", bytes.Repeat([]byte{210, 100, 0}, side*side), math.Round(0.299*210 + 0.587*100), 0, 0, 210},
		// every Laplacian is ±4·255, half of each sign
		{"chess", paint(chess), 127.5, 1020 * 1020, 1, 0},
	} {
		got := make([]float32, Dim)
		Measure(got, c.crop, side)
		want := []float64{c.luminance, c.sharpness, c.bits, c.chroma}
		for i, w := range want {
			if math.Abs(float64(got[i])-w) > 1e-3*max(1, w) {
				t.Errorf("%s: column %d is %v, want %v", c.name, i, got[i], w)
			}
		}
		for i, v := range got[Thumbnail:Tint] {
			if math.Abs(float64(v)-c.luminance) > 0.01 {
				t.Errorf("%s: thumbnail's pixel %d is %v, want the mean %v", c.name, i, v, c.luminance)
			}
		}
	}
}

func TestMeasurePlacesTheThumbnail(t *testing.T) {
	const side = 19 // not a multiple of the thumbnail's
	crop := make([]byte, 3*side*side)
	for i := range 3 { // one white pixel in the last corner
		crop[len(crop)-1-i] = 255
	}
	got := make([]float32, Dim)
	Measure(got, crop, side)
	for i, v := range got[Thumbnail:Tint] {
		if last := i == ThumbnailSide*ThumbnailSide-1; (v > 0) != last {
			t.Errorf("thumbnail's pixel %d is %v", i, v)
		}
	}
	Measure(got, []byte{9, 9, 9}, 1) // the smallest picture there is
	if got[Luminance] != 9 || got[Thumbnail] != 9 {
		t.Errorf("one pixel of 9: luminance %v, thumbnail %v", got[Luminance], got[Thumbnail])
	}
}

// TestMeasureKnowsColours: Cb and Cr are JFIF's, and lie where the colour does.
func TestMeasureKnowsColours(t *testing.T) {
	const side = 18
	crop := bytes.Repeat([]byte{90}, 3*side*side)
	for y := range side { // the left half orange
		for x := range side / 2 {
			copy(crop[3*(y*side+x):], []byte{210, 100, 0})
		}
	}
	got := make([]float32, Dim)
	Measure(got, crop, side)
	const n = TintSide * TintSide
	for i := range n {
		cb, cr := 0.0, 0.0
		if i%TintSide < 2 {
			cb, cr = -0.168736*210-0.331264*100, 0.5*210-0.418688*100
		}
		if b, r := float64(got[Tint+i]), float64(got[Tint+n+i]); math.Abs(b-cb) > 0.01 || math.Abs(r-cr) > 0.01 {
			t.Errorf("cell %d: Cb %v, Cr %v; want %v, %v", i, b, r, cb, cr)
		}
	}
}
