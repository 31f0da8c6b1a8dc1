package jpeg

import "encoding/binary"

// The inverse transform is libjpeg's "islow" (jidctint.c): Loeffler, Ligtenberg and Moschytz, 11
// multiplications by 13-bit constants in one direction, columns first, with 2 more bits kept
// between the passes. libjpeg-turbo's vector code does the same in 16 and 32 bits, so results
// differ from the C code only where a sum leaves 16 bits; idctoverflow.go follows the vector code there.

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

// noOverflow is the largest block.total for which no sum can leave 16 bits: a coefficient adds at most
// √2·cos(π/16)·2² of itself to a value between the passes, and 5900 · 5.55 < 2¹⁵.
const noOverflow = 5900

// inverse transforms a block to size×size samples at dst, rows of stride bytes.
func (blk *block) inverse(dst []byte, stride, size int) {
	switch {
	case size < 8:
		blk.reduced(dst, stride, size)
	case blk.total > noOverflow:
		blk.inverseSaturating(dst, stride)
	case blk.seen == 0:
		flat(dst, stride, clamp((blk.c[0]<<passBits+1<<4)>>5+128))
	default:
		blk.columns()
		blk.rows(dst, stride)
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

// Both passes work on two numbers at a time, low + high·2³² in one word. Such words are added,
// subtracted and multiplied by constants as if the numbers were alone, whatever their signs; only
// where they are taken apart again has low to be non-negative, or its sign would show in high. The
// first pass takes two columns at once, the second one two rows, y and 7−y.
const twice = 1 | 1<<32

const (
	columnShift = constBits - passBits
	columnBias  = 1 << 30 // makes low non-negative
	columnRound = 1<<(columnShift-1)*twice + columnBias

	// The second pass divides by 8 more, and adds the 128 that samples were shifted by.
	rowShift = constBits + passBits + 3
	rowRound = (1<<(rowShift-1) + 128<<rowShift) * twice
	outside  = -1 << (rowShift + 8) & (1<<32 - 1) * twice // bits that a sample in 0…255 does not have
)

// columns is the first pass.
func (blk *block) columns() {
	b := &blk.c
	columns, low := blk.seen.columns(), blk.seen.rows()>>4 != 0
	for i := 0; i < 8; i += 2 {
		if columns>>i&3 == 0 { // nothing, or the very first coefficient alone
			blk.level(i)
			continue
		}
		c0, c1, c2, c3 := b.two(i), b.two(8+i), b.two(16+i), b.two(24+i)
		var x0, x1, x2, x3, x4, x5, x6, x7 int64
		if low {
			x0, x1, x2, x3, x4, x5, x6, x7 = transform(columnRound, c0, c1, c2, c3,
				b.two(32+i), b.two(40+i), b.two(48+i), b.two(56+i))
		} else {
			x0, x1, x2, x3, x4, x5, x6, x7 = transform4(columnRound, c0, c1, c2, c3)
		}
		blk.turn(0, i, x0, x7)
		blk.turn(1, i, x1, x6)
		blk.turn(2, i, x2, x5)
		blk.turn(3, i, x3, x4)
	}
}

// two are the coefficients at i and i+1.
func (b *coefficients) two(i int) int64 { return int64(b[i&63]) + int64(b[(i+1)&63])<<32 }

// level is the first pass for columns i and i+1 where they hold nothing but their first.
func (blk *block) level(i int) {
	left, right := int64(blk.c[i&7])<<passBits*twice, int64(blk.c[(i+1)&7])<<passBits*twice
	for y := range blk.w {
		blk.w[y][i&7], blk.w[y][(i+1)&7] = left, right
	}
}

// turn ends the first pass of columns i and i+1 in rows y and 7−y.
func (blk *block) turn(y, i int, top, bottom int64) {
	const bias = columnBias >> columnShift * twice
	blk.w[y&3][i&7] = int64(uint32(top)>>columnShift) + int64(uint32(bottom)>>columnShift)<<32 - bias
	blk.w[y&3][(i+1)&7] = top>>(32+columnShift) + bottom>>(32+columnShift)<<32
}

// rows is the second pass.
func (blk *block) rows(dst []byte, stride int) {
	right := blk.seen.columns()>>4 != 0
	for y := range blk.w {
		w := &blk.w[y]
		var x0, x1, x2, x3, x4, x5, x6, x7 int64
		if right {
			x0, x1, x2, x3, x4, x5, x6, x7 = transform(rowRound, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7])
		} else {
			x0, x1, x2, x3, x4, x5, x6, x7 = transform4(rowRound, w[0], w[1], w[2], w[3])
		}
		top, bottom := dst[y*stride:][:8:8], dst[(7-y)*stride:][:8:8]
		if uint64(x0|x1|x2|x3|x4|x5|x6|x7)&outside == 0 {
			put(top, bottom, four(x0, x1, x2, x3), four(x4, x5, x6, x7))
		} else {
			putClamped(top, bottom, x0, x1, x2, x3, x4, x5, x6, x7)
		}
	}
}

// four packs four samples of each of two rows, those of the upper row into the low half.
func four(a, b, c, d int64) uint64 {
	const m = 0xff * twice
	return uint64(a)>>rowShift&m | uint64(b)>>(rowShift-8)&(m<<8) |
		uint64(c)>>(rowShift-16)&(m<<16) | uint64(d)<<(24-rowShift)&(m<<24)
}

// put writes two rows of eight samples, given their halves.
func put(top, bottom []byte, left, right uint64) {
	binary.LittleEndian.PutUint64(top, left&(1<<32-1)|right<<32)
	binary.LittleEndian.PutUint64(bottom, left>>32|right&^(1<<32-1))
}

// putClamped is put where some samples are outside of 0…255.
func putClamped(top, bottom []byte, x ...int64) {
	for i, v := range x {
		top[i] = clamp(int32(v) >> rowShift)
		bottom[i] = clamp(int32((v-int64(int32(v)))>>32) >> rowShift)
	}
}

// transform is one pass over eight numbers, not yet divided.
func transform(round, c0, c1, c2, c3, c4, c5, c6, c7 int64) (x0, x1, x2, x3, x4, x5, x6, x7 int64) {
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
	return t10 + t3, t11 + t2, t12 + t1, t13 + t0, t13 - t0, t12 - t1, t11 - t2, t10 - t3
}

// transform4 is transform where the last four are zero.
func transform4(round, c0, c1, c2, c3 int64) (x0, x1, x2, x3, x4, x5, x6, x7 int64) {
	e2, e3 := c2*fix0541, c2*(fix0541+fix0765)
	e0 := c0<<constBits + round
	t10, t13, t11, t12 := e0+e3, e0-e3, e0+e2, e0-e2
	z5 := (c3 + c1) * fix1175
	t0, t1 := c1*-fix0899+c3*-fix1961+z5, c3*-fix2562+c1*-fix0390+z5
	t2, t3 := c3*(fix3072-fix2562-fix1961)+z5, c1*(fix1501-fix0899-fix0390)+z5
	return t10 + t3, t11 + t2, t12 + t1, t13 + t0, t13 - t0, t12 - t1, t11 - t2, t10 - t3
}
