package kernel

import "unsafe"

// dotsGo is the product of a tile of one row; see kit.
func dotsGo[T Float](x, w *T, stride, cols uint64, z *T, _, _, steps, tail uint64) {
	l, whole := lanes[T](), int(steps)
	xs := unsafe.Slice(x, (whole+int(tail))*l)
	for j := range int(cols) {
		ws := unsafe.Slice(after(w, j*int(stride)), whole*l+int(tail))
		p := sums(xs[:whole*l], ws)
		for k, v := range ws[whole*l:] {
			p[0] += T(xs[(whole+k)*l] * v)
		}
		*after(z, j*int(size[T]())) += total(p, l)
	}
}

// rowDotsGo is the products of one row of w with rows of x as they lie; see kit.
func rowDotsGo[T Float](x *T, xstride uint64, w *T, _, _ uint64, z *T, zstride, rows, steps, tail uint64) {
	whole := int(steps) * lanes[T]()
	ws := unsafe.Slice(w, whole+int(tail))
	for i := range int(rows) {
		xs := unsafe.Slice(after(x, i*int(xstride)), len(ws))
		p := sums(xs[:whole], ws)
		for k, v := range ws[whole:] {
			p[0] += T(xs[whole+k] * v)
		}
		*after(z, i*int(zstride)) += total(p, lanes[T]())
	}
}

// sums is the partial sums of the products of x with as many numbers of w, four of them at a time: for eight Go has
// too few registers.
func sums[T Float](x, w []T) (p [8]T) {
	step := lanes[T]() / 4
	for i := range step {
		q := quadSums(quads(x), quads(w[:len(x)]), i, step)
		copy(p[4*i:], q[:])
	}
	return p
}

// after is the number that is so many bytes behind another.
func after[T Float](p *T, bytes int) *T { return (*T)(unsafe.Add(unsafe.Pointer(p), bytes)) }

// quads is x in groups of four numbers.
func quads[T Float](x []T) [][4]T {
	if len(x) < 4 {
		return nil
	}
	return unsafe.Slice((*[4]T)(unsafe.Pointer(unsafe.SliceData(x))), len(x)/4)
}

// quadSums is four partial sums: those of every so many groups, from one on.
func quadSums[T Float](x, w [][4]T, from, step int) [4]T {
	var p0, p1, p2, p3 T
	for i := from; i < len(x) && i < len(w); i += step {
		a, b := &x[i], &w[i]
		p0 += T(a[0] * b[0])
		p1 += T(a[1] * b[1])
		p2 += T(a[2] * b[2])
		p3 += T(a[3] * b[3])
	}
	return [4]T{p0, p1, p2, p3}
}

// total adds up partial sums.
func total[T Float](p [8]T, lanes int) T {
	if lanes == 4 {
		return (p[0] + p[2]) + (p[1] + p[3])
	}
	return ((p[0] + p[4]) + (p[1] + p[5])) + ((p[2] + p[6]) + (p[3] + p[7]))
}

// combineGo is the combination of the rows of a panel of 256 bytes; see kit.
func combineGo[T Float](x *T, xstride, n uint64, delta *T, stride, rows uint64, out *T, ostride uint64) {
	width := 256 / int(size[T]())
	row := func(i int) []T { return unsafe.Slice(after(x, i*int(xstride)), width) }
	for r := range int(rows) {
		to := unsafe.Slice(after(out, r*int(ostride)), width)
		factor := func(i int) T { return *after(delta, r*int(size[T]())+i*int(stride)) }
		i := 0
		for ; i+4 <= int(n); i += 4 {
			axpy4Go([4]T{factor(i), factor(i + 1), factor(i + 2), factor(i + 3)}, [4][]T{row(i), row(i + 1), row(i + 2), row(i + 3)}, to)
		}
		for ; i < int(n); i++ {
			axpyGo(factor(i), row(i), to)
		}
	}
}

// axpyGo adds a·x to y.
func axpyGo[T Float](a T, x, y []T) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += T(a * v)
	}
}

// axpy4Go adds four multiples to y, one after the other: y is read and written once. Lengths are multiples of 4.
func axpy4Go[T Float](a [4]T, x [4][]T, y []T) {
	to := quads(y)
	a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
	x0, x1, x2, x3 := quads(x[0])[:len(to)], quads(x[1])[:len(to)], quads(x[2])[:len(to)], quads(x[3])[:len(to)]
	for i := range to {
		s, v0, v1, v2, v3 := &to[i], &x0[i], &x1[i], &x2[i], &x3[i]
		for k := range s {
			t := s[k] + T(a0*v0[k])
			t += T(a1 * v1[k])
			t += T(a2 * v2[k])
			s[k] = t + T(a3*v3[k])
		}
	}
}
