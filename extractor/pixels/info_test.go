package pixels

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInfo compares what the headers of the golden pictures say with how scripts/goldens/pixels.py
// made them. What is not in the table is a colour picture of 8 bits, upright.
func TestInfo(t *testing.T) {
	gray := func(depth int) Info { return Info{BitDepth: depth, Gray: true} }
	grayAlpha := func(depth int) Info { return Info{BitDepth: depth, Gray: true, Alpha: true} }
	depth := func(depth int) Info { return Info{BitDepth: depth} }
	alpha := Info{Alpha: true}
	special := map[string]Info{
		"gray.jpg": gray(8), "gray-progressive.jpg": gray(8),

		"gray1.png": gray(1), "gray2.png": gray(2), "gray4.png": gray(4), "gray8.png": gray(8), "gray16.png": gray(16),
		"graya8.png": grayAlpha(8), "graya16.png": grayAlpha(16), "rgba8.png": alpha, "rgba16.png": {BitDepth: 16, Alpha: true},
		"rgb8.png": alpha, "palette1.png": {BitDepth: 1, Alpha: true}, "palette2.png": {BitDepth: 2, Alpha: true},
		"palette4.png": {BitDepth: 4, Alpha: true}, "palette8.png": alpha, "rgb16.png": depth(16), // tRNS in all but the last

		"one.bmp": depth(1), "palette1.bmp": depth(1), "palette4.bmp": depth(4), "rle4.bmp": depth(4),
		"rgb555.bmp": depth(5), "rgb565.bmp": depth(5), "fields32.bmp": alpha,

		"gray.tif": gray(8), "gray16.tif": gray(16), "gray16-II.tif": gray(16), "gray16-MM.tif": gray(16), "graya.tif": grayAlpha(8),
		"one.tif": gray(1), "group3.tif": gray(1), "group4.tif": gray(1), "white-is-zero.tif": gray(1),
		"white2-II.tif": gray(2), "white2-MM.tif": gray(2), "white4-II.tif": gray(4), "white4-MM.tif": gray(4),
		"rgba.tif": alpha, "multiplied-II.tif": alpha, "multiplied-MM.tif": alpha,
		"rgb16-II.tif": depth(16), "rgb16-MM.tif": depth(16), "rgb16-differ-II.tif": depth(16), "rgb16-differ-MM.tif": depth(16),
		"cmyk16-II.tif": depth(16), "cmyk16-MM.tif": depth(16),

		"lossy-alpha.webp": alpha, "lossless-alpha.webp": alpha, "animated-lossless.webp": alpha, "exif.webp": {Orientation: 6},

		"float32.tif": gray(32), "float32-predictor.tif": gray(32), "float32-MM.tif": gray(32), "int32.tif": gray(32), "uint32.tif": gray(32),
		"int32-MM.tif": gray(32), "int16.tif": gray(16), "int16-MM.tif": gray(16), "int8.tif": gray(8), "gray12.tif": gray(12),
		"gray16-lzw.tif": gray(16), "jpeg-gray.tif": gray(8), "planar16.tif": depth(16), "planar-tiles.tif": alpha,
		"gray1-key.png": grayAlpha(1), "gray2-key.png": grayAlpha(2), "gray4-key.png": grayAlpha(4), "gray8-key.png": grayAlpha(8),
		"gray16-key.png": grayAlpha(16), "rgb8-key.png": alpha, "rgb16-key.png": {BitDepth: 16, Alpha: true},

		"transparent.gif": alpha, "frame-beyond.gif": alpha, "frame-transparent.gif": alpha,

		"p1.pbm": gray(1), "p4.pbm": gray(1), "p2.pgm": gray(8), "p5.pgm": gray(8), "p5-max7.pgm": gray(8),
		"p5-16.pgm": gray(16), "p5-1000.pgm": gray(16), "p3.ppm": depth(16), "p6-16.ppm": depth(16), "p6-1000.ppm": depth(16),
	}
	formats := map[string]string{
		".jpg": "JPEG", ".png": "PNG", ".bmp": "BMP", ".tif": "TIFF", ".webp": "WebP", ".gif": "GIF", ".dib": "BMP", ".pbm": "PNM", ".pgm": "PNM", ".ppm": "PNM",
	}
	d := NewDecoder(Transform{Resize: 64, Crop: 64, EXIF: IgnoreEXIF}, Limits{})
	seen := 0
	for name, file := range sources(t) {
		if strings.HasPrefix(name, "size-") {
			continue
		}
		want, known := special[strings.Replace(name, "-interlaced", "", 1)]
		if known {
			seen++
		}
		if want.BitDepth == 0 {
			want.BitDepth = 8
		}
		want.Width, want.Height, want.Format = 45, 34, formats[filepath.Ext(name)]
		if want.Orientation == 0 {
			want.Orientation = orientationOf(name)
		}
		if got, err := d.Inspect(file); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
		if got, err := d.Crop(make([]byte, 64*64*3), file); err != nil || got != want {
			t.Errorf("%s: Crop says %+v, %v; want %+v", name, got, err, want)
		}
	}
	if seen < len(special) {
		t.Errorf("%d of %d special pictures are there", seen, len(special))
	}
}

