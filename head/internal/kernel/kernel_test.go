package kernel

import (
	"math"
	"slices"
	"testing"
)

// numbers makes n floats of bytes: every fourth is any float at all, so that there are NaN,
// infinities and denormals; the others are in ±2. It begins anew where the bytes end.
func numbers[T Float](seed []byte, n int) []T {
	state := uint64(14695981039346656037)
	for _, b := range seed {
		state = (state ^ uint64(b)) * 1099511628211
	}
	wild := len(seed) > 0 && seed[0]%4 == 0
	x := make([]T, n+1)[1:] // not at the start of an allocation, so not aligned
	for i := range x {
		state += 0x9E3779B97F4A7C15
		z := (state ^ state>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		switch {
		case wild && z%7 == 0:
			x[i] = T([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), 1e-40, -1e-310}[z>>8%7])
		case wild && z%7 == 1 && lanes[T]() == 8:
			x[i] = T(math.Float32frombits(uint32(z >> 8)))
		case wild && z%7 == 1:
			x[i] = T(math.Float64frombits(z))
		default:
			x[i] = T(float64(z>>11)/(1<<51) - 2)
		}
	}
	return x
}

// equal compares bits; NaN are all the same.
func equal[T Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] && (got[i] == got[i] || want[i] == want[i]) || got[i] == want[i] && math.Signbit(float64(got[i])) != math.Signbit(float64(want[i])) {
			t.Fatalf("%s: number %d of %d is %v, want %v", what, i, len(want), got[i], want[i])
		}
	}
}

// levels runs a test at every level above Portable that the processor has, after Portable.
func levels[R any](t *testing.T, run func() R, check func(level Level, got, want R)) {
	t.Helper()
	var want R
	for _, l := range Levels() {
		restore := Use(l)
		got := run()
		restore()
		if l == Portable {
			want = got
		} else {
			check(l, got, want)
		}
	}
}

// shapes seeds the fuzzers with lengths around those of vectors, tiles and panels.
func shapes(f *testing.F) {
	for _, n := range []uint8{1, 2, 7, 8, 9, 33} {
		for _, d := range []uint16{1, 3, 4, 7, 8, 9, 16, 31, 63, 64, 65, 200, 2048} {
			for _, c := range []uint8{1, 2, 5, 6, 7, 13} {
				f.Add(n, d, c, []byte{byte(d), n, c})
			}
		}
	}
}

func FuzzProducts(f *testing.F) {
	shapes(f)
	f.Fuzz(func(t *testing.T, n uint8, d uint16, c uint8, seed []byte) {
		if n == 0 || d == 0 || c == 0 || n > 64 || d > 3000 || c > 20 {
			return
		}
		products[float32](t, int(n), int(d), int(c), seed)
		products[float64](t, int(n), int(d), int(c), seed)
	})
}

func products[T Float](t *testing.T, n, d, c int, seed []byte) {
	x, w, delta, z0 := numbers[T](seed, n*d), numbers[T](append(seed, 1), c*d), numbers[T](append(seed, 2), n*(c+1)), numbers[T](append(seed, 3), n*(c+1))
	// Both orders of a block give the same.
	both := func(start []T, product func(b *Block[T], z []T)) []T {
		var z [2][]T
		for i := range z {
			z[i] = slices.Clone(start)
			b := new(Block[T])
			b.rows = numbers[T](seed, 4*n*d) // what was there before
			if i == 0 {
				b.Reset(n, d)
			} else {
				b.ResetRows(n, d)
			}
			for k := range n {
				b.Set(k, x[k*d:(k+1)*d])
			}
			product(b, z[i])
		}
		equal(t, "in rows", z[1], z[0])
		return z[0]
	}
	levels(t, func() []T { return both(z0, func(b *Block[T], z []T) { b.Dots(w, z, c+1) }) },
		func(l Level, got, want []T) { equal(t, l.String()+" dots", got, want) })
	levels(t, func() []T { return both(w, func(b *Block[T], g []T) { b.Combine(Factors[T]{delta, c, c + 1}, g) }) },
		func(l Level, got, want []T) { equal(t, l.String()+" combine", got, want) })
}

// The definition in the package's comment, written out.
func TestDefinition(t *testing.T) {
	const n, d, c = 3, 1003, 2
	x, w, delta := numbers[float32]([]byte{1}, n*d), numbers[float32]([]byte{2}, c*d), numbers[float32]([]byte{3}, n*c)
	dots, sums := make([]float32, n*c), make([]float32, c*d)
	for i := range n {
		for j := range c {
			var p [8]float32
			for k := range d {
				l := k % 8
				if k >= d-d%8 {
					l = 0
				}
				p[l] += float32(x[i*d+k] * w[j*d+k])
			}
			dots[i*c+j] = ((p[0] + p[4]) + (p[1] + p[5])) + ((p[2] + p[6]) + (p[3] + p[7]))
		}
	}
	for j := range c {
		for i := range n {
			for k := range d {
				sums[j*d+k] += float32(delta[i*c+j] * x[i*d+k])
			}
		}
	}
	for _, l := range Levels() {
		restore := Use(l)
		var b Block[float32]
		b.Reset(n, d)
		for i := range n {
			b.Set(i, x[i*d:(i+1)*d])
		}
		z, g := make([]float32, n*c), make([]float32, c*d)
		b.Dots(w, z, c)
		b.Combine(Factors[float32]{delta, c, c}, g)
		restore()
		equal(t, l.String()+" dots", z, dots)
		equal(t, l.String()+" combine", g, sums)
	}
}

