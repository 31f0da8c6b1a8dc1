package pixels

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"math"
	"regexp"
)

// metadata are the places in a file that may say how the photograph is to be turned.
type metadata struct {
	exif    []byte // an EXIF block
	profile []byte // the same as PNG text, as ImageMagick wrote it before there was eXIf
	xmp     []byte
}

// xmpOrientation is the pattern by which Pillow looks into XMP.
var xmpOrientation = regexp.MustCompile(`tiff:Orientation(?:="|>)([0-9])`)

// orientation follows Pillow's Image.getexif: EXIF first, XMP if EXIF says nothing.
// It is 1 where nothing is said, or something that is no orientation.
func (m *metadata) orientation() orientation {
	exif := m.exif
	if exif == nil {
		exif = m.profile
	}
	value, found := exifOrientation(exif)
	if !found {
		if match := xmpOrientation.FindSubmatch(m.xmp); match != nil {
			value = float64(match[1][0] - '0')
		}
	}
	if value >= 1 && value <= 8 && value == math.Trunc(value) {
		return orientation(value)
	}
	return 1
}

// Tags of a TIFF directory.
const (
	tagOrientation = 0x0112
	tagXMP         = 0x02bc
)

// exifOrientation reads the orientation from an EXIF block as Pillow does: of a tag that is there
// twice the first counts, of several values the first, and a number of any kind is a number. What is
// no number is found, but turns nothing.
func exifOrientation(b []byte) (value float64, found bool) {
	for range 2 { // some writers put the prefix twice
		b = bytes.TrimPrefix(b, []byte("Exif\x00\x00"))
	}
	for f := range fields(b) {
		if f.values == nil { // Pillow reads no further
			break
		}
		if f.tag == tagOrientation {
			return f.first(), true
		}
	}
	return 0, false
}

// tiffXMP is the XMP packet of a TIFF file, if it has one.
func tiffXMP(file []byte) []byte {
	for f := range fields(file) {
		if f.tag == tagXMP && (f.kind == kindByte || f.kind == kindUndefined) {
			return f.values
		}
	}
	return nil
}

// Text chunks of PNG that carry metadata, by keyword.
const (
	keywordProfile = "Raw profile type exif"
	keywordXMP     = "XML:com.adobe.xmp"
)

// maxText bounds what a compressed text chunk may unfold to.
const maxText = 1 << 20

// addPNG takes what a chunk says, if it is one that says something.
func (m *metadata) addPNG(c chunk) {
	switch c.kind {
	case "eXIf":
		m.exif = c.data
	case "tEXt", "zTXt", "iTXt":
		keyword, rest, _ := bytes.Cut(c.data, []byte{0})
		switch string(keyword) {
		case keywordProfile:
			m.profile = parseProfile(pngText(c.kind, rest))
		case keywordXMP:
			m.xmp = pngText(c.kind, rest)
		}
	}
}

// pngText is the text of a chunk without its keyword (section 11.3.4).
func pngText(kind string, b []byte) []byte {
	compressed := kind == "zTXt"
	skip := 0
	switch kind {
	case "zTXt": // method
		skip = 1
	case "iTXt": // flag, method, language, translated keyword
		skip = 2
		compressed = len(b) > 0 && b[0] == 1
	}
	if len(b) < skip {
		return nil
	}
	b = b[skip:]
	if kind == "iTXt" {
		_, b, _ = bytes.Cut(b, []byte{0})
		_, b, _ = bytes.Cut(b, []byte{0})
	}
	if !compressed {
		return b
	}
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(z, maxText))
	return text
}

// parseProfile reads ImageMagick's form: an empty line, a name, a length, then hexadecimal lines.
func parseProfile(text []byte) []byte {
	lines := bytes.Split(text, []byte("\n"))
	if len(lines) < 4 {
		return nil
	}
	digits := bytes.Join(lines[3:], nil)
	out := make([]byte, len(digits)/2)
	n, _ := hex.Decode(out, digits[:2*len(out)])
	return out[:n]
}
