package pixels

import (
	"errors"
	"image"
	"slices"
)

// Tags of TIFF 6.0 that say how the pixels are stored, and of its Technical Note 2.
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
	tagJPEGTables      = 347
	tagLuma            = 529
	tagSubsampling     = 530
	tagBlackWhite      = 532
)

// tiffReader decodes the first image of a TIFF or BigTIFF file: gray of 1, 2, 4, 8, 12, 16 and 32
// bits, signed and floating point too, palettes of 1, 2, 4 and 8, RGB and CMYK of 8 and 16, with
// extra samples, and YCbCr; in strips or tiles, together or in separate planes; uncompressed, LZW,
// deflate, zstd, JPEG, PackBits and fax. What is not read is refused by its name.
// It streams, apart from zstd: a row, and the state of one decompressor a tile across, are in memory.
type tiffReader struct {
	file    []byte
	width   int
	height  int
	tags    map[uint16][]uint32
	layout  tiffLayout
	palette [256][3]byte
	ycbcr   *ycbcrTables // where the samples are YCbCr
	blocks  tiffBlocks
	window  image.Rectangle
	y       int
	planes  []byte // rows of separate planes, one after another
	row     []byte
	out     []byte
}

func isTIFF(b []byte) bool {
	return prefix("II*\x00")(b) || prefix("MM\x00*")(b) || prefix("II+\x00")(b) || prefix("MM\x00+")(b)
}

func openTIFF(d *Decoder, file []byte) (picture, header, error) {
	t := &d.tiff
	t.file, t.y = file, 0
	t.readTags()
	t.width, t.height = t.tag(tagWidth, 0), t.tag(tagHeight, 0)
	if err := d.limits.checkPixels("TIFF", t.width, t.height); err != nil {
		return nil, header{}, err
	}
	if err := t.readLayout(d.transform); err != nil {
		return nil, header{}, err
	}
	if err := t.readBlocks(d.limits); err != nil {
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
	tagSampleFormat, tagSubsampling,
}

// readTags reads the values of the known tags; of one that is there twice, the first.
func (t *tiffReader) readTags() {
	t.tags = map[uint16][]uint32{}
	for f := range fields(t.file) {
		if _, have := t.tags[f.tag]; !have && slices.Contains(tiffTags, f.tag) {
			t.tags[f.tag] = f.integers()
		}
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
	t.row = grow(t.row, t.blocks.rowBytes*t.blocks.across*t.blocks.planes)
	t.planes = grow(t.planes, len(t.row))
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
	raw := t.row
	if t.blocks.planes > 1 {
		raw = t.planes
	}
	if err := t.blocks.read(raw, t.y); err != nil {
		if errors.Is(err, errBlockEnds) {
			return truncated("TIFF", t.y, t.height)
		}
		return broken("TIFF is damaged in row %d of %d: %v", t.y+1, t.height, err)
	}
	if t.blocks.planes > 1 {
		t.interleave()
	}
	t.y++
	return nil
}

// interleave puts the samples of separate planes together.
func (t *tiffReader) interleave() {
	n, size := t.blocks.planes, t.layout.bits/8
	for p := range n {
		plane := t.planes[p*len(t.planes)/n:][:len(t.planes)/n]
		for i := 0; i+size <= len(plane); i += size {
			copy(t.row[i*n+p*size:][:size], plane[i:])
		}
	}
}

// unpack turns pixels from x0 on of a row into RGB.
func (t *tiffReader) unpack(dst, row []byte, x0 int) {
	l := &t.layout
	lay := l.alpha && l.ground.laid
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
		case l.photometric == tiffYCbCr:
			t.ycbcr.rgb(px, row[3*x], row[3*x+1], row[3*x+2])
		default:
			l.colour(px, row[x*l.samples*l.bits/8:])
		}
		if lay {
			l.lay(px, row, x)
		}
	}
}
