package kernel

import "math"

// Finite reports whether no number of x is NaN or infinite.
func Finite(x []float32) bool {
	v, n := split(len(x))
	if n > 0 && v.notFinite(&x[0], uint64(n)) != 0 {
		return false
	}
	return finiteGo(x[n:])
}

func finiteGo(x []float32) bool {
	const exponent = 0x7f800000 // all ones: NaN or infinite
	var carry uint32            // the top bit is set by such an exponent and one more
	for ; len(x) >= 4; x = x[4:] {
		carry |= math.Float32bits(x[0])&exponent + 1<<23
		carry |= math.Float32bits(x[1])&exponent + 1<<23
		carry |= math.Float32bits(x[2])&exponent + 1<<23
		carry |= math.Float32bits(x[3])&exponent + 1<<23
	}
	for _, v := range x {
		carry |= math.Float32bits(v)&exponent + 1<<23
	}
	return carry>>31 == 0
}
