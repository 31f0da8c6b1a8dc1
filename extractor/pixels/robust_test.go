package pixels

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var usual = Transform{Resize: 342, Crop: 299, EXIF: ApplyEXIF}

// sources returns the committed golden files, some of each format.
func sources(t testing.TB) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(goldenDir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".jsonl" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(goldenDir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = b
	}
	return files
}

// explained says whether an error is one of the package's three kinds.
func explained(err error) bool {
	var format FormatError
	var no UnsupportedError
	var limit LimitError
	return errors.As(err, &format) || errors.As(err, &no) || errors.As(err, &limit)
}

// TestMutations: whatever is done to a file, it is read or refused with a reason, soon.
func TestMutations(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	files := sources(t)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	d := NewDecoder(Transform{Resize: 40, Crop: 32, EXIF: ApplyEXIF}, Limits{Pixels: 1 << 22})
	dst := make([]byte, 32*32*3)
	refused := 0
	for i := range 1000 {
		name := names[i%len(names)]
		file := mutated(rng, files[name])
		start := time.Now()
		_, err := d.Crop(dst, file)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s, mutation %d: took %v", name, i, took)
		}
		if err != nil {
			refused++
			if !explained(err) {
				t.Errorf("%s, mutation %d: error without a kind: %v", name, i, err)
			}
		}
	}
	if refused < 100 {
		t.Errorf("only %d of 1000 mutations were refused", refused)
	}
}

// mutated truncates a file, changes some bytes, cuts a piece out, or doubles one.
func mutated(rng *rand.Rand, file []byte) []byte {
	file = bytes.Clone(file)
	switch rng.IntN(5) {
	case 0:
		return file[:rng.IntN(len(file))]
	case 1:
		from := rng.IntN(len(file))
		return slices.Delete(file, from, min(from+1+rng.IntN(40), len(file)))
	case 2:
		from := rng.IntN(len(file))
		return slices.Insert(file, from, file[from:min(from+30, len(file))]...)
	case 3:
		clear(file[rng.IntN(len(file)):])
		return file
	}
	for range 1 + rng.IntN(8) {
		at := rng.IntN(len(file))
		if rng.IntN(2) == 0 {
			at = rng.IntN(min(len(file), 60)) // headers are more interesting
		}
		file[at] = byte(rng.Uint32())
	}
	return file
}

// TestTruncated: without its second half no file is read.
func TestTruncated(t *testing.T) {
	d := NewDecoder(Transform{Resize: 40, Crop: 32, EXIF: ApplyEXIF}, Limits{})
	dst := make([]byte, 32*32*3)
	for name, file := range sources(t) {
		if _, err := d.Crop(dst, file[:len(file)/2]); !explained(err) {
			t.Errorf("half of %s: %v, want a reason", name, err)
		}
	}
}

func pngHeader(w, h uint32) []byte {
	b := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	b = binary.BigEndian.AppendUint32(b, h)
	b = append(b, 8, 2, 0, 0, 0)
	chunk := append([]byte(pngMagic+"\x00\x00\x00\x0d"), b...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(b))
}

func TestReasons(t *testing.T) {
	bomb := append(pngHeader(60000, 60000), "\x00\x00\x00\x00IDAT"...)
	for _, c := range []struct {
		name, file, want string
		as               any
	}{
		{"empty", "", "the file is empty", new(FormatError)},
		{"text", "Dear photographer,\nyour image", `not an image: begins with "Dear photographer,"`, new(FormatError)},
		{"bytes", "\x01\x02\x03\x04", "not an image: begins with bytes 01 02 03 04", new(FormatError)},
		{"utf8", "Füße Füße Füße Füßé", `not an image: begins with "Füße`, new(FormatError)},
		{"gif", "GIF89a......", "GIF files are not read", new(UnsupportedError)},
		{"heic", "\x00\x00\x00\x18ftypheic", "HEIF or AVIF files are not read", new(UnsupportedError)},
		{"bomb", string(bomb), "PNG of 60000×60000 pixels is over the limit of 178956970", new(LimitError)},
		{"cut png", string(pngHeader(2, 2)), "PNG is truncated: the file ends before the image data", new(FormatError)},
		{"pnm", "P5 9 9 255 .........", "PNM is truncated: the data ends in row 2 of 9", new(FormatError)},
		{"huge pnm", "P6 1000000 1000000 255 ", "PNM of 1000000×1000000 pixels is over the limit", new(LimitError)},
		{"webp", "RIFF\xff\x00\x00\x00WEBPVP8 \x00\x00\x00\x00", "WebP is truncated: the file has 20 of 263 bytes", new(FormatError)},
		{"bmp", "BM\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x28\x00\x00\x00", "BMP is truncated", new(FormatError)},
		{"jpeg", "\xff\xd8\xff\xe0", "JPEG is truncated", new(FormatError)},
	} {
		_, err := NewDecoder(usual, Limits{}).Crop(make([]byte, 299*299*3), []byte(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, c.as) {
			t.Errorf("%s: %T %v; want %T %q", c.name, err, err, c.as, c.want)
		}
	}
}

func TestByteLimit(t *testing.T) {
	d := NewDecoder(usual, Limits{Bytes: 10})
	var limit LimitError
	if _, err := d.Crop(make([]byte, 299*299*3), make([]byte, 11)); !errors.As(err, &limit) {
		t.Errorf("11 bytes with a limit of 10: %v", err)
	}
}

func TestTransform(t *testing.T) {
	if err := usual.Validate(); err != nil {
		t.Error(err)
	}
	if got := usual.String(); got != "resize 342, crop 299, exif apply" {
		t.Errorf("String is %q", got)
	}
	for _, bad := range []Transform{{}, {Resize: 342, Crop: 299}, {Resize: 342, EXIF: ApplyEXIF}, {Resize: 9000, Crop: 299, EXIF: ApplyEXIF}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is taken for valid", bad)
		}
		if _, err := NewDecoder(bad, Limits{}).Crop(nil, nil); err == nil {
			t.Errorf("a Decoder works with %+v", bad)
		}
	}
}

