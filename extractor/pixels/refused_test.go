package pixels

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
)

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

// TestBombs: a small file that promises a huge picture is refused before memory is taken for it.
func TestBombs(t *testing.T) {
	files := sources(t)
	little, big := binary.LittleEndian, binary.BigEndian
	bomb := func(name, mark string, change func(at []byte)) string {
		file := bytes.Clone(files[name])
		i := bytes.Index(file, []byte(mark))
		if i < 0 {
			t.Fatalf("%s has no %q", name, mark)
		}
		change(file[i+len(mark):])
		return string(file)
	}
	side := func(n uint16) func([]byte) {
		return func(at []byte) { big.PutUint16(at[3:], n); big.PutUint16(at[5:], n) }
	}
	for name, file := range map[string]string{
		"JPEG":             bomb("444.jpg", "\xff\xc0", side(65500)),
		"progressive JPEG": bomb("progressive.jpg", "\xff\xc2", side(65500)),
		"JPEG in scans":    bomb("progressive.jpg", "\xff\xc2", side(13000)), // below the limit
		"PNG":              string(pngHeader(1<<31-1, 1<<31-1)) + "\x00\x00\x00\x00IDAT",
		"BMP":              bomb("rgb24.bmp", "", func(b []byte) { little.PutUint32(b[18:], 1<<30); little.PutUint32(b[22:], 1<<30) }),
		"TIFF":             bomb("rgb16-II.tif", "\x00\x01\x04\x00\x01\x00\x00\x00", func(b []byte) { little.PutUint32(b, 1<<30) }),
		"lossless WebP":    bomb("lossless.webp", "\x2f", func(b []byte) { little.PutUint32(b, 1<<28-1) }),
		"lossy WebP":       bomb("lossy50.webp", "\x9d\x01\x2a", func(b []byte) { little.PutUint32(b, 0x3fff3fff) }),
		"PNM":              "P6 1000000 1000000 255 ",
	} {
		d := NewDecoder(usual, Limits{})
		before := allocated()
		_, err := d.Crop(make([]byte, 299*299*3), []byte(file))
		if n := allocated() - before; n > 2<<20 {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
		if !explained(err) {
			t.Errorf("%s: %v, want a reason", name, err)
		}
	}
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
		{"gif", "GIF89a......", "GIF is truncated: the file ends before the image data", new(FormatError)},
		{"gif without image", "GIF89a\x09\x00\x09\x00\x00\x00\x00;", "GIF has no image", new(FormatError)},
		{"heic", "\x00\x00\x00\x18ftypheic", "HEIC photographs are not read; convert them to JPEG", new(UnsupportedError)},
		{"heif", "\x00\x00\x00\x18ftypmif1", "HEIC photographs are not read; convert them to JPEG", new(UnsupportedError)},
		{"avif", "\x00\x00\x00\x18ftypavif", "AVIF pictures are not read; convert them to JPEG or PNG", new(UnsupportedError)},
		{"jpeg xl", "\xff\x0a12", "JPEG XL pictures are not read; convert them to JPEG or PNG", new(UnsupportedError)},
		{"video", "\x00\x00\x00\x18ftypisom", "videos are not read", new(UnsupportedError)},
		{"dicom", strings.Repeat("\x00", 128) + "DICM....", "DICOM files are not read; convert them to PNG or TIFF", new(UnsupportedError)},
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
