package kernel

import "golang.org/x/sys/cpu"

// present obeys GODEBUG, as in cpu.avx512f=off.
var present = func() []Level {
	switch x := cpu.X86; {
	case !x.HasAVX2 || !x.HasFMA || !x.HasBMI2:
		return []Level{Portable}
	case !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512DQ || !x.HasAVX512VL:
		return []Level{Portable, AVX2}
	}
	return []Level{Portable, AVX2, AVX512}
}()

func init() {
	kits32[AVX2] = kit[float32]{2, 16, dots32AVX2, combine32AVX2, rowDots32AVX2, 2}
	kits64[AVX2] = kit[float64]{2, 8, dots64AVX2, combine64AVX2, nil, 0}
	kits32[AVX512] = kit[float32]{8, 64, dots32AVX512, combine32AVX512, rowDots32AVX512, 4}
	kits64[AVX512] = kit[float64]{8, 32, dots64AVX512, combine64AVX512, nil, 0}
	vectors[AVX2] = elementwise{8, 8,
		rmspropAVX2, rmspropCenteredAVX2, rmspropMomentumAVX2, rmspropCenteredMomentumAVX2,
		axpyAVX2, maxAVX2, exp32AVX2, exp64AVX2, standardizeAVX2, widenAVX2, slopeAVX2, notFiniteAVX2}
	vectors[AVX512] = elementwise{16, 16,
		rmspropAVX512, rmspropCenteredAVX512, rmspropMomentumAVX512, rmspropCenteredMomentumAVX512,
		axpyAVX512, maxAVX512, exp32AVX512, exp64AVX512, standardizeAVX512, widenAVX512, slopeAVX512, notFiniteAVX512}
}
