package pixels

import (
	"errors"
	"image"
	"slices"
)

// Tags of TIFF 6.0 that say how the pixels are stored.
const (
	tagWidth           = 256
	tagHeight          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagSamples         = 277
	tagRowsPerStrip    = 278
	tagStripByteCounts = 279
	tagPlanar          = 284
	tagFaxOptions      = 292
	tagPredictor       = 317
	tagColorMap        = 320
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagTileOffsets     = 324
	tagTileByteCounts  = 325
	tagExtraSamples    = 338
	tagSampleFormat    = 339
)

// What the samples mean (PhotometricInterpretation).
const (
	tiffWhiteIsZero = 0
	tiffBlackIsZero = 1
	tiffRGB         = 2
	tiffPalette     = 3
	tiffCMYK        = 5
)

// What the first extra sample means (ExtraSamples).
const (
	tiffMultiplied = 1 // an alpha by which the colours are multiplied
	tiffAlpha      = 2
)

// tiffReader decodes the first image of a TIFF file: gray and palette of 1, 2, 4 and 8 bits, gray of
// 16, RGB and CMYK of 8 and 16, with extra samples, in strips or tiles; uncompressed, LZW, deflate,
// PackBits and fax. Not read: separate planes, YCbCr, Lab, JPEG in TIFF, floating point, BigTIFF.
// It streams: a row, and the state of one decompressor a tile across, are in memory.
type tiffReader struct {
	file    []byte
	width   int
	height  int
	tags    map[uint16][]uint32
	layout  tiffLayout
	palette [256][3]byte
	blocks  tiffBlocks
	window  image.Rectangle
	y       int
	row     []byte
	out     []byte
}

// tiffLayout says what a pixel is.
type tiffLayout struct {
	photometric int
	bits        int
	samples     int
	alpha       bool // the first extra sample is an alpha
	multiplied  bool // and the colours are multiplied by it
	little      bool // byte order of 16-bit samples
}

func isTIFF(b []byte) bool { return prefix("II*\x00")(b) || prefix("MM\x00*")(b) }

func openTIFF(d *Decoder, file []byte) (picture, header, error) {
	t := &d.tiff
	t.file, t.y = file, 0
	t.readTags()
	t.width, t.height = t.tag(tagWidth, 0), t.tag(tagHeight, 0)
	if err := d.limits.checkPixels("TIFF", t.width, t.height); err != nil {
		return nil, header{}, err
	}
	if err := t.readLayout(); err != nil {
		return nil, header{}, err
	}
	if err := t.readBlocks(); err != nil {
		return nil, header{}, err
	}
	meta := metadata{exif: file, xmp: tiffXMP(file)}
	return t, header{
		width: t.width, height: t.height, orientation: meta.orientation(), depth: t.layout.bits,
		gray: t.layout.photometric <= tiffBlackIsZero, alpha: t.layout.alpha,
	}, nil
}

// tiffTags are the tags whose values are looked at.
var tiffTags = []uint16{
	tagWidth, tagHeight, tagBits, tagCompression, tagPhotometric, tagFillOrder, tagStripOffsets,
	tagSamples, tagRowsPerStrip, tagStripByteCounts, tagPlanar, tagFaxOptions, tagPredictor,
	tagColorMap, tagTileWidth, tagTileHeight, tagTileOffsets, tagTileByteCounts, tagExtraSamples,
	tagSampleFormat,
}

// readTags reads the values of the known tags; of one that is there twice, the last.
func (t *tiffReader) readTags() {
	found := map[uint16]field{}
	for f := range fields(t.file) {
		if slices.Contains(tiffTags, f.tag) {
			found[f.tag] = f
		}
	}
	t.tags = map[uint16][]uint32{}
	for tag, f := range found {
		t.tags[tag] = f.integers(t.file)
	}
}

// tag is the first value of a tag, or otherwise.
func (t *tiffReader) tag(tag uint16, otherwise int) int {
	if v := t.tags[tag]; len(v) > 0 {
		return int(v[0])
	}
	return otherwise
}