func TestInfo(t *testing.T) {
	files := sources(t)
	d := NewDecoder(usual, Limits{})
	dst := make([]byte, 299*299*3)
	for name, want := range map[string]Info{
		"exif6.jpg": {Width: 45, Height: 34, Format: "JPEG", Orientation: 6},
		"gray.jpg":  {Width: 45, Height: 34, Format: "JPEG", Orientation: 1, Gray: true},
		"rgb8.png":  {Width: 45, Height: 34, Format: "PNG", Orientation: 1},
		"xmp3.png":  {Width: 45, Height: 34, Format: "PNG", Orientation: 3},
		"exif6.tif": {Width: 45, Height: 34, Format: "TIFF", Orientation: 6},
		"exif.webp": {Width: 45, Height: 34, Format: "WebP", Orientation: 6},
		"p5.pgm":    {Width: 45, Height: 34, Format: "PNM", Orientation: 1, Gray: true},
	} {
		if got, err := d.Crop(dst, files[name]); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	jpeg := Info{Format: "JPEG"}
	for name, want := range map[string]string{"a/b.jpg": "", "B.JPEG": "", "b.png": "PNG", "b.tiff": "TIFF", "b": ""} {
		if got := jpeg.Misnamed(name); got != want {
			t.Errorf("a JPEG named %s: %q, want %q", name, got, want)
		}
	}
}

// TestAllocations: a Decoder that has seen a JPEG decodes the next one with next to no allocation;
// calls into libturbojpeg make a few small ones, whatever the size of the image.
func TestAllocations(t *testing.T) {
	files := sources(t)
	both(t, func(t *testing.T, ds decoders) {
		most := map[string]float64{OwnJPEG: 0, TurboJPEG: 20}[ds.jpeg]
		for _, name := range []string{"420.jpg", "444.jpg", "gray.jpg", "exif6.jpg", "rgb24.bmp"} {
			d, dst := ds.of(usual), make([]byte, 299*299*3)
			if got := testing.AllocsPerRun(20, func() { d.Crop(dst, files[name]) }); got > most {
				t.Errorf("%s: %v allocations an image, want at most %v", name, got, most)
			}
		}
	})
}

// FuzzEXIF: any block gives an orientation, and byte order does not matter.
func FuzzEXIF(f *testing.F) {
	f.Add([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x08\x00\x00\x00"))
	f.Add([]byte("II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := metadata{exif: b, xmp: b}
		if o := m.orientation(); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		for field := range fields(b) {
			if n := len(field.integers(b)); n > len(b) {
				t.Errorf("%d values from %d bytes", n, len(b))
			}
		}
	})
}

// FuzzCrop: a crop is the same whatever the Decoder did before, and errors have a kind.
func FuzzCrop(f *testing.F) {
	for name, file := range sources(f) {
		if len(file) < 2000 && !strings.HasSuffix(name, ".jpg") {
			f.Add(file)
		}
	}
	transform := Transform{Resize: 20, Crop: 16, EXIF: ApplyEXIF}
	used := NewDecoder(transform, Limits{Pixels: 1 << 16})
	f.Fuzz(func(t *testing.T, file []byte) {
		a, b := make([]byte, 16*16*3), make([]byte, 16*16*3)
		infoA, errA := used.Crop(a, file)
		infoB, errB := NewDecoder(transform, Limits{Pixels: 1 << 16}).Crop(b, file)
		if infoA != infoB || (errA == nil) != (errB == nil) || errA == nil && !bytes.Equal(a, b) {
			t.Errorf("a used Decoder: %+v %v; a new one: %+v %v", infoA, errA, infoB, errB)
		}
		if errA != nil && !explained(errA) {
			t.Errorf("error without a kind: %v", errA)
		}
	})
}
