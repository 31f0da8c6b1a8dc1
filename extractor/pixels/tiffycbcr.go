package pixels

import (
	"io"
	"math"
)

// ycbcrTables turn YCbCr into RGB: what Y becomes, and what Cb and Cr add, green in fractions that
// are shifted away when both are added.
type ycbcrTables struct {
	y, crR, cbB [256]int32
	crG, cbG    [256]int32
	shift       uint
}

// rgb converts a pixel.
func (t *ycbcrTables) rgb(dst []byte, y, cb, cr byte) {
	luma := t.y[y]
	dst[0] = byte(max(0, min(luma+t.crR[cr], 255)))
	dst[1] = byte(max(0, min(luma+(t.cbG[cb]+t.crG[cr])>>t.shift, 255)))
	dst[2] = byte(max(0, min(luma+t.cbB[cb], 255)))
}

// pillowYCbCr are the tables of Pillow's ConvertYCbCr.c, by which it reads what is not compressed:
// JFIF's constants in fixed point of 6 bits, half added and cut towards zero.
var pillowYCbCr = func() *ycbcrTables {
	t := &ycbcrTables{shift: 6}
	for i := range 256 {
		term := func(c float64) int32 { return int32(float64(c*64*float64(i-128)) + 0.5) }
		t.y[i] = int32(i)
		t.crR[i], t.cbB[i] = term(1.402)>>6, term(1.772)>>6
		t.cbG[i], t.crG[i] = term(-0.34414), term(-0.71414)
	}
	return t
}()

// newYCbCr makes the tables of libtiff's tif_color.c, by which Pillow reads what is compressed. luma
// are the shares of red, green and blue in Y; reference has the codes of black and white of Y, Cb
// and Cr. Arithmetic is libtiff's, in 32 bits; conversions keep operations from being fused.
func newYCbCr(luma [3]float32, reference [6]float32) *ycbcrTables {
	fixed := func(v float32) int32 { return int32(float64(float64(max(0, min(v, 2)))*65536) + 0.5) }
	value := func(code int32, black, white, span float32) int32 {
		width := white - black
		if width == 0 {
			width = 1
		}
		v := float32(code-int32(black)) * span / width
		return int32(max(-128*32, min(v, 128*32)))
	}
	red, blue := 2-2*luma[0], 2-2*luma[2]
	d1, d2 := fixed(red), -fixed(float32(luma[0]*red)/luma[1])
	d3, d4 := fixed(blue), -fixed(float32(luma[2]*blue)/luma[1])
	t := &ycbcrTables{shift: 16}
	const half = 1 << 15
	for i := range 256 {
		cr := value(int32(i)-128, reference[4]-128, reference[5]-128, 127)
		cb := value(int32(i)-128, reference[2]-128, reference[3]-128, 127)
		t.y[i] = value(int32(i), reference[0], reference[1], 255)
		t.crR[i], t.cbB[i] = (d1*cr+half)>>16, (d3*cb+half)>>16
		t.crG[i], t.cbG[i] = d2*cr, d4*cb+half
	}
	return t
}

// readYCbCr finds out how YCbCr is stored, unless JPEG has it.
func (t *tiffReader) readYCbCr() error {
	b := &t.blocks
	if t.layout.photometric != tiffYCbCr {
		return nil
	}
	s := subsampling{2, 2, b.width}
	if v := t.tags[tagSubsampling]; len(v) > 1 {
		s.across, s.down = int(v[0]), int(v[1])
	}
	if valid := func(n int) bool { return n == 1 || n == 2 || n == 4 }; !valid(s.across) || !valid(s.down) {
		return broken("TIFF has chroma for every %d×%d pixels, which does not exist", s.across, s.down)
	}
	whole := len(b.counts) == 0 || int64(b.counts[0]) >= b.plainBytes()
	if b.compression == tiffRaw && whole {
		t.ycbcr = pillowYCbCr // which pays no heed to the tags
		return nil
	}
	t.ycbcr = newYCbCr(t.luma(), t.blackWhite())
	if s.across*s.down == 1 {
		return nil
	}
	if b.predictor != predictorPlain && b.predicts() {
		return unsupported("TIFF with a predictor of subsampled YCbCr is not read")
	}
	b.chroma = &s
	return nil
}

// luma are the shares of red, green and blue in Y, by default Rec. 601's.
func (t *tiffReader) luma() [3]float32 {
	luma := [3]float32{0.299, 0.587, 0.114}
	if v := t.floats(tagLuma, 3); v != nil && v[1] != 0 {
		copy(luma[:], v)
	}
	return luma
}

// blackWhite are the codes of black and white of Y, Cb and Cr, by default all that there are.
func (t *tiffReader) blackWhite() [6]float32 {
	reference := [6]float32{0, 255, 128, 255, 128, 255}
	if v := t.floats(tagBlackWhite, 6); v != nil {
		copy(reference[:], v)
	}
	return reference
}

// floats are the values of a tag, nil unless it has n that are numbers.
func (t *tiffReader) floats(tag uint16, n int) []float32 {
	for f := range fields(t.file) {
		if f.tag != tag || int(f.kind) >= len(kindSizes) {
			continue
		}
		size := int(kindSizes[f.kind])
		if len(f.values) < n*size {
			return nil
		}
		values := make([]float32, n)
		for i := range values {
			f.values = f.values[min(i, 1)*size:]
			values[i] = float32(f.first())
			if math.Abs(float64(values[i])) > 1<<20 || values[i] != values[i] {
				return nil
			}
		}
		return values
	}
	return nil
}

// subsampling says that a chroma sample stands for across×down pixels of rows of that width. Such
// data come in units: the Y of these pixels, row by row, then Cb, then Cr.
type subsampling struct{ across, down, width int }

// unitRow is the size of a row of units, in bytes.
func (s subsampling) unitRow() int {
	return (s.width + s.across - 1) / s.across * (s.across*s.down + 2)
}

// bytes is the size of rows of pixels. The last units may reach below them.
func (s subsampling) bytes(rows int) int64 {
	return int64((rows+s.down-1)/s.down) * int64(s.unitRow())
}

// spread gives rows of three bytes a pixel of units, chroma repeated.
type spreader struct {
	subsampling
	from  io.Reader
	units []byte
	rows  []byte
	left  []byte // of rows
}

func (s *spreader) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		if _, err := io.ReadFull(s.from, s.units); err != nil {
			return 0, err
		}
		s.spread()
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

// spread turns a row of units into rows of pixels.
func (s *spreader) spread() {
	n := s.across*s.down + 2
	for y := range s.down {
		for x := range s.width {
			unit := s.units[x/s.across*n:][:n]
			copy(s.rows[3*(y*s.width+x):], []byte{unit[y*s.across+x%s.across], unit[n-2], unit[n-1]})
		}
	}
	s.left = s.rows
}

func newSpreader(s subsampling, from io.Reader) *spreader {
	return &spreader{subsampling: s, from: from, units: make([]byte, s.unitRow()), rows: make([]byte, 3*s.width*s.down)}
}