func (t *tiffReader) readLayout() error {
	l := tiffLayout{photometric: t.tag(tagPhotometric, 0), bits: t.tag(tagBits, 1), samples: t.tag(tagSamples, 1)}
	l.little = t.file[0] == 'I'
	for _, bits := range t.tags[tagBits] {
		if int(bits) != l.bits {
			return unsupported("TIFF with different numbers of bits a sample is not read")
		}
	}
	if f := t.tag(tagSampleFormat, 1); f != 1 {
		return unsupported("TIFF with sample format %d is not read; only unsigned integers are", f)
	}
	if t.tag(tagPlanar, 1) != 1 && l.samples > 1 {
		return unsupported("TIFF with separate planes is not read")
	}
	channels, depths := 0, []int(nil)
	switch l.photometric {
	case tiffWhiteIsZero, tiffBlackIsZero:
		channels, depths = 1, []int{1, 2, 4, 8, 16}
	case tiffPalette:
		channels, depths = 1, []int{1, 2, 4, 8}
	case tiffRGB:
		channels, depths = 3, []int{8, 16}
	case tiffCMYK:
		channels, depths = 4, []int{8, 16}
	}
	fits := l.samples == channels || l.samples > channels && l.samples <= channels+3 && l.bits >= 8
	if !slices.Contains(depths, l.bits) || !fits {
		return unsupported("TIFF with photometric interpretation %d, %d samples of %d bits, is not read", l.photometric, l.samples, l.bits)
	}
	if l.samples > channels { // as in Pillow, an extra sample without a meaning is an alpha
		extra := t.tag(tagExtraSamples, tiffAlpha)
		l.multiplied, l.alpha = extra == tiffMultiplied, extra == tiffMultiplied || extra == tiffAlpha
	}
	if l.multiplied && l.photometric != tiffRGB {
		return unsupported("TIFF with gray multiplied by alpha is not read")
	}
	t.layout = l
	t.readPalette()
	return nil
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

func (t *tiffReader) rows(window image.Rectangle) (rows, error) {
	t.window = window
	t.row = grow(t.row, t.blocks.rowBytes*t.blocks.across)
	t.out = grow(t.out, 3*window.Dx())
	for t.y < window.Min.Y {
		if err := t.read(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *tiffReader) next() ([]byte, error) {
	if err := t.read(); err != nil {
		return nil, err
	}
	t.unpack(t.out, t.row, t.window.Min.X)
	return t.out, nil
}

func (t *tiffReader) finish() error {
	for t.y < t.height {
		if err := t.read(); err != nil {
			return err
		}
	}
	return nil
}

// read decompresses one row.
func (t *tiffReader) read() error {
	if err := t.blocks.read(t.row, t.y); err != nil {
		if errors.Is(err, errBlockEnds) {
			return truncated("TIFF", t.y, t.height)
		}
		return broken("TIFF is damaged in row %d of %d: %v", t.y+1, t.height, err)
	}
	t.y++
	return nil
}

// unpack turns pixels from x0 on of a row into RGB.
func (t *tiffReader) unpack(dst, row []byte, x0 int) {
	l := t.layout
	for i := range len(dst) / 3 {
		px := dst[3*i : 3*i+3]
		x := x0 + i
		switch {
		case l.photometric == tiffPalette && l.samples == 1:
			copy(px, t.palette[bitsAt(row, x, l.bits)][:])
		case l.photometric == tiffPalette:
			copy(px, t.palette[row[x*l.samples]][:])
		case l.photometric <= tiffBlackIsZero:
			spread(px, l.gray(row, x))
		default:
			l.colour(px, row[x*l.samples*l.bits/8:])
		}
	}
}

// gray is pixel x of a row. Of 16 bits, Pillow clips what is over 255 and never inverts.
func (l tiffLayout) gray(row []byte, x int) byte {
	if l.bits == 16 {
		s := row[2*x*l.samples:]
		if l.little {
			return clip16(s[1], s[0])
		}
		return clip16(s[0], s[1])
	}
	var v byte
	if l.samples == 1 {
		v = byte(int(bitsAt(row, x, l.bits)) * 255 / (1<<l.bits - 1))
	} else {
		v = row[x*l.samples]
	}
	if l.photometric == tiffWhiteIsZero {
		return 255 - v
	}
	return v
}

// colour converts one pixel of RGB or CMYK. Of 16 bits the high byte counts.
func (l tiffLayout) colour(dst, px []byte) {
	var s [4]byte
	size := l.bits / 8
	high := 0
	if l.little {
		high = size - 1
	}
	for i := range min(l.samples, 4) {
		s[i] = px[size*i+high]
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

// cmykToRGB is Pillow's conversion: white less black, less that share of each ink.
func cmykToRGB(dst []byte, s [4]byte) {
	white := 255 - int(s[3])
	for i, ink := range s[:3] {
		product := int(ink)*white + 128
		dst[i] = byte(max(white-(product>>8+product)>>8, 0))
	}
}
