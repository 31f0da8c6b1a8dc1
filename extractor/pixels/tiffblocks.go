package pixels

import (
	"compress/zlib"
	"errors"
	"io"
)

// Tiles beyond these do not occur; they bound the memory of a row of tiles.
const (
	maxTilesAcross = 1024
	maxTileWidth   = 1 << 16
)

var errBlockEnds = errors.New("the block ends too early")

// tiffBlocks reads the strips or tiles of an image as rows over its whole width: strips are tiles
// as wide as the image. The last tile across may reach over the edge. Separate planes come one
// after another, each as wide as the row.
type tiffBlocks struct {
	file        []byte
	compression int
	predictor   int
	backwards   bool // the lowest bit of a byte comes first
	layout      tiffLayout
	width       int // of a block, in pixels
	height      int
	imageHeight int
	tiled       bool
	across      int
	planes      int
	samples     int // of a pixel in one plane
	rowBytes    int // of a block
	offsets     []uint32
	counts      []uint32
	open        []io.Reader // of the blocks that the present row crosses

	decompressors
	chroma *subsampling // of YCbCr, if there is less chroma than luma
}

func (t *tiffReader) readBlocks(limits Limits) error {
	b := &t.blocks
	*b = tiffBlocks{
		file: t.file, layout: t.layout, open: b.open[:0], decompressors: b.decompressors,
		across: 1, planes: 1, samples: t.layout.samples, imageHeight: t.height,
		compression: t.tag(tagCompression, tiffRaw), predictor: t.tag(tagPredictor, predictorPlain),
		backwards: t.tag(tagFillOrder, 1) == 2,
	}
	if tw := t.tag(tagTileWidth, 0); tw > 0 {
		b.tiled, b.width, b.height = true, tw, t.tag(tagTileHeight, 0)
		b.offsets, b.counts = t.tags[tagTileOffsets], t.tags[tagTileByteCounts]
		b.across = (t.width + tw - 1) / tw
	} else {
		b.width, b.height = t.width, min(t.tag(tagRowsPerStrip, t.height), t.height)
		b.offsets, b.counts = t.tags[tagStripOffsets], t.tags[tagStripByteCounts]
	}
	if t.tag(tagPlanar, 1) != 1 && t.layout.samples > 1 {
		b.planes, b.samples = t.layout.samples, 1
	}
	if err := b.check(t.width); err != nil {
		return err
	}
	pixel := b.samples * b.layout.bits
	b.rowBytes = (b.width*pixel + 7) / 8
	if b.across > 1 && b.width*pixel%8 != 0 {
		return broken("TIFF has tiles that do not end at a byte")
	}
	if err := t.readCompression(limits); err != nil {
		return err
	}
	return t.readYCbCr()
}

// check looks at what the tags say of the blocks.
func (b *tiffBlocks) check(width int) error {
	tooWide := b.across > maxTilesAcross || b.width > width+maxTileWidth
	if b.height < 1 || tooWide {
		return broken("TIFF has blocks of an impossible size of %d×%d", b.width, b.height)
	}
	if need := b.down() * b.across * b.planes; len(b.offsets) < need || b.compression != tiffRaw && len(b.counts) < need {
		return broken("TIFF has %d blocks of image data where %d are needed", len(b.offsets), need)
	}
	if b.planes > 1 && (b.layout.bits%8 != 0 || b.layout.photometric == tiffYCbCr) {
		return unsupported("TIFF with separate planes of %s of %d bits is not read", named(tiffPhotometrics, b.layout.photometric, ""), b.layout.bits)
	}
	return nil
}

// down is how many blocks lie below one another.
func (b *tiffBlocks) down() int { return (b.imageHeight + b.height - 1) / b.height }

// read decompresses row y of the image into row.
func (b *tiffBlocks) read(row []byte, y int) error {
	if y%b.height == 0 {
		if err := b.openRow(y); err != nil {
			return err
		}
	}
	for i, r := range b.open {
		part := row[i*b.rowBytes : (i+1)*b.rowBytes]
		if _, err := io.ReadFull(r, part); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return errBlockEnds
			}
			return err
		}
		b.predict(part)
	}
	if b.deflated() && (y == b.imageHeight-1 || (y+1)%b.height == 0) {
		return b.checkSums()
	}
	return nil
}

// openRow starts the blocks that begin with row y.
func (b *tiffBlocks) openRow(y int) error {
	b.open = b.open[:0]
	for p := range b.planes {
		for i := range b.across {
			r, err := b.block((p*b.down()+y/b.height)*b.across+i, min(b.height, b.imageHeight-y))
			if err != nil {
				return err
			}
			b.open = append(b.open, r)
		}
	}
	return nil
}

// checkSums reads the end of each open block, where its checksum is. The last strip may have been
// made with more rows than the image; that is no error.
func (b *tiffBlocks) checkSums() error {
	var surplus [1]byte
	for _, r := range b.open {
		if _, err := r.Read(surplus[:]); errors.Is(err, zlib.ErrChecksum) {
			return err
		}
	}
	return nil
}

// block starts to decompress block i; rows is how many it has, unless it is a tile.
func (b *tiffBlocks) block(i, rows int) (io.Reader, error) {
	at, n := int64(b.offsets[i]), b.plainBytes()
	if b.compression != tiffRaw {
		n = int64(b.counts[i])
	}
	if at >= int64(len(b.file)) || b.compression != tiffRaw && at+n > int64(len(b.file)) {
		return nil, errBlockEnds
	}
	data := b.file[at:min(at+n, int64(len(b.file)))]
	if b.backwards && b.compression != tiffJPEG {
		data = reversed(data)
	}
	r, err := b.decompress(data, rows)
	if err != nil || b.chroma == nil {
		return r, err
	}
	return newSpreader(*b.chroma, r), nil
}

// plainBytes is the size of a whole block that is not compressed.
func (b *tiffBlocks) plainBytes() int64 {
	if b.chroma != nil {
		return b.chroma.bytes(b.height)
	}
	return int64(b.rowBytes) * int64(b.height)
}