// orientationOf is what names such as exif6.jpg, xmp3.png and profile7.png say; exif9 says nothing.
func orientationOf(name string) int {
	for _, prefix := range []string{"exif", "xmp", "profile"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest[0] >= '1' && rest[0] <= '8' {
			return int(rest[0] - '0')
		}
	}
	return 1
}

// TestTransparentColour puts a tRNS chunk before the image data.
func TestTransparentColour(t *testing.T) {
	d := NewDecoder(usual, Limits{})
	for _, name := range []string{"gray8.png", "rgb16.png"} {
		file := sources(t)[name]
		chunk := []byte("tRNS\x00\x00")
		chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk))
		at := strings.Index(string(file), "IDAT") - 4
		transparent := string(file[:at]) + "\x00\x00\x00\x02" + string(chunk) + string(file[at:])
		for want, file := range map[bool]string{false: string(file), true: transparent} {
			if got, err := d.Inspect([]byte(file)); err != nil || got.Alpha != want {
				t.Errorf("%s: alpha %v, %v; want %v", name, got.Alpha, err, want)
			}
		}
	}
}

// TestMasksWithoutAlpha: a bitmap of 32 bits has an alpha if its fourth mask says so, or if all
// masks are zero, as Pillow has it; without masks the fourth byte means nothing.
func TestMasksWithoutAlpha(t *testing.T) {
	d := NewDecoder(usual, Limits{})
	file := []byte(sources(t)["fields32.bmp"])
	const masks = 14 + 40
	for _, c := range []struct {
		masks [4]uint32
		alpha bool
	}{
		{[4]uint32{0xff, 0xff00, 0xff0000, 0xff000000}, true},
		{[4]uint32{0xff0000, 0xff00, 0xff, 0}, false},
		{[4]uint32{0xff000000, 0xff00, 0xff, 0x00ff0000}, true},
		{[4]uint32{}, true},
	} {
		changed := append([]byte(nil), file...)
		for i, m := range c.masks {
			binary.LittleEndian.PutUint32(changed[masks+4*i:], m)
		}
		if got, err := d.Inspect(changed); err != nil || got.Alpha != c.alpha {
			t.Errorf("masks %x: alpha %v, %v; want %v", c.masks, got.Alpha, err, c.alpha)
		}
	}
}

func TestMisnamed(t *testing.T) {
	jpeg := Info{Format: "JPEG"}
	for name, want := range map[string]string{"a/b.jpg": "", "B.JPEG": "", "b.png": "PNG", "b.tiff": "TIFF", "b": ""} {
		if got := jpeg.Misnamed(name); got != want {
			t.Errorf("a JPEG named %s: %q, want %q", name, got, want)
		}
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
