package pixels

import (
	"encoding/binary"
	"image"
)

// Compression values of a bitmap header that graft reads.
const (
	bmpRaw       = 0
	bmpRLE8      = 1
	bmpRLE4      = 2
	bmpBitfields = 3
)

// bmpReader decodes Windows bitmaps of every header that Pillow's BmpImagePlugin reads: 1, 4, 8, 16,
// 24 and 32 bits, bit fields, and run lengths; also those without a file header, as the clipboard
// has them (DIB). Rows are read where they lie in the file.
type bmpReader struct {
	file        []byte
	width       int
	height      int
	bits        int
	compression int
	topDown     bool
	head        int // size of the file header
	offset      int // of the pixels
	stride      int
	palette     [256][3]byte
	layout      pixelLayout
	ground      ground
	indices     []byte // all pixels' palette numbers, if run-length encoded
	window      image.Rectangle
	y           int
	out         []byte
}

// pixelLayout says where the channels of a pixel of 2, 3 or 4 bytes are.
type pixelLayout struct {
	size    int
	channel [3]int // byte offsets of R, G and B
	green   int    // bits of green in 16-bit pixels: 5 or 6
	alpha   bool   // the fourth channel is one
}

// bmpLayouts are the masks of R, G and B that Pillow knows, and their meaning. For 32 bits the mask
// of alpha belongs to the key.
var bmpLayouts = map[int]map[[4]uint32]pixelLayout{
	32: {
		{0xff0000, 0xff00, 0xff, 0}:            {size: 4, channel: [3]int{2, 1, 0}},
		{0xff000000, 0xff0000, 0xff00, 0}:      {size: 4, channel: [3]int{3, 2, 1}},
		{0xff000000, 0xff00, 0xff, 0}:          {size: 4, channel: [3]int{3, 1, 0}},
		{0xff000000, 0xff0000, 0xff00, 0xff}:   {size: 4, channel: [3]int{3, 2, 1}, alpha: true},
		{0xff, 0xff00, 0xff0000, 0xff000000}:   {size: 4, channel: [3]int{0, 1, 2}, alpha: true},
		{0xff0000, 0xff00, 0xff, 0xff000000}:   {size: 4, channel: [3]int{2, 1, 0}, alpha: true},
		{0xff000000, 0xff00, 0xff, 0x00ff0000}: {size: 4, channel: [3]int{3, 1, 0}, alpha: true},
		{}:                                     {size: 4, channel: [3]int{2, 1, 0}, alpha: true},
	},
	24: {{0xff0000, 0xff00, 0xff}: {size: 3, channel: [3]int{2, 1, 0}}},
	16: {
		{0xf800, 0x7e0, 0x1f}: {size: 2, green: 6},
		{0x7c00, 0x3e0, 0x1f}: {size: 2, green: 5},
	},
}

// bmpHeader is the size of a file header, which a DIB does not have.
const bmpHeader = 14

func isBMP(b []byte) bool { return prefix("BM")(b) || isDIB(b) }

// isDIB looks for one of the sizes that bitmap headers have, and one plane of pixels.
func isDIB(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	switch binary.LittleEndian.Uint32(b) {
	case 12:
		return binary.LittleEndian.Uint16(b[8:]) == 1
	case 40, 52, 56, 64, 108, 124:
		return binary.LittleEndian.Uint16(b[12:]) == 1
	}
	return false
}

func openBMP(d *Decoder, file []byte) (picture, header, error) {
	b := &d.bmp
	*b = bmpReader{file: file, head: bmpHeader, ground: d.transform.ground(), indices: b.indices, out: b.out}
	if isDIB(file) {
		b.head = 0
	}
	if err := b.readHeader(); err != nil {
		return nil, header{}, err
	}
	if err := d.limits.checkPixels("BMP", b.width, b.height); err != nil {
		return nil, header{}, err
	}
	b.stride = (b.width*b.bits + 31) / 32 * 4
	h := header{width: b.width, height: b.height, orientation: 1, depth: min(b.bits, 8), alpha: b.layout.alpha}
	if b.bits == 16 {
		h.depth = 5
	}
	return b, h, nil
}

var errBMPHeader = FormatError("BMP is truncated: the file ends inside its header")

// readHeader reads the file header, if there is one, and the bitmap header after it.
func (b *bmpReader) readHeader() error {
	if len(b.file) < b.head+4 {
		return errBMPHeader
	}
	if b.head > 0 {
		b.offset = int(binary.LittleEndian.Uint32(b.file[10:]))
	}
	size := int(binary.LittleEndian.Uint32(b.file[b.head:]))
	if size > len(b.file)-b.head {
		return errBMPHeader
	}
	h := b.file[b.head : b.head+max(size, 4)]
	end := b.head + size
	colours := 0
	switch size {
	case 12:
		b.width, b.height = int(binary.LittleEndian.Uint16(h[4:])), int(binary.LittleEndian.Uint16(h[6:]))
		b.bits = int(binary.LittleEndian.Uint16(h[10:]))
	case 40, 52, 56, 64, 108, 124:
		b.width = int(binary.LittleEndian.Uint32(h[4:]))
		b.height = int(binary.LittleEndian.Uint32(h[8:]))
		if b.topDown = h[11] == 0xff; b.topDown { // a negative height
			b.height = 1<<32 - b.height
		}
		b.bits = int(binary.LittleEndian.Uint16(h[14:]))
		b.compression = int(binary.LittleEndian.Uint32(h[16:]))
		colours = int(binary.LittleEndian.Uint32(h[32:]))
	default:
		return unsupported("BMP with a header of %d bytes is not read", size)
	}
	end, err := b.readLayout(h, end)
	if err != nil {
		return err
	}
	return b.readPalette(end, size, colours)
}

