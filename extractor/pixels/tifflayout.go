package pixels

import (
	"fmt"
	"math"
	"slices"
)

// What the samples mean (PhotometricInterpretation).
const (
	tiffWhiteIsZero = 0
	tiffBlackIsZero = 1
	tiffRGB         = 2
	tiffPalette     = 3
	tiffCMYK        = 5
	tiffYCbCr       = 6
)

// What numbers the samples are (SampleFormat).
const (
	tiffUnsigned = 1
	tiffSigned   = 2
	tiffFloat    = 3
)

// What the first extra sample means (ExtraSamples).
const (
	tiffMultiplied = 1 // an alpha by which the colours are multiplied
	tiffAlpha      = 2
	tiffCorelAlpha = 999
)

// tiffLayout says what a pixel is.
type tiffLayout struct {
	photometric int
	format      int
	bits        int
	samples     int
	channels    int  // of them that are colours
	alpha       bool // the first extra sample is an alpha
	multiplied  bool // and the colours are multiplied by it
	little      bool // byte order of samples of more than 8 bits
	scale       bool // gray of more than 8 bits keeps the highest 8
	ground      ground
}

// tiffKind is a kind of pixels that is read: how many channels there are, and of how many bits in
// which format.
type tiffKind struct {
	channels int
	depths   map[int][]int
}

var (
	tiffGrayKind = tiffKind{1, map[int][]int{tiffUnsigned: {1, 2, 4, 8, 12, 16, 32}, tiffSigned: {8, 16, 32}, tiffFloat: {32}}}
	tiffKinds    = map[int]tiffKind{
		tiffWhiteIsZero: tiffGrayKind,
		tiffBlackIsZero: tiffGrayKind,
		tiffPalette:     {1, map[int][]int{tiffUnsigned: {1, 2, 4, 8}}},
		tiffRGB:         {3, map[int][]int{tiffUnsigned: {8, 16}}},
		tiffCMYK:        {4, map[int][]int{tiffUnsigned: {8, 16}}},
		tiffYCbCr:       {3, map[int][]int{tiffUnsigned: {8}}},
	}
)

// readLayout finds out what a pixel is, and refuses what cannot be read.
func (t *tiffReader) readLayout(tr Transform) error {
	l := tiffLayout{
		photometric: t.tag(tagPhotometric, 0), format: t.tag(tagSampleFormat, tiffUnsigned),
		bits: t.tag(tagBits, 1), samples: t.tag(tagSamples, 1),
		little: t.file[0] == 'I', scale: tr.Gray16 == ScaleGray16, ground: tr.ground(),
	}
	for _, bits := range t.tags[tagBits] {
		if int(bits) != l.bits {
			return unsupported("TIFF with different numbers of bits a sample is not read")
		}
	}
	kind, known := tiffKinds[l.photometric]
	l.channels = kind.channels
	if !known {
		return unsupported("TIFF with %s is not read", named(tiffPhotometrics, l.photometric, "photometric interpretation"))
	}
	extra := l.samples - kind.channels
	fits := extra == 0 || extra > 0 && extra <= 3 && (l.bits == 8 || l.bits == 16) && l.photometric != tiffYCbCr
	if !slices.Contains(kind.depths[l.format], l.bits) || !fits {
		return unsupported("TIFF of %s with %d × %d bits, %s, is not read", named(tiffPhotometrics, l.photometric, ""),
			l.samples, l.bits, named(tiffFormats, l.format, "sample format"))
	}
	if extra > 0 && l.photometric <= tiffPalette { // as in Pillow, an extra sample without a meaning is an alpha
		meaning := t.tag(tagExtraSamples, tiffAlpha)
		l.multiplied = meaning == tiffMultiplied
		l.alpha = l.multiplied || meaning == tiffAlpha || meaning == tiffCorelAlpha
	}
	if l.multiplied && l.photometric != tiffRGB {
		return unsupported("TIFF with gray multiplied by alpha is not read")
	}
	t.layout = l
	t.readPalette()
	return nil
}

// Names of what is not read, and of what is.
var (
	tiffPhotometrics = map[int]string{
		tiffWhiteIsZero: "gray", tiffBlackIsZero: "gray", tiffRGB: "RGB", tiffPalette: "a palette", tiffCMYK: "CMYK", tiffYCbCr: "YCbCr",
		4: "a transparency mask", 8: "L*a*b* colour", 9: "ICC L*a*b* colour", 10: "ITU L*a*b* colour",
		32803: "raw sensor data (a colour filter array)", 32844: "LogL luminance", 32845: "LogLuv colour",
		34892: "raw sensor data (linear)", 51177: "a depth map",
	}
	tiffFormats = map[int]string{
		tiffUnsigned: "unsigned integers", tiffSigned: "signed integers", tiffFloat: "floating point",
		4: "untyped", 5: "complex integers", 6: "complex floating point",
	}
)

