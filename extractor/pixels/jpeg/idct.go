package jpeg

import "encoding/binary"

// The inverse transform is libjpeg's "islow" (jidctint.c): Loeffler, Ligtenberg and Moschytz, 11
// multiplications by 13-bit constants in one direction, columns first, with 2 more bits kept
// between the passes. libjpeg-turbo's vector code does the same in 16 and 32 bits, so results
// differ from the C code only where a sum leaves 16 bits; wild.go follows the vector code there.

const (
	constBits = 13
	passBits  = 2

	fix0298 = 2446  // 0.298631336 · 2¹³
	fix0390 = 3196  // 0.390180644
	fix0541 = 4433  // 0.541196100
	fix0765 = 6270  // 0.765366865
	fix0899 = 7373  // 0.899976223
	fix1175 = 9633  // 1.175875602
	fix1501 = 12299 // 1.501321110
	fix1847 = 15137 // 1.847759065
	fix1961 = 16069 // 1.961570560
	fix2053 = 16819 // 2.053119869
	fix2562 = 20995 // 2.562915447
	fix3072 = 25172 // 3.072711026
)

// calm is the largest block.total for which no sum can leave 16 bits: a coefficient adds at most
// √2·cos(π/16)·2² of itself to a value between the passes, and 5900 · 5.55 < 2¹⁵.
const calm = 5900

// inverse transforms a block to size×size samples at dst, rows of stride bytes.
func (blk *block) inverse(dst []byte, stride, size int) {
	switch {
	case size < 8:
		blk.reduced(dst, stride, size)
	case blk.total > calm:
		blk.wild(dst, stride)
	case blk.last == 0:
		flat(dst, stride, clamp((blk.c[0]<<passBits+1<<4)>>5+128))
	case blk.last < 10: // the corner of 4×4, as zigzag goes
		blk.columns4()
		blk.rows4(dst, stride)
	case blk.columns():
		blk.rows(dst, stride)
	default:
		blk.rows4(dst, stride)
	}
}

// flat fills 8×8 samples.
func flat(dst []byte, stride int, v byte) {
	row := uint64(v) * 0x0101010101010101
	for y := range 8 {
		binary.LittleEndian.PutUint64(dst[y*stride:], row)
	}
}

// clamp is a sample's value in 0…255.
func clamp(v int32) byte {
	if uint32(v) > 255 {
		return byte(^v >> 31)
	}
	return byte(v)
}

// columns is the first pass, in place. It says whether columns 4 to 7 hold anything.
func (blk *block) columns() bool {
	const round = 1 << (constBits - passBits - 1)
	const shift = constBits - passBits
	b := &blk.c
	right := int32(0)
	for i := range 8 {
		c0, c1, c2, c3 := b[i], b[8+i], b[16+i], b[24+i]
		c4, c5, c6, c7 := b[32+i], b[40+i], b[48+i], b[56+i]
		ac := c1 | c2 | c3 | c4 | c5 | c6 | c7
		if i > 3 {
			right |= ac | c0
		}
		if ac == 0 {
			dc := c0 << passBits
			b[i], b[8+i], b[16+i], b[24+i] = dc, dc, dc, dc
			b[32+i], b[40+i], b[48+i], b[56+i] = dc, dc, dc, dc
			continue
		}
		z1 := (c2 + c6) * fix0541
		e2, e3 := z1-c6*fix1847, z1+c2*fix0765
		e0, e1 := (c0+c4)<<constBits+round, (c0-c4)<<constBits+round
		t10, t13, t11, t12 := e0+e3, e0-e3, e1+e2, e1-e2

		z1, z2 := (c7+c1)*-fix0899, (c5+c3)*-fix2562
		z3, z4 := c7+c3, c5+c1
		z5 := (z3 + z4) * fix1175
		z3, z4 = z3*-fix1961+z5, z4*-fix0390+z5
		t0, t1 := c7*fix0298+z1+z3, c5*fix2053+z2+z4
		t2, t3 := c3*fix3072+z2+z3, c1*fix1501+z1+z4

		b[i], b[56+i] = (t10+t3)>>shift, (t10-t3)>>shift
		b[8+i], b[48+i] = (t11+t2)>>shift, (t11-t2)>>shift
		b[16+i], b[40+i] = (t12+t1)>>shift, (t12-t1)>>shift
		b[24+i], b[32+i] = (t13+t0)>>shift, (t13-t0)>>shift
	}
	return right != 0
}