func FuzzVectors(f *testing.F) {
	for _, n := range []uint16{0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 1000} {
		f.Add(n, uint8(n), []byte{byte(n)})
		f.Add(n, uint8(n+1), []byte{byte(n + 1), 7})
		f.Add(n, uint8(n+2), []byte{byte(n + 2), 7})
		f.Add(n, uint8(n+3), []byte{byte(n + 3), 7})
	}
	f.Fuzz(func(t *testing.T, n uint16, shape uint8, seed []byte) {
		if n > 3000 {
			return
		}
		steps(t, int(n), shape&1 != 0, shape&2 != 0, seed)
		softmaxes(t, int(n), seed)
	})
}

func steps(t *testing.T, n int, centered, momentum bool, seed []byte) {
	s := Step{Alpha: 0.99, Rest: 0.01, Eps: 1e-8, Rate: 1e-3, Momentum: 0.9}
	if len(seed) > 1 {
		s.Decay = 0.1
	}
	levels(t, func() []float32 {
		m := Moments{P: numbers[float32](append(seed, 1), n), Square: numbers[float32](append(seed, 2), n)}
		g := numbers[float32](append(seed, 3), n)
		all := [][]float32{m.P, m.Square, g}
		if centered {
			m.Mean = numbers[float32](append(seed, 4), n)
			all = append(all, m.Mean)
		}
		if momentum {
			m.Momentum = numbers[float32](append(seed, 5), n)
			all = append(all, m.Momentum)
		}
		s.Apply(m, g)
		var out []float32
		for i, x := range all {
			if i != 2 {
				out = append(out, x...)
			}
		}
		return out
	}, func(l Level, got, want []float32) { equal(t, l.String()+" step", got, want) })
}

func softmaxes(t *testing.T, n int, seed []byte) {
	x := numbers[float32](seed, n)
	levels(t, func() bool { return Finite(x) }, func(l Level, got, want bool) {
		if notNumber := func(v float32) bool { return v-v != 0 }; got == slices.ContainsFunc(x, notNumber) || got != want {
			t.Errorf("%v says that numbers are finite: %v", l, got)
		}
	})
	levels(t, func() []float32 { return []float32{Max(x)} },
		func(l Level, got, want []float32) { equal(t, l.String()+" max", got, want) })
	// Exponents from 0 to far below the least.
	low32, low64 := numbers[float32](seed, n), numbers[float64](seed, n)
	for i := range low32 {
		low32[i], low64[i] = -min(float32(math.Abs(float64(low32[i])))*300, math.MaxFloat32), -math.Abs(low64[i])*300
	}
	shift := math.Abs(float64(len(seed)))
	levels(t, func() []float64 { e := make([]float64, n); Exp(low32, shift, e); return e },
		func(l Level, got, want []float64) { equal(t, l.String()+" exp of float32", got, want) })
	levels(t, func() []float64 { e := make([]float64, n); Exp(low64, shift, e); return e },
		func(l Level, got, want []float64) { equal(t, l.String()+" exp of float64", got, want) })
	e := numbers[float64](seed, n)
	levels(t, func() []float32 { out := make([]float32, n); Slope(e, 3.7, 1.5, 0.01, 32, out); return out },
		func(l Level, got, want []float32) { equal(t, l.String()+" slope", got, want) })
	levels(t, func() []float64 { out := make([]float64, n); Standardize(x, e, low64, out); return out },
		func(l Level, got, want []float64) { equal(t, l.String()+" standardize", got, want) })
	levels(t, func() []float32 { y := numbers[float32](append(seed, 9), n); Axpy(-1.7, x, y); return y },
		func(l Level, got, want []float32) { equal(t, l.String()+" axpy", got, want) })
}

// Exp against math.Exp, which uses the same method on amd64 and another elsewhere.
func TestExp(t *testing.T) {
	for x := -745.0; x <= 0; x += 0.0371 {
		var e [1]float64
		Exp([]float64{x}, 0, e[:])
		want := math.Exp(x)
		if x < -708 {
			want = 0
		}
		if math.Abs(e[0]-want) > want*0x1p-51 {
			t.Fatalf("exp(%v) = %v, want %v", x, e[0], want)
		}
	}
}
