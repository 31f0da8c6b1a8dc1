package pixels

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// Values of the Compression tag that are read.
const (
	tiffRaw        = 1
	tiffFax3       = 3
	tiffFax4       = 4
	tiffLZW        = 5
	tiffDeflate    = 8
	tiffPackBits   = 32773
	tiffOldDeflate = 32946
)

// Values of the Predictor tag that are read.
const (
	predictorPlain  = 1
	predictorDiffer = 2
)

// Tiles beyond these do not occur; they bound the memory of a row of tiles.
const (
	maxTilesAcross = 1024
	maxTileWidth   = 1 << 16
)

var errBlockEnds = errors.New("the block ends too early")

// tiffBlocks reads the strips or tiles of an image as rows over its whole width: strips are tiles
// as wide as the image. The last tile across may reach over the edge.
type tiffBlocks struct {
	file        []byte
	compression int
	predictor   int
	backwards   bool // the lowest bit of a byte comes first
	layout      tiffLayout
	width       int // of a block, in pixels
	height      int
	imageWidth  int
	imageHeight int
	across      int
	rowBytes    int // of a block
	offsets     []uint32
	counts      []uint32
	open        []io.Reader // of the blocks that the present row crosses
}

func (t *tiffReader) readBlocks() error {
	b := &t.blocks
	*b = tiffBlocks{file: t.file, layout: t.layout, open: b.open[:0], across: 1, imageWidth: t.width, imageHeight: t.height}
	b.compression = t.tag(tagCompression, tiffRaw)
	b.predictor = t.tag(tagPredictor, predictorPlain)
	b.backwards = t.tag(tagFillOrder, 1) == 2
	if tw := t.tag(tagTileWidth, 0); tw > 0 {
		b.width, b.height = tw, t.tag(tagTileHeight, 0)
		b.offsets, b.counts = t.tags[tagTileOffsets], t.tags[tagTileByteCounts]
		b.across = (t.width + tw - 1) / tw
	} else {
		b.width, b.height = t.width, min(t.tag(tagRowsPerStrip, t.height), t.height)
		b.offsets, b.counts = t.tags[tagStripOffsets], t.tags[tagStripByteCounts]
	}
	if err := b.check(t.height); err != nil {
		return err
	}
	pixel := b.layout.samples * b.layout.bits
	b.rowBytes = (b.width*pixel + 7) / 8
	if b.across > 1 && b.width*pixel%8 != 0 {
		return broken("TIFF has tiles that do not end at a byte")
	}
	if b.compression == tiffFax3 && t.tag(tagFaxOptions, 0)&1 != 0 {
		return unsupported("TIFF with two-dimensional group 3 fax is not read")
	}
	return nil
}

// check looks at what the tags say of the blocks.
func (b *tiffBlocks) check(height int) error {
	switch b.compression {
	case tiffRaw, tiffLZW, tiffDeflate, tiffOldDeflate, tiffPackBits:
	case tiffFax3, tiffFax4:
		if b.layout.bits*b.layout.samples != 1 {
			return broken("TIFF has a fax of more than one bit a pixel")
		}
	default:
		return unsupported("TIFF with compression %d is not read", b.compression)
	}
	if b.predictor != predictorPlain && b.predictor != predictorDiffer {
		return unsupported("TIFF with predictor %d is not read", b.predictor)
	}
	tooWide := b.across > maxTilesAcross || b.width > b.imageWidth+maxTileWidth
	if b.height < 1 || tooWide {
		return broken("TIFF has blocks of an impossible size of %d×%d", b.width, b.height)
	}
	need := (height + b.height - 1) / b.height * b.across
	if len(b.offsets) < need || b.compression != tiffRaw && len(b.counts) < need {
		return broken("TIFF has %d blocks of image data where %d are needed", len(b.offsets), need)
	}
	return nil
}

// read decompresses row y of the image into row.
func (b *tiffBlocks) read(row []byte, y int) error {
	if y%b.height == 0 {
		b.open = b.open[:0]
		for i := range b.across {
			r, err := b.block(y/b.height*b.across+i, min(b.height, b.imageHeight-y))
			if err != nil {
				return err
			}
			b.open = append(b.open, r)
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
		if b.predictor == predictorDiffer && (b.compression == tiffLZW || b.deflated()) {
			b.layout.sum(part)
		}
	}
	if b.deflated() && (y == b.imageHeight-1 || (y+1)%b.height == 0) {
		return b.checkSums()
	}
	return nil
}

func (b *tiffBlocks) deflated() bool {
	return b.compression == tiffDeflate || b.compression == tiffOldDeflate
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
	at := int64(b.offsets[i])
	n := int64(b.rowBytes) * int64(b.height)
	if b.compression != tiffRaw {
		n = int64(b.counts[i])
	}
	if at >= int64(len(b.file)) || b.compression != tiffRaw && at+n > int64(len(b.file)) {
		return nil, errBlockEnds
	}
	data := b.file[at:min(at+n, int64(len(b.file)))]
	if b.backwards {
		data = reversed(data)
	}
	r := bytes.NewReader(data)
	switch b.compression {
	case tiffRaw:
		return r, nil
	case tiffLZW:
		return lzw.NewReader(r, lzw.MSB, 8), nil
	case tiffPackBits:
		return &packBits{data: data}, nil
	case tiffFax3, tiffFax4:
		kind := ccitt.Group3
		if b.compression == tiffFax4 {
			kind = ccitt.Group4
		}
		// As in libtiff, white runs are zeros, whatever zero then means.
		return ccitt.NewReader(r, ccitt.MSB, kind, b.width, rows, &ccitt.Options{Invert: true}), nil
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("deflate: %w", err)
	}
	return z, nil
}

func reversed(data []byte) []byte {
	out := make([]byte, len(data))
	for i, v := range data {
		out[i] = bits.Reverse8(v)
	}
	return out
}

// sum undoes horizontal differencing: each sample was stored less the one of the pixel to its left.
func (l tiffLayout) sum(row []byte) {
	switch {
	case l.bits == 8:
		for i := l.samples; i < len(row); i++ {
			row[i] += row[i-l.samples]
		}
	case l.bits == 16:
		low, high := 1, 0
		if l.little {
			low, high = 0, 1
		}
		for i := 2 * l.samples; i+1 < len(row); i += 2 {
			left := row[i-2*l.samples:]
			v := uint16(row[i+high])<<8 | uint16(row[i+low])
			v += uint16(left[high])<<8 | uint16(left[low])
			row[i+high], row[i+low] = byte(v>>8), byte(v)
		}
	}
}

// packBits expands Apple's run lengths (TIFF 6.0, section 9).
type packBits struct {
	data    []byte
	literal int // bytes to copy
	repeat  int // times that value is to come
	value   byte
}

func (p *packBits) Read(dst []byte) (int, error) {
	n := 0
	for n < len(dst) {
		switch {
		case p.repeat > 0:
			dst[n] = p.value
			n++
			p.repeat--
		case p.literal > 0 && len(p.data) > 0:
			k := copy(dst[n:], p.data[:min(p.literal, len(p.data))])
			p.data = p.data[k:]
			p.literal -= k
			n += k
		case len(p.data) < 2:
			return n, io.EOF
		default:
			p.start(int8(p.data[0]))
		}
	}
	return n, nil
}

// start begins the run that a count announces; -128 announces none.
func (p *packBits) start(count int8) {
	switch {
	case count >= 0:
		p.literal = int(count) + 1
		p.data = p.data[1:]
	case count == -128:
		p.data = p.data[1:]
	default:
		p.repeat, p.value = 1-int(count), p.data[1]
		p.data = p.data[2:]
	}
}
