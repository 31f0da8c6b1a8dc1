package pixels

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// tags are those of a TIFF of 4×4 gray pixels of 8 bits in one strip, with changes.
func tags(changes map[uint16]uint32) map[uint16]uint32 {
	t := map[uint16]uint32{
		tagWidth: 4, tagHeight: 4, tagBits: 8, tagCompression: tiffRaw, tagPhotometric: tiffBlackIsZero,
		tagSamples: 1, tagRowsPerStrip: 4, tagStripOffsets: 0, tagStripByteCounts: 16,
	}
	maps.Copy(t, changes)
	return t
}

// encodeTIFF writes a little-endian TIFF, or BigTIFF, with one block.
func encodeTIFF(tags map[uint16]uint32, block []byte, big bool) []byte {
	e := binary.LittleEndian
	b := []byte("II*\x00\x08\x00\x00\x00")
	if big {
		b = []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00")
	}
	head, entry, tail := 2, 12, 4
	if big {
		head, entry, tail = 8, 20, 8
	}
	at := uint32(len(b) + head + entry*len(tags) + tail)
	for _, tag := range []uint16{tagStripOffsets, tagTileOffsets} {
		if _, ok := tags[tag]; ok {
			tags[tag] = at
		}
	}
	if big {
		b = e.AppendUint64(b, uint64(len(tags)))
	} else {
		b = e.AppendUint16(b, uint16(len(tags)))
	}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		b = e.AppendUint16(b, tag)
		if big {
			b = e.AppendUint64(e.AppendUint64(e.AppendUint16(b, kindLong8), 1), uint64(tags[tag]))
		} else {
			b = e.AppendUint32(e.AppendUint32(e.AppendUint16(b, kindLong), 1), tags[tag])
		}
	}
	return append(append(b, make([]byte, tail)...), block...)
}

// TestTIFFReasons: what is not read is refused by its name.
func TestTIFFReasons(t *testing.T) {
	d := NewDecoder(Transform{Resize: 4, Crop: 4, EXIF: ApplyEXIF}, Limits{})
	dst := make([]byte, 4*4*3)
	for _, c := range []struct {
		change map[uint16]uint32
		want   string
	}{
		{nil, ""},
		{map[uint16]uint32{tagCompression: 34925}, "TIFF with LZMA compression is not read"},
		{map[uint16]uint32{tagCompression: 2}, "TIFF with CCITT modified Huffman (RLE) compression is not read"},
		{map[uint16]uint32{tagCompression: 6}, "TIFF with old-style JPEG compression is not read"},
		{map[uint16]uint32{tagCompression: 34712}, "TIFF with JPEG 2000 compression is not read"},
		{map[uint16]uint32{tagCompression: 50001}, "TIFF with WebP compression is not read"},
		{map[uint16]uint32{tagCompression: 34887}, "TIFF with LERC compression is not read"},
		{map[uint16]uint32{tagCompression: 777}, "TIFF with compression 777 is not read"},
		{map[uint16]uint32{tagPhotometric: 8}, "TIFF with L*a*b* colour is not read"},
		{map[uint16]uint32{tagPhotometric: 32803}, "TIFF with raw sensor data (a colour filter array) is not read"},
		{map[uint16]uint32{tagPhotometric: 12}, "TIFF with photometric interpretation 12 is not read"},
		{map[uint16]uint32{tagBits: 64, tagSampleFormat: tiffFloat}, "TIFF of gray with 1 × 64 bits, floating point, is not read"},
		{map[uint16]uint32{tagSampleFormat: 6}, "TIFF of gray with 1 × 8 bits, complex floating point, is not read"},
		{map[uint16]uint32{tagCompression: tiffLZW, tagPredictor: 3}, "TIFF with floating-point prediction of 8 bits, unsigned integers, is not read"},
		{map[uint16]uint32{tagCompression: tiffFax3, tagBits: 1, tagFaxOptions: 1}, "TIFF with two-dimensional group 3 fax is not read"},
		{map[uint16]uint32{tagPhotometric: tiffYCbCr, tagSamples: 3, tagPlanar: 2, tagCompression: tiffJPEG}, "TIFF has 1 blocks of image data where 3 are needed"},
		{map[uint16]uint32{tagPhotometric: tiffYCbCr, tagSamples: 3, tagStripByteCounts: 4}, "TIFF is truncated"},
		{map[uint16]uint32{tagCompression: tiffJPEG}, "TIFF is damaged in row 1 of 4: JPEG is broken"},
	} {
		for _, big := range []bool{false, true} {
			_, err := d.Crop(dst, encodeTIFF(tags(c.change), bytes.Repeat([]byte{1, 0xff}, 8), big))
			if got := cmp.Or(err, errors.New("")).Error(); !strings.HasPrefix(got, c.want) || (err == nil) != (c.want == "") {
				t.Errorf("%v: %q, want %q", c.change, got, c.want)
			}
		}
	}
}

// TestTIFFBombs: little files that unfold, or promise to, are refused before they take memory.
func TestTIFFBombs(t *testing.T) {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	unfolds := z.EncodeAll(make([]byte, 1<<26), nil)
	jpeg := bytes.Clone(sources(t)["gray.jpg"])
	tile := map[uint16]uint32{tagTileWidth: 1 << 15, tagTileHeight: 1 << 15, tagTileOffsets: 0, tagTileByteCounts: uint32(len(jpeg))}
	huge := tags(tile)
	huge[tagCompression] = tiffJPEG
	big := encodeTIFF(tags(nil), nil, true)
	binary.LittleEndian.PutUint64(big[16:], 1<<62)
	for name, file := range map[string][]byte{
		"zstd":      encodeTIFF(tags(map[uint16]uint32{tagCompression: tiffZstd, tagStripByteCounts: uint32(len(unfolds))}), unfolds, false),
		"JPEG tile": encodeTIFF(huge, jpeg, false),
		"entries":   big,
	} {
		before := allocated()
		_, err := NewDecoder(usual, Limits{}).Crop(make([]byte, 299*299*3), file)
		if n := allocated() - before; n > 4<<20 {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
		if !explained(err) {
			t.Errorf("%s: %v, want a reason", name, err)
		}
	}
}
