package pixels

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"

	"graft/extractor/pixels/jpeg"
)

// Values of the Compression tag that are read.
const (
	tiffRaw        = 1
	tiffFax3       = 3
	tiffFax4       = 4
	tiffLZW        = 5
	tiffJPEG       = 7
	tiffDeflate    = 8
	tiffPackBits   = 32773
	tiffOldDeflate = 32946
	tiffZstd       = 50000
)

// tiffCompressions names those that are not read.
var tiffCompressions = map[int]string{
	2: "CCITT modified Huffman (RLE)", 6: "old-style JPEG", 9: "JBIG", 10: "JBIG", 32766: "NeXT 2-bit",
	32771: "CCITT modified Huffman (RLE, words)", 32809: "ThunderScan", 32895: "IT8", 32896: "IT8", 32897: "IT8", 32898: "IT8",
	32908: "Pixar", 32909: "PixarLog", 32947: "Kodak DCS", 33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000",
	33007: "JPEG 2000", 34661: "JBIG", 34676: "SGI LogLuv", 34677: "SGI LogLuv", 34712: "JPEG 2000", 34713: "Nikon NEF",
	34887: "LERC", 34892: "lossy JPEG of DNG", 34925: "LZMA", 34926: "zstd (before its number was fixed)",
	34927: "WebP", 34933: "PNG", 34934: "JPEG XR", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}

// decompressors are what blocks are decompressed with again and again.
type decompressors struct {
	tables  []byte          // of JPEG, without the markers around them
	model   jpeg.ColorModel // what its components are
	jpegs   []*jpeg.Decoder // one for each block that a row crosses
	streams [][]byte        // what these read
	zstd    *zstd.Decoder
	plain   [][]byte // what zstd gave for each block
	scratch []byte
}

// readCompression refuses what cannot be decompressed, and what would need more than the limits
// before anything is allocated for it.
func (t *tiffReader) readCompression(limits Limits) error {
	b := &t.blocks
	switch b.compression {
	case tiffRaw, tiffLZW, tiffDeflate, tiffOldDeflate, tiffPackBits:
	case tiffFax3, tiffFax4:
		if b.layout.bits*b.layout.samples != 1 {
			return broken("TIFF has a fax of more than one bit a pixel")
		}
		if b.compression == tiffFax3 && t.tag(tagFaxOptions, 0)&1 != 0 {
			return unsupported("TIFF with two-dimensional group 3 fax is not read")
		}
	case tiffJPEG, tiffZstd: // whole blocks are in memory
		if err := limits.checkPixels("a row of blocks of TIFF", b.across*b.width, b.height); err != nil {
			return err
		}
		if b.compression == tiffJPEG {
			return t.readJPEG()
		}
	default:
		if name := tiffCompressions[b.compression]; name != "" {
			return unsupported("TIFF with %s compression is not read", name)
		}
		return unsupported("TIFF with compression %d is not read", b.compression)
	}
	return b.checkPredictor()
}

func (b *tiffBlocks) deflated() bool {
	return b.compression == tiffDeflate || b.compression == tiffOldDeflate
}

// decompress gives the rows of a block, one after another.
func (b *tiffBlocks) decompress(data []byte, rows int) (io.Reader, error) {
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
	case tiffJPEG:
		return b.jpegBlock(data, rows)
	case tiffZstd:
		return b.zstdBlock(data)
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("deflate: %w", err)
	}
	return z, nil
}

// zstdBlock decompresses a block as a whole, so that its size bounds the memory, not a window that
// the data ask for.
func (b *tiffBlocks) zstdBlock(data []byte) (io.Reader, error) {
	if b.zstd == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return nil, err
		}
		b.zstd = z
	}
	k := len(b.open)
	if k == len(b.plain) {
		b.plain = append(b.plain, nil)
	}
	size := int(b.plainBytes())
	out, err := b.zstd.DecodeAll(data, grow(b.plain[k], size)[:0:size])
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errBlockEnds
	case err != nil:
		return nil, fmt.Errorf("zstd: %w", err)
	}
	b.plain[k] = out
	return bytes.NewReader(out), nil
}

func reversed(data []byte) []byte {
	out := make([]byte, len(data))
	for i, v := range data {
		out[i] = bits.Reverse8(v)
	}
	return out
}
