package pixels

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
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
		got := make([]float32, QualityDim)
		Measure(got, c.crop, side)
		want := []float64{c.luminance, c.sharpness, c.bits, c.chroma}
		for i, w := range want {
			if math.Abs(float64(got[i])-w) > 1e-3*max(1, w) {
				t.Errorf("%s: column %d is %v, want %v", c.name, i, got[i], w)
			}
		}
		for i, v := range got[Thumbnail:] {
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
	got := make([]float32, QualityDim)
	Measure(got, crop, side)
	for i, v := range got[Thumbnail:] {
		if last := i == ThumbnailSide*ThumbnailSide-1; (v > 0) != last {
			t.Errorf("thumbnail's pixel %d is %v", i, v)
		}
	}
	Measure(got, []byte{9, 9, 9}, 1) // the smallest picture there is
	if got[Luminance] != 9 || got[Thumbnail] != 9 {
		t.Errorf("one pixel of 9: luminance %v, thumbnail %v", got[Luminance], got[Thumbnail])
	}
}

func TestInspectAgreesWithCrop(t *testing.T) {
	d := NewDecoder(Transform{Resize: 64, Crop: 64, EXIF: ApplyEXIF}, Limits{})
	files, err := filepath.Glob("../../testdata/demo/*/*/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pictures: %v", err)
	}
	for _, path := range files[:min(len(files), 20)] {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := d.Crop(make([]byte, 3*64*64), file)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if got, err := d.Inspect(file); err != nil || got != want {
			t.Errorf("%s: Inspect says %+v, %v; Crop says %+v", path, got, err, want)
		}
	}
	if _, err := d.Inspect([]byte("a shopping list")); err == nil {
		t.Error("a text file: no error")
	}
}
