package kernel

import (
	"fmt"
	"slices"
)

// A Level is a kind of processor that there are kernels for.
type Level int

// The levels.
const (
	Portable Level = iota // Go
	AVX2                  // with FMA and BMI2
	AVX512                // F, BW, DQ and VL
	NEON
)

// String is the name of a level.
func (l Level) String() string { return [...]string{"portable", "avx2", "avx512", "neon"}[l] }

// current is the level in use.
var current = present[len(present)-1]

// Levels are those that this processor has, the best last.
func Levels() []Level { return present }

// Use changes the level, for tests, until restore is called. Blocks that have been made keep theirs. It
// panics if the processor does not have the level. Nothing else may run at the time.
func Use(l Level) (restore func()) {
	if !slices.Contains(present, l) {
		panic(fmt.Sprintf("kernel: level %v, but the processor has %v", l, present))
	}
	before := current
	current = l
	return func() { current = before }
}

// kit is the products of a level, for one type of numbers.
type kit[T Float] struct {
	rows  int // of a tile
	panel int // numbers of a row of a panel
	// dots adds x·w to z for a tile x of which rows are in use, and cols rows of w. Strides are in
	// bytes. x has steps of 32 bytes a row, then tail steps that meet one number of w each.
	dots func(x, w *T, stride, cols uint64, z *T, zstride, rows, steps, tail uint64)
	// combine adds Σ_i delta[i][r]·x[i] to row r of out, for a panel x of n rows that are xstride bytes apart, and up to six r.
	combine func(x *T, xstride, n uint64, delta *T, stride, rows uint64, out *T, ostride uint64)
	// rowDots is dots for up to four rows of x as they lie, xstride bytes apart, and up to rowCols rows of w.
	// Where it is nil, no Block is in rows.
	rowDots func(x *T, xstride uint64, w *T, stride, cols uint64, z *T, zstride, rows, steps, tail uint64)
	rowCols int
}

var (
	kits32 = [...]kit[float32]{Portable: {1, 64, dotsGo[float32], combineGo[float32], rowDotsGo[float32], 1}, NEON: {}}
	kits64 = [...]kit[float64]{Portable: {1, 32, dotsGo[float64], combineGo[float64], nil, 0}, NEON: {}}
)

// kitOf is the kit of the current level.
func kitOf[T Float]() *kit[T] { return kitAt[T](current) }

func kitAt[T Float](l Level) *kit[T] {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return any(&kits32[l]).(*kit[T])
	}
	return any(&kits64[l]).(*kit[T])
}

// elementwise is the kernels of a level that go through vectors, whose lengths are multiples of unit, or of
// step for those of RMSprop. A unit of 0 leaves all to the twins.
type elementwise struct {
	unit, step       int
	plain            func(p, square, gradient *float32, n uint64, alpha, rest, eps, rate, mu float32)
	centered         func(p, square, mean, gradient *float32, n uint64, alpha, rest, eps, rate, mu float32)
	momentum         func(p, square, momentum, gradient *float32, n uint64, alpha, rest, eps, rate, mu float32)
	centeredMomentum func(p, square, mean, momentum, gradient *float32, n uint64, alpha, rest, eps, rate, mu float32)
	axpy             func(a float32, x, y *float32, n uint64)
	largest          func(x *float32, n uint64, lanes *float32)
	exp32            func(x *float32, n uint64, shift float64, e *float64)
	exp64            func(x *float64, n uint64, shift float64, e *float64)
	standardize      func(x *float32, n uint64, mean, inverse, out *float64)
	widen            func(x *uint16, n uint64, out *float32)
	slope            func(e *float64, n uint64, sum, factor, target, divisor float64, out *float32)
	notFinite        func(x *float32, n uint64) uint32
}

var vectors [NEON + 1]elementwise

// split is how many of n numbers the current level's kernels do; the twins do the others.
func split(n int) (*elementwise, int) {
	v := &vectors[current]
	return v, whole(n, v.unit)
}

// whole is the part of n that a kernel with a unit does.
func whole(n, unit int) int {
	if unit == 0 {
		return 0
	}
	return n - n%unit
}