// The second pass divides by 8 more, and adds the 128 that samples were shifted by.
const (
	rowShift = constBits + passBits + 3
	rowRound = 1<<(rowShift-1) + 128<<rowShift
)

// rows is the second pass.
func (blk *block) rows(dst []byte, stride int) {
	for y := range 8 {
		w := blk.c[8*y : 8*y+8 : 8*y+8]
		c0, c1, c2, c3, c4, c5, c6, c7 := w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
		z1 := (c2 + c6) * fix0541
		e2, e3 := z1-c6*fix1847, z1+c2*fix0765
		e0, e1 := (c0+c4)<<constBits+rowRound, (c0-c4)<<constBits+rowRound
		t10, t13, t11, t12 := e0+e3, e0-e3, e1+e2, e1-e2

		z1, z2 := (c7+c1)*-fix0899, (c5+c3)*-fix2562
		z3, z4 := c7+c3, c5+c1
		z5 := (z3 + z4) * fix1175
		z3, z4 = z3*-fix1961+z5, z4*-fix0390+z5
		t0, t1 := c7*fix0298+z1+z3, c5*fix2053+z2+z4
		t2, t3 := c3*fix3072+z2+z3, c1*fix1501+z1+z4

		d := dst[y*stride : y*stride+8 : y*stride+8]
		d[0], d[7] = clamp((t10+t3)>>rowShift), clamp((t10-t3)>>rowShift)
		d[1], d[6] = clamp((t11+t2)>>rowShift), clamp((t11-t2)>>rowShift)
		d[2], d[5] = clamp((t12+t1)>>rowShift), clamp((t12-t1)>>rowShift)
		d[3], d[4] = clamp((t13+t0)>>rowShift), clamp((t13-t0)>>rowShift)
	}
}

// columns4 is the first pass where only the 4×4 corner is other than zero.
func (blk *block) columns4() {
	const round = 1 << (constBits - passBits - 1)
	const shift = constBits - passBits
	b := &blk.c
	for i := range 4 {
		c0, c1, c2, c3 := b[i], b[8+i], b[16+i], b[24+i]
		e2, e3 := c2*fix0541, c2*(fix0541+fix0765)
		e0 := c0<<constBits + round
		t10, t13, t11, t12 := e0+e3, e0-e3, e0+e2, e0-e2
		z5 := (c3 + c1) * fix1175
		t0, t1 := c1*-fix0899+c3*-fix1961+z5, c3*-fix2562+c1*-fix0390+z5
		t2, t3 := c3*(fix3072-fix2562-fix1961)+z5, c1*(fix1501-fix0899-fix0390)+z5
		b[i], b[56+i] = (t10+t3)>>shift, (t10-t3)>>shift
		b[8+i], b[48+i] = (t11+t2)>>shift, (t11-t2)>>shift
		b[16+i], b[40+i] = (t12+t1)>>shift, (t12-t1)>>shift
		b[24+i], b[32+i] = (t13+t0)>>shift, (t13-t0)>>shift
	}
}

// rows4 is the second pass where columns 4 to 7 are zero.
func (blk *block) rows4(dst []byte, stride int) {
	for y := range 8 {
		w := blk.c[8*y : 8*y+4 : 8*y+4]
		c0, c1, c2, c3 := w[0], w[1], w[2], w[3]
		e2, e3 := c2*fix0541, c2*(fix0541+fix0765)
		e0 := c0<<constBits + rowRound
		t10, t13, t11, t12 := e0+e3, e0-e3, e0+e2, e0-e2
		z5 := (c3 + c1) * fix1175
		t0, t1 := c1*-fix0899+c3*-fix1961+z5, c3*-fix2562+c1*-fix0390+z5
		t2, t3 := c3*(fix3072-fix2562-fix1961)+z5, c1*(fix1501-fix0899-fix0390)+z5
		d := dst[y*stride : y*stride+8 : y*stride+8]
		d[0], d[7] = clamp((t10+t3)>>rowShift), clamp((t10-t3)>>rowShift)
		d[1], d[6] = clamp((t11+t2)>>rowShift), clamp((t11-t2)>>rowShift)
		d[2], d[5] = clamp((t12+t1)>>rowShift), clamp((t12-t1)>>rowShift)
		d[3], d[4] = clamp((t13+t0)>>rowShift), clamp((t13-t0)>>rowShift)
	}
}
