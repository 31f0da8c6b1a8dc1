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