// readLayout finds out how pixels are stored. It returns where the headers end: the masks of bit
// fields may follow a short one.
func (b *bmpReader) readLayout(h []byte, end int) (int, error) {
	switch b.bits {
	case 1, 4, 8:
	case 16:
		b.layout = bmpLayouts[16][[4]uint32{0x7c00, 0x3e0, 0x1f}]
	case 24, 32:
		b.layout = pixelLayout{size: b.bits / 8, channel: [3]int{2, 1, 0}}
	default:
		return 0, unsupported("BMP with %d bits a pixel is not read", b.bits)
	}
	switch b.compression {
	case bmpRaw:
	case bmpRLE8, bmpRLE4:
		if b.bits > 8 {
			return 0, broken("BMP has run lengths of pixels of %d bits", b.bits)
		}
	case bmpBitfields:
		return b.readMasks(h, end)
	default:
		return 0, unsupported("BMP with compression %d is not read", b.compression)
	}
	return end, nil
}

func (b *bmpReader) readMasks(h []byte, end int) (int, error) {
	var key [4]uint32
	masks, n := b.file[min(end, len(b.file)):], 3
	if len(h) >= 52 {
		masks = h[40:]
		if len(h) >= 56 && b.bits == 32 {
			n = 4
		}
	} else {
		end += 12
	}
	if len(masks) < 4*n {
		return 0, errBMPHeader
	}
	for i := range n {
		key[i] = binary.LittleEndian.Uint32(masks[4*i:])
	}
	layout, known := bmpLayouts[b.bits][key]
	if !known {
		return 0, unsupported("BMP with %d bits a pixel and the masks %x is not read", b.bits, key[:n])
	}
	b.layout = layout
	return end, nil
}

// readPalette reads the colours behind the headers. As in Pillow, pixels without an offset of
// their own lie behind it.
func (b *bmpReader) readPalette(end, headerSize, colours int) error {
	entry := 4
	if headerSize == 12 {
		entry = 3
	}
	if colours == 0 {
		colours = 1 << min(b.bits, 30)
	}
	if b.bits <= 8 {
		if colours > 1<<16 {
			return unsupported("BMP with a palette of %d colours is not read", colours)
		}
		if b.head > 0 && b.offset == b.head+headerSize {
			b.offset += entry * colours
		}
		table := b.file[min(end, len(b.file)):min(end+entry*colours, len(b.file))]
		for i := range min(len(table)/entry, 256) {
			c := table[entry*i:]
			b.palette[i] = [3]byte{c[2], c[1], c[0]}
		}
		end += len(table)
	}
	if b.offset == 0 {
		b.offset = end
	}
	return nil
}

func (b *bmpReader) rows(window image.Rectangle) (rows, error) {
	b.window, b.y = window, window.Min.Y
	b.out = grow(b.out, 3*window.Dx())
	if b.runLengths() {
		return b, b.expand()
	}
	if have := (len(b.file) - min(b.offset, len(b.file))) / b.stride; have < b.height {
		last := b.file[min(b.offset+have*b.stride, len(b.file)):]
		if have < b.height-1 || len(last) < (b.width*b.bits+7)/8 {
			return nil, truncated("BMP", have, b.height)
		}
	}
	return b, nil
}

func (b *bmpReader) runLengths() bool { return b.compression == bmpRLE8 || b.compression == bmpRLE4 }

func (b *bmpReader) next() ([]byte, error) {
	line := b.y
	if !b.topDown {
		line = b.height - 1 - b.y
	}
	b.y++
	x0, n := b.window.Min.X, b.window.Dx()
	if b.runLengths() {
		for i, v := range b.indices[line*b.width+x0:][:n] {
			copy(b.out[3*i:3*i+3], b.palette[v][:])
		}
		return b.out, nil
	}
	b.unpack(b.out, b.file[b.offset+line*b.stride:], x0)
	return b.out, nil
}

// unpack turns pixels from x0 on of a stored row into RGB.
func (b *bmpReader) unpack(dst, row []byte, x0 int) {
	n := len(dst) / 3
	switch {
	case b.bits <= 8:
		for i := range n {
			copy(dst[3*i:3*i+3], b.palette[bitsAt(row, x0+i, b.bits)][:])
		}
	case b.bits == 16:
		for i := range n {
			b.layout.unpack16(dst[3*i:3*i+3], binary.LittleEndian.Uint16(row[2*(x0+i):]))
		}
	default:
		c := b.layout.channel
		for i := range n {
			px := row[(x0+i)*b.layout.size:][:b.layout.size]
			dst[3*i], dst[3*i+1], dst[3*i+2] = px[c[0]], px[c[1]], px[c[2]]
			if b.layout.alpha && b.ground.laid { // the fourth byte: 0 + 1 + 2 + 3 less the others
				b.ground.under(dst[3*i:], px[6-c[0]-c[1]-c[2]])
			}
		}
	}
}

// unpack16 spreads 5 bits, or 6 of green, over 0…255, rounding down as Pillow does.
func (l pixelLayout) unpack16(dst []byte, v uint16) {
	dst[0] = byte(int(v>>(5+l.green)&31) * 255 / 31)
	dst[1] = byte(int(v>>5&(1<<l.green-1)) * 255 / (1<<l.green - 1))
	dst[2] = byte(int(v&31) * 255 / 31)
}

func (b *bmpReader) finish() error { return nil }