// named is the name of a value, or the value where it has none.
func named(names map[int]string, value int, what string) string {
	if name := names[value]; name != "" {
		return name
	}
	return fmt.Sprintf("%s %d", what, value)
}

// readPalette takes the high bytes of the colour map: all reds, all greens, all blues.
func (t *tiffReader) readPalette() {
	t.palette = [256][3]byte{}
	m := t.tags[tagColorMap]
	n := len(m) / 3
	for i := range min(n, 256) {
		t.palette[i] = [3]byte{byte(m[i] >> 8), byte(m[n+i] >> 8), byte(m[2*n+i] >> 8)}
	}
}

// gray is pixel x of a row. What has more than 8 bits Pillow clips at 0 and 255, and never inverts.
func (l *tiffLayout) gray(row []byte, x int) byte {
	var v byte
	switch {
	case l.bits == 12:
		return l.deep(twelve(row, x), 4)
	case l.bits == 16 && l.format == tiffSigned:
		return l.deep(int(int16(l.uint16(row[2*x*l.samples:]))), 7)
	case l.bits == 16:
		return l.deep(int(l.uint16(row[2*x*l.samples:])), 8)
	case l.bits == 32:
		return l.gray32(row[4*x:])
	case l.samples == 1:
		v = byte(int(bitsAt(row, x, l.bits)) * 255 / (1<<l.bits - 1))
	default:
		v = row[x*l.samples]
	}
	if l.photometric == tiffWhiteIsZero {
		return 255 - v
	}
	return v
}

// deep is a gray of more than 8 bits; the upper 8 are those over shift.
func (l *tiffLayout) deep(v, shift int) byte {
	if l.scale {
		v >>= shift
	}
	return byte(max(0, min(v, 255)))
}

// twelve is sample x of a row of samples of 12 bits.
func twelve(row []byte, x int) int {
	b := row[x/2*3+x%2:]
	if x%2 == 0 {
		return int(b[0])<<4 | int(b[1])>>4
	}
	return int(b[0])&15<<8 | int(b[1])
}

// gray32 is a gray of 32 bits, unsigned ones taken for signed as by Pillow.
func (l *tiffLayout) gray32(b []byte) byte {
	bits := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	if l.little {
		bits = uint32(b[3])<<24 | uint32(b[2])<<16 | uint32(b[1])<<8 | uint32(b[0])
	}
	if l.format != tiffFloat {
		return byte(max(0, min(int32(bits), 255)))
	}
	switch v := math.Float32frombits(bits); {
	case v >= 255:
		return 255
	case v > 0:
		return byte(v)
	}
	return 0 // NaN, too
}

func (l *tiffLayout) uint16(b []byte) uint16 {
	if l.little {
		return uint16(b[1])<<8 | uint16(b[0])
	}
	return uint16(b[0])<<8 | uint16(b[1])
}

// colour converts one pixel of RGB or CMYK. Of 16 bits the high byte counts.
func (l *tiffLayout) colour(dst, px []byte) {
	var s [4]byte
	for i := range min(l.samples, 4) {
		s[i] = l.high(px, i)
	}
	copy(dst, s[:3])
	switch {
	case l.photometric == tiffCMYK:
		cmykToRGB(dst, s)
	case l.multiplied && s[3] == 0:
		clear(dst)
	case l.multiplied:
		for i, v := range s[:3] {
			dst[i] = byte(min(int(v)*255/int(s[3]), 255))
		}
	}
}

// high is sample i of a pixel of samples of 8 or 16 bits, its high byte.
func (l *tiffLayout) high(px []byte, i int) byte {
	size := l.bits / 8
	if l.little {
		return px[size*i+size-1]
	}
	return px[size*i]
}

// lay puts the ground under pixel x of a row, whose colour is in dst; its alpha is the first sample
// behind the colour's.
func (l *tiffLayout) lay(dst, row []byte, x int) {
	l.ground.under(dst, l.high(row[x*l.samples*l.bits/8:], l.channels))
}

// cmykToRGB is Pillow's conversion: white less black, less that share of each ink.
func cmykToRGB(dst []byte, s [4]byte) {
	white := 255 - int(s[3])
	for i, ink := range s[:3] {
		product := int(ink)*white + 128
		dst[i] = byte(max(white-(product>>8+product)>>8, 0))
	}
}
