package pixels

import "slices"

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

// tiffLayout says what a pixel is.
type tiffLayout struct {
	photometric int
	bits        int
	samples     int
	alpha       bool // the first extra sample is an alpha
	multiplied  bool // and the colours are multiplied by it
	little      bool // byte order of 16-bit samples
}

// tiffKinds are the kinds of pixels that are read: how many channels there are, and of how many bits.
var tiffKinds = map[int]struct {
	channels int
	depths   []int
}{
	tiffWhiteIsZero: {1, []int{1, 2, 4, 8, 16}},
	tiffBlackIsZero: {1, []int{1, 2, 4, 8, 16}},
	tiffPalette:     {1, []int{1, 2, 4, 8}},
	tiffRGB:         {3, []int{8, 16}},
	tiffCMYK:        {4, []int{8, 16}},
}

// readLayout finds out what a pixel is, and refuses what cannot be read.
func (t *tiffReader) readLayout() error {
	l := tiffLayout{photometric: t.tag(tagPhotometric, 0), bits: t.tag(tagBits, 1), samples: t.tag(tagSamples, 1)}
	l.little = t.file[0] == 'I'
	if err := t.checkSamples(l); err != nil {
		return err
	}
	kind := tiffKinds[l.photometric]
	extra := l.samples - kind.channels
	fits := extra == 0 || extra > 0 && extra <= 3 && l.bits >= 8
	if !slices.Contains(kind.depths, l.bits) || !fits {
		return unsupported("TIFF with photometric interpretation %d, %d samples of %d bits, is not read", l.photometric, l.samples, l.bits)
	}
	if extra > 0 { // as in Pillow, an extra sample without a meaning is an alpha
		meaning := t.tag(tagExtraSamples, tiffAlpha)
		l.multiplied, l.alpha = meaning == tiffMultiplied, meaning == tiffMultiplied || meaning == tiffAlpha
	}
	if l.multiplied && l.photometric != tiffRGB {
		return unsupported("TIFF with gray multiplied by alpha is not read")
	}
	t.layout = l
	t.readPalette()
	return nil
}

// checkSamples refuses samples that are not alike, not together, or no unsigned integers.
func (t *tiffReader) checkSamples(l tiffLayout) error {
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
