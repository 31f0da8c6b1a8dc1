package jpeg

// ColorModel says what a file's components are.
type ColorModel int

const (
	Gray ColorModel = iota
	YCbCr
	RGB
	CMYK // as Adobe writes it, inverted
	YCCK
	Raw // components as they are, interleaved: rows have a byte for each
)

// String is the name that people read.
func (m ColorModel) String() string {
	return [...]string{"gray", "YCbCr", "RGB", "CMYK", "YCCK", "raw"}[m]
}

// YCbCr to RGB is JFIF's, with 16-bit fractions (build_ycc_rgb_table in jdcolor.c):
//
//	R = Y + 1.40200 Cr
//	G = Y − 0.34414 Cb − 0.71414 Cr
//	B = Y + 1.77200 Cb
//
// The terms of R and B are rounded by themselves, those of G together. A table entry holds all
// that a chroma sample adds to a pixel, in three fields of a word: R in bits 0–10, B in bits 11–21
// and G in bits 22–48, of which 16 are its fraction. Every field is 256 too high, so that none is
// ever negative.
const (
	blueAt  = 11
	greenAt = 22
	ones    = 1 | 1<<blueAt | 1<<(greenAt+16)
)

var yTable, cbTable, crTable = func() (y, cb, cr [256]uint64) {
	for i := range 256 {
		x := int64(i) - 128
		y[i] = uint64(i) * ones
		cb[i] = uint64((116130*x+32768)>>16)<<blueAt + uint64(-22554*x+32768)<<greenAt
		cr[i] = uint64((91881*x+32768)>>16) + uint64(-46802*x)<<greenAt + 256*ones
	}
	return y, cb, cr
}()

// overflow has the bits of a field that are not as they should be where a value lies in 0…255.
const (
	inRange  = 1<<8 | 1<<(blueAt+8) | 1<<(greenAt+16+8)
	overflow = 7 * inRange
)

// yccToRGB writes len(y) pixels of three bytes, two at a time.
func yccToRGB(dst, y, cb, cr []byte) {
	cb, cr = cb[:len(y)], cr[:len(y)]
	for i := 1; i < len(y); i += 2 {
		p := yTable[y[i-1]] + cbTable[cb[i-1]] + crTable[cr[i-1]]
		q := yTable[y[i]] + cbTable[cb[i]] + crTable[cr[i]]
		if (p^inRange)&overflow|(q^inRange)&overflow != 0 {
			p, q = clampFields(p), clampFields(q)
		}
		px := dst[3*i-3 : 3*i+3 : 3*i+3]
		px[0], px[1], px[2] = byte(p), byte(p>>(greenAt+16)), byte(p>>blueAt)
		px[3], px[4], px[5] = byte(q), byte(q>>(greenAt+16)), byte(q>>blueAt)
	}
	if i := len(y) - 1; i&1 == 0 {
		p := clampFields(yTable[y[i]] + cbTable[cb[i]] + crTable[cr[i]])
		dst[3*i], dst[3*i+1], dst[3*i+2] = byte(p), byte(p>>(greenAt+16)), byte(p>>blueAt)
	}
}

// clampFields clamps the three values of a pixel, which are 256 too high, to 0…255. They are below
// 768, so bit 9 says that one is too large, and if bit 8 is not set either, it is negative.
func clampFields(p uint64) uint64 {
	large := p >> 9 & ones
	there := (p>>8 | p>>9) & ones
	return (p | (large<<8 - large)) & (there<<8 - there)
}

func grayToRGB(dst, y []byte) {
	for i, v := range y {
		dst[3*i], dst[3*i+1], dst[3*i+2] = v, v, v
	}
}

func interleave(dst, r, g, b []byte) {
	g, b = g[:len(r)], b[:len(r)]
	for i, v := range r {
		dst[3*i], dst[3*i+1], dst[3*i+2] = v, g[i], b[i]
	}
}

// gather interleaves the components that there are.
func gather(dst []byte, components [][]byte) {
	for i, c := range components {
		for x, v := range c {
			dst[x*len(components)+i] = v
		}
	}
}

// invert3 turns the R, G and B that yccToRGB makes of YCCK into C, M and Y (ycck_cmyk_convert).
func invert3(dst []byte) {
	for i := range dst {
		dst[i] = ^dst[i]
	}
}

// cmykToRGB takes pixels of C, M and Y in dst, and their K, as they are in the file. Pillow takes
// every four-component JPEG for Adobe's and inverts it (rawmode CMYK;I in JpegImagePlugin.py), then
// converts it by cmyk2rgb in Convert.c.
func cmykToRGB(dst, k []byte) {
	for i, v := range k {
		black := uint32(v)
		for j := 3 * i; j < 3*i+3; j++ {
			t := uint32(^dst[j])*black + 128
			t = (t>>8 + t) >> 8
			dst[j] = clamp(int32(black - t))
		}
	}
}
