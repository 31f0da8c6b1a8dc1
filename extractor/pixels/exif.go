package pixels

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"io"
	"iter"
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
			value = uint32(match[1][0] - '0')
		}
	}
	if value < 1 || value > 8 {
		return 1
	}
	return orientation(value)
}

// Tags of a TIFF directory.
const (
	tagOrientation = 0x0112
	tagXMP         = 0x02bc
)

// field is an entry of a TIFF directory (TIFF 6.0, page 14).
type field struct {
	tag, kind uint16
	count     uint32
	data      []byte // 4 bytes: the value, or where it is
	order     binary.ByteOrder
}

// fields are the entries of the first directory of an EXIF block or a TIFF file: a header of byte
// order, 42 and an offset; there a count, and entries of 12 bytes. A broken block just ends early.
func fields(b []byte) iter.Seq[field] {
	return func(yield func(field) bool) {
		order := byteOrder(b)
		if order == nil {
			return
		}
		start := uint64(order.Uint32(b[4:]))
		if start+2 > uint64(len(b)) {
			return
		}
		entries := b[start+2:]
		for range order.Uint16(b[start:]) {
			if len(entries) < 12 {
				return
			}
			e := entries[:12]
			entries = entries[12:]
			if !yield(field{order.Uint16(e), order.Uint16(e[2:]), order.Uint32(e[4:]), e[8:], order}) {
				return
			}
		}
	}
}

// byteOrder returns nil if b does not begin with a whole TIFF header.
func byteOrder(b []byte) binary.ByteOrder {
	switch {
	case len(b) < 8:
	case string(b[:4]) == "II*\x00":
		return binary.LittleEndian
	case string(b[:4]) == "MM\x00*":
		return binary.BigEndian
	}
	return nil
}

// exifOrientation reads the orientation from an EXIF block. If it is there twice, the last counts.
func exifOrientation(b []byte) (value uint32, found bool) {
	for range 2 { // some writers put the prefix twice
		b = bytes.TrimPrefix(b, []byte("Exif\x00\x00"))
	}
	for f := range fields(b) {
		if v, ok := f.integer(); ok && f.tag == tagOrientation {
			value, found = v, true
		}
	}
	return value, found
}

// integer is the value of a field that holds one integer of 16 or 32 bits.
func (f field) integer() (uint32, bool) {
	switch {
	case f.count != 1:
	case f.kind == 3, f.kind == 8: // SHORT, SSHORT
		return uint32(f.order.Uint16(f.data)), true
	case f.kind == 4, f.kind == 9: // LONG, SLONG
		return f.order.Uint32(f.data), true
	}
	return 0, false
}

// integers are all values of a field of bytes, or of unsigned integers of 16 or 32 bits.
func (f field) integers(file []byte) []uint32 {
	size := map[uint16]uint64{1: 1, 3: 2, 4: 4}[f.kind]
	n := uint64(f.count) * size
	data := f.data
	if n > 4 {
		at := uint64(f.order.Uint32(f.data))
		if at+n > uint64(len(file)) {
			return nil
		}
		data = file[at:]
	}
	values := make([]uint32, n/max(size, 1))
	for i := range values {
		switch size {
		case 1:
			values[i] = uint32(data[i])
		case 2:
			values[i] = uint32(f.order.Uint16(data[2*i:]))
		default:
			values[i] = f.order.Uint32(data[4*i:])
		}
	}
	return values
}

// tiffXMP is the XMP packet of a TIFF file, if it has one.
func tiffXMP(file []byte) []byte {
	for f := range fields(file) {
		if f.tag != tagXMP || f.kind != 1 && f.kind != 7 { // BYTE, UNDEFINED
			continue
		}
		at, n := uint64(f.order.Uint32(f.data)), uint64(f.count)
		if n > 4 && at+n <= uint64(len(file)) {
			return file[at : at+n]
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
