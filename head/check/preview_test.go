package check_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/extractortest"
	"graft/head/check"
)

// previewed draws a preview, and reads the picture.
func previewed(t *testing.T, o check.PreviewOptions) (*check.Previewed, image.Image) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "grid.png")
	p, err := check.Preview(t.Context(), o, out)
	if err != nil {
		t.Fatal(err)
	}
	grid, err := png.Decode(bytes.NewReader(fileAt(t, out)))
	if err != nil {
		t.Fatal(err)
	}
	return p, grid
}

// TestPreview draws crops: their pixels are those that a trunk is given.
func TestPreview(t *testing.T) {
	data := extractortest.Photographs(t, 12)
	o := check.PreviewOptions{Path: data, Trunk: extractortest.Trunk(t, 1)}
	p, grid := previewed(t, o)
	if p.Images != 12 || p.Pictures != 12 || p.Failed != 0 || p.Transform.Crop != extractortest.Crop || len(p.Notes) != 1 {
		t.Errorf("%+v", p)
	}
	d, err := dataset.Scan(t.Context(), data, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range extractor.Crops(t.Context(), d, extractor.CropSettings{Transform: p.Transform}) {
		if err != nil || c.Err != nil {
			t.Fatal(err, c.Err)
		}
		if !holds(grid, c.Pixels, extractortest.Crop) {
			t.Errorf("the crop of %s is not in the picture", c.Sample.Path)
		}
	}

	o.N, o.Class, o.Seed = 3, "ladybirds", 1
	if p, _ = previewed(t, o); p.Images != 3 || p.Pictures != 3 {
		t.Errorf("three ladybirds: %+v", p)
	}
	o.N, o.Augment = 2, true
	if p, _ = previewed(t, o); p.Images != 2 || p.Pictures != 16 {
		t.Errorf("with views: %+v", p)
	}
}

// holds reports whether a crop lies somewhere in a picture, pixel for pixel.
func holds(grid image.Image, crop []byte, size int) bool {
	b := grid.Bounds()
	same := func(x, y int) bool {
		for i := range size * size {
			r, g, b, _ := grid.At(x+i%size, y+i/size).RGBA()
			if byte(r>>8) != crop[3*i] || byte(g>>8) != crop[3*i+1] || byte(b>>8) != crop[3*i+2] {
				return false
			}
		}
		return true
	}
	for y := b.Min.Y; y+size <= b.Max.Y; y++ {
		for x := b.Min.X; x+size <= b.Max.X; x++ {
			if same(x, y) {
				return true
			}
		}
	}
	return false
}

// TestPreviewOfDoubtfulImages: what cannot be read is named, and where nothing
// can, no picture is written.
func TestPreviewOfDoubtfulImages(t *testing.T) {
	data := extractortest.Photographs(t, 6)
	letter := filepath.Join(data, "val/butterflies/letter.jpg")
	extractortest.Write(t, letter, []byte("a letter"))
	o := check.PreviewOptions{Path: data, Trunk: extractortest.Trunk(t, 1)}
	p, _ := previewed(t, o)
	if p.Images != 7 || p.Pictures != 6 || p.Failed != 1 || !strings.Contains(strings.Join(p.Notes, "\n"), "letter.jpg: not an image") {
		t.Errorf("%+v", p)
	}

	out := filepath.Join(t.TempDir(), "grid.png")
	o.Path = t.TempDir()
	extractortest.Write(t, filepath.Join(o.Path, "a/letter.jpg"), []byte("a letter"))
	p, err := check.Preview(t.Context(), o, out)
	if err == nil || !strings.Contains(err.Error(), "none of 1 images could be read") || !strings.Contains(strings.Join(p.Notes, "\n"), "letter.jpg: not an image") {
		t.Errorf("nothing to show: %+v, %v", p, err)
	}
	o.Class = "moths"
	if _, err = check.Preview(t.Context(), o, out); err == nil || !strings.Contains(err.Error(), `no images of the class "moths"; there are ["a"]`) {
		t.Errorf("no such class: error %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a picture was written")
	}
}
