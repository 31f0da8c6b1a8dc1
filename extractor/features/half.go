package features

import (
	"encoding/binary"
	"fmt"
	"math"
)

// LargestHalf is the largest value of a row in float16.
const LargestHalf = 65504

// FitsHalf says which value of a row float16 cannot hold.
func FitsHalf(x []float32) error {
	for i, v := range x {
		if v > LargestHalf || v < -LargestHalf {
			return fmt.Errorf("feature %d is %v, and float16 ends at %d", i, v, LargestHalf)
		}
	}
	return nil
}

// appendHalves appends a row in float16, each value rounded to the nearest, of two to the even one.
func appendHalves(b []byte, x []float32) []byte {
	for _, v := range x {
		b = binary.LittleEndian.AppendUint16(b, half(v))
	}
	return b
}

// half rounds to float16. The sum with a power of two that is 2^(24−11) times as large as the last
// bit to be kept leaves the rounding to the processor.
func half(v float32) uint16 {
	bits := math.Float32bits(v)
	sign, bits := uint16(bits>>16)&0x8000, bits&0x7fffffff
	switch {
	case bits > 0x7f800000:
		return sign | 0x7e00 // NaN
	case bits >= 0x477ff000: // 65520 and beyond round to infinity
		return sign | 0x7c00
	case bits < 0x38800000: // below 2⁻¹⁴ the last bit is 2⁻²⁴
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-math.Float32bits(0.5))
	}
	odd := bits >> 13 & 1
	return sign | uint16((bits-0x38000000+0xfff+odd)>>13)
}

// single is the value of a float16.
func single(h uint16) float32 {
	sign, e, m := uint32(h&0x8000)<<16, uint32(h>>10&31), uint32(h&0x3ff)
	switch e {
	case 0:
		return math.Float32frombits(math.Float32bits(float32(m)*0x1p-24) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | m<<13)
	}
	return math.Float32frombits(sign | (e+112)<<23 | m<<13)
}

// decodeHalves makes numbers of the bytes of a row.
func decodeHalves(dst []float32, b []byte) {
	for k := range dst {
		dst[k] = single(binary.LittleEndian.Uint16(b[2*k:]))
	}
}

// soundHalves says whether a row holds a value that is not finite.
func soundHalves(b []byte) error {
	const exponent = 0x7c00 // all ones: NaN or infinite
	for ; len(b) >= 2; b = b[2:] {
		if binary.LittleEndian.Uint16(b)&exponent == exponent {
			return ErrNotFinite
		}
	}
	return nil
}
