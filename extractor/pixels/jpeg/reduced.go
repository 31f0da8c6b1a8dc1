package jpeg

// The transforms of 8×8 coefficients to fewer samples are those of jidctred.c, by which libjpeg
// scales a picture down while it decodes it. As in idctoverflow.go, passes end by saturating to 16 bits.

const (
	fix0211 = 1730  // 0.211164243 · 2¹³
	fix0509 = 4176  // 0.509795579
	fix0601 = 4926  // 0.601344887
	fix0720 = 5906  // 0.720959822
	fix0850 = 6967  // 0.850430095
	fix1061 = 8697  // 1.061594337
	fix1272 = 10426 // 1.272758580
	fix1451 = 11893 // 1.451774981
	fix2172 = 17799 // 2.172734803
	fix3624 = 29692 // 3.624509785
)

// reduced transforms a block to size×size samples, size 4, 2 or 1.
func (blk *block) reduced(dst []byte, stride, size int) {
	b := &blk.c
	switch size {
	case 4:
		blk.columnsTo4()
		for y := range 4 {
			b.reduce4(8*y, 1, rowShift+1)
		}
	case 2:
		for _, i := range [5]int{0, 1, 3, 5, 7} {
			b.reduce2(i, 8, constBits-passBits+2)
			if i > 0 { // the vector code leaves column 0 in 32 bits
				b[i], b[8+i] = saturate(b[i]), saturate(b[8+i])
			}
		}
		for y := range 2 {
			b.reduce2(8*y, 1, rowShift+2)
		}
	default: // 10 bits of the mean count: range_limit in jdmaster.c wraps
		b[0] = (b[0] + 4) >> 3 << 22 >> 22
	}
	for y := range size {
		for x := range size {
			dst[y*stride+x] = clamp(b[8*y+x] + 128)
		}
	}
}

// coefficients are a block, row by row.
type coefficients [64]int32

// columnsTo4 is the first pass to 4×4; where only row 0 is there, or 4, which
// is not used, the vector code's short cut wraps.
func (blk *block) columnsTo4() {
	b := &blk.c
	short := blk.short(1<<0 | 1<<4)
	for _, i := range [7]int{0, 1, 2, 3, 5, 6, 7} {
		if !short {
			b.reduce4(i, 8, constBits-passBits+1)
			continue
		}
		v := wrap16(b[i] << passBits)
		b[i], b[8+i], b[16+i], b[24+i] = v, v, v, v
	}
}

// reduce4 transforms the eight values at b[at], b[at+step], … to four.
func (b *coefficients) reduce4(at, step int, shift uint) {
	c1, c2, c3 := b[at+step], b[at+2*step], b[at+3*step]
	c5, c6, c7 := b[at+5*step], b[at+6*step], b[at+7*step]
	e0, e2 := b[at]<<(constBits+1), c2*fix1847-c6*fix0765
	t0 := c1*fix1061 - c3*fix2172 + c5*fix1451 - c7*fix0211
	t2 := c1*fix2562 + c3*fix0899 - c5*fix0601 - c7*fix0509
	b[at], b[at+3*step] = descale(e0+e2+t2, shift), descale(e0+e2-t2, shift)
	b[at+step], b[at+2*step] = descale(e0-e2+t0, shift), descale(e0-e2-t0, shift)
}

// reduce2 transforms them to two, which are left in 32 bits.
func (b *coefficients) reduce2(at, step int, shift uint) {
	e := b[at] << (constBits + 2)
	t := b[at+step]*fix3624 - b[at+3*step]*fix1272 + b[at+5*step]*fix0850 - b[at+7*step]*fix0720
	b[at], b[at+step] = (e+t+1<<(shift-1))>>shift, (e-t+1<<(shift-1))>>shift
}
