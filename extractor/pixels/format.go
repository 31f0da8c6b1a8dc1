package pixels

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"strings"
	"unicode/utf8"
)

// header is what the first bytes of a file say, already checked against the limits.
type header struct {
	width, height int         // as stored
	scale         int         // the picture is decoded at 1/scale of its size; 0 means 1
	orientation   orientation // from EXIF, 1…8; 1 if there is none
	depth         int         // bits a channel as stored; 0 means 8
	gray, alpha   bool
}

func (h header) info(format string) Info {
	return Info{
		Width: h.width, Height: h.height, Format: format, Orientation: int(h.orientation),
		BitDepth: cmp.Or(h.depth, 8), Gray: h.gray, Alpha: h.alpha,
	}
}

// size is the size of the decoded picture.
func (h header) size() (int, int) {
	s := max(h.scale, 1)
	return (h.width + s - 1) / s, (h.height + s - 1) / s
}

// picture is a file whose header has been read.
type picture interface {
	// rows starts to decode the pixels inside window.
	rows(window image.Rectangle) (rows, error)
}

// rows hands out the rows of a window from top to bottom.
type rows interface {
	// next returns RGB, three bytes a pixel, valid until the following call.
	next() ([]byte, error)
	// finish decodes what lies below the window: a file is good if all of it can be decoded.
	finish() error
}

var (
	_ picture = (*jpegReader)(nil)
	_ picture = (*pngReader)(nil)
	_ picture = (*bmpReader)(nil)
	_ picture = (*pnmReader)(nil)
	_ picture = (*tiffReader)(nil)
	_ picture = (*webpReader)(nil)
	_ picture = (*gifReader)(nil)

	_ rows = (*vp8Rows)(nil)
	_ rows = (*nrgbaRows)(nil)
	_ rows = (*inset)(nil)
)

// readers hold the buffers of the formats, so that one Decoder uses them again and again.
type readers struct {
	jpeg jpegReader
	png  pngReader
	bmp  bmpReader
	pnm  pnmReader
	tiff tiffReader
	webp webpReader
	gif  gifReader
}

// format is a kind of file that graft reads.
type format struct {
	name       string
	extensions []string
	magic      func([]byte) bool
	open       func(*Decoder, []byte) (picture, header, error)
	// turns: Pillow applies the orientation when it loads the file, asked or not.
	turns bool
}

var formats = []format{
	{name: "JPEG", extensions: []string{".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo"}, magic: prefix("\xff\xd8\xff"), open: openJPEG},
	{name: "PNG", extensions: []string{".png"}, magic: prefix(pngMagic), open: openPNG},
	{name: "BMP", extensions: []string{".bmp", ".dib"}, magic: isBMP, open: openBMP},
	{name: "TIFF", extensions: []string{".tif", ".tiff"}, magic: isTIFF, open: openTIFF, turns: true},
	{name: "WebP", extensions: []string{".webp"}, magic: isWebP, open: openWebP},
	{name: "PNM", extensions: []string{".ppm", ".pgm", ".pbm", ".pnm"}, magic: isPNM, open: openPNM},
	{name: "GIF", extensions: []string{".gif"}, magic: isGIF, open: openGIF},
}

func prefix(p string) func([]byte) bool {
	return func(b []byte) bool { return strings.HasPrefix(string(b[:min(len(b), len(p))]), p) }
}

// sniff finds the format by the file's first bytes, never by its name.
func sniff(file []byte) (*format, error) {
	for i := range formats {
		if formats[i].magic(file) {
			return &formats[i], nil
		}
	}
	if len(file) == 0 {
		return nil, FormatError("the file is empty")
	}
	if kind := otherKind(file); kind != "" {
		return nil, unsupported("%s", kind)
	}
	return nil, broken("not an image: begins with %s", beginning(file))
}

// beginning shows the first bytes of a file: as text if they are text, else in hexadecimal.
func beginning(file []byte) string {
	start := file[:min(len(file), 24)]
	if line, _, found := bytes.Cut(start, []byte("\n")); found {
		start = line
	}
	for cut := range min(utf8.UTFMax, len(start)) { // do not stop in the middle of a character
		if text := start[:len(start)-cut]; printable(text) {
			return fmt.Sprintf("%q", text)
		}
	}
	return fmt.Sprintf("bytes % x", file[:min(len(file), 8)])
}

func printable(b []byte) bool {
	return len(b) > 0 && utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' || r == 0x7f }) < 0
}
