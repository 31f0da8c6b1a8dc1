package kernel

// Every arm64 has NEON.
var present = []Level{Portable, NEON}

func init() {
	kits32[NEON] = kit[float32]{2, 16, dots32NEON, combine32NEON, nil, 0}
	kits64[NEON] = kit[float64]{2, 8, dots64NEON, combine64NEON, nil, 0}
	vectors[NEON] = elementwise{
		step: 4, plain: rmspropNEON, centered: rmspropCenteredNEON,
		momentum: rmspropMomentumNEON, centeredMomentum: rmspropCenteredMomentumNEON,
	}
}

//go:noescape
func dots32NEON(x, w *float32, stride, cols uint64, z *float32, zstride, rows, steps, tail uint64)

//go:noescape
func combine32NEON(x *float32, xstride, n uint64, delta *float32, stride, rows uint64, out *float32, ostride uint64)

//go:noescape
func dots64NEON(x, w *float64, stride, cols uint64, z *float64, zstride, rows, steps, tail uint64)

//go:noescape
func combine64NEON(x *float64, xstride, n uint64, delta *float64, stride, rows uint64, out *float64, ostride uint64)

//go:noescape
func rmspropNEON(p, square, gradient *float32, n uint64, alpha, rest, eps, rate, mu float32)

//go:noescape
func rmspropCenteredNEON(p, square, mean, gradient *float32, n uint64, alpha, rest, eps, rate, mu float32)

//go:noescape
func rmspropMomentumNEON(p, square, momentum, gradient *float32, n uint64, alpha, rest, eps, rate, mu float32)

//go:noescape
func rmspropCenteredMomentumNEON(p, square, mean, momentum, gradient *float32, n uint64, alpha, rest, eps, rate, mu float32)
