package jpeg

// inverseSaturating is the inverse transform of a block whose intermediate sums can overflow 16
// bits. Only corrupt files have such blocks. The samples are those of libjpeg-turbo's vector code
// (simd/x86_64/jidctint-avx2.asm; the Arm code differs here): sums of two inputs wrap at 16 bits,
// the rest is in 32 bits, and each pass ends by saturating to 16 bits.
func (blk *block) inverseSaturating(dst []byte, stride int) {
	b := &blk.c
	short := blk.short(1 << 0)
	for i := range 8 {
		if short { // the vector code's short cut wraps instead
			for y := 7; y >= 0; y-- {
				b[8*y+i] = wrap16(b[i] << passBits)
			}
			continue
		}
		b.butterfly(i, 8, constBits-passBits)
	}
	for y := range 8 {
		b.butterfly(8*y, 1, rowShift)
		for x := range 8 {
			dst[y*stride+x] = clamp(b[8*y+x] + 128)
		}
	}
}

// short says whether the vector code sees no coefficients but those in the given rows, a bit each, of
// which row 0 is one. It looks before they are multiplied.
func (blk *block) short(rows uint8) bool { return blk.seen.rows()&^rows == 0 }

// butterfly transforms the eight values at b[at], b[at+step], … in place.
func (b *coefficients) butterfly(at, step int, shift uint) {
	var c [8]int32
	for i := range c {
		c[i] = b[at+i*step]
	}
	e0, e1 := wrap16(c[0]+c[4])<<constBits, wrap16(c[0]-c[4])<<constBits
	e2 := c[2]*fix0541 + c[6]*(fix0541-fix1847)
	e3 := c[2]*(fix0541+fix0765) + c[6]*fix0541
	even := [4]int32{e0 + e3, e1 + e2, e1 - e2, e0 - e3}

	s3, s4 := wrap16(c[7]+c[3]), wrap16(c[5]+c[1])
	z3 := s3*(fix1175-fix1961) + s4*fix1175
	z4 := s3*fix1175 + s4*(fix1175-fix0390)
	odd := [4]int32{
		c[7]*-fix0899 + c[1]*(fix1501-fix0899) + z4,
		c[5]*-fix2562 + c[3]*(fix3072-fix2562) + z3,
		c[5]*(fix2053-fix2562) + c[3]*-fix2562 + z4,
		c[7]*(fix0298-fix0899) + c[1]*-fix0899 + z3,
	}
	for i := range 4 {
		b[at+i*step] = descale(even[i]+odd[i], shift)
		b[at+(7-i)*step] = descale(even[i]-odd[i], shift)
	}
}

func wrap16(v int32) int32 { return int32(int16(v)) }

// descale divides by 2^shift, rounds, and saturates to 16 bits.
func descale(v int32, shift uint) int32 {
	return saturate((v + 1<<(shift-1)) >> shift)
}

func saturate(v int32) int32 { return min(max(v, -1<<15), 1<<15-1) }
