package kernel

import "math"

// MaxHalf is the largest number of float16.
const MaxHalf = 65504

// Narrow is x rounded to float16, to even if there are two. x is finite and at most MaxHalf in size.
func Narrow(x float32) uint16 {
	bits := math.Float32bits(x)
	sign, size := uint16(bits>>16&0x8000), math.Float32frombits(bits&0x7fffffff)
	if size < 0x1p-14 { // denormal: a multiple of 2⁻²⁴, which the addition rounds to
		return sign | uint16(math.Float32bits(size+0.5)-math.Float32bits(0.5))
	}
	rest := math.Float32bits(size) - 112<<23
	return sign | uint16((rest+0xfff+rest>>13&1)>>13)
}

// Widen sets out to the float16 x, which are finite. It is as long as x.
func Widen(x []uint16, out []float32) {
	out = out[:len(x)]
	v, n := split(len(x))
	if n > 0 {
		v.widen(&x[0], uint64(n), &out[0])
	}
	for i, h := range x[n:] {
		size := math.Float32frombits(uint32(h&0x7fff)<<13) * 0x1p112
		out[n+i] = math.Float32frombits(math.Float32bits(size) | uint32(h&0x8000)<<16)
	}
}
