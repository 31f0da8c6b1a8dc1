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

// sums is the partial sums of the products of x with as many numbers of w.
func sums[T Float](x, w []T) [8]T {
	if lanes[T]() == 8 {
		return sums8(x, w)
	}
	return sums4(x, w)
}

// after is the number that is so many bytes behind another.
func after[T Float](p *T, bytes int) *T { return (*T)(unsafe.Add(unsafe.Pointer(p), bytes)) }

// sums8 is the partial sums of eight lanes.
func sums8[T Float](x, w []T) [8]T {
	var p0, p1, p2, p3, p4, p5, p6, p7 T
	for w = w[:len(x)]; len(x) >= 8 && len(w) >= 8; x, w = x[8:], w[8:] {
		p0 += T(x[0] * w[0])
		p1 += T(x[1] * w[1])
		p2 += T(x[2] * w[2])
		p3 += T(x[3] * w[3])
		p4 += T(x[4] * w[4])
		p5 += T(x[5] * w[5])
		p6 += T(x[6] * w[6])
		p7 += T(x[7] * w[7])
	}
	return [8]T{p0, p1, p2, p3, p4, p5, p6, p7}
}

// sums4 is the partial sums of four lanes.
func sums4[T Float](x, w []T) [8]T {
	var p0, p1, p2, p3 T
	for w = w[:len(x)]; len(x) >= 4 && len(w) >= 4; x, w = x[4:], w[4:] {
		p0 += T(x[0] * w[0])
		p1 += T(x[1] * w[1])
		p2 += T(x[2] * w[2])
		p3 += T(x[3] * w[3])
	}
	return [8]T{p0, p1, p2, p3}
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
	for r := range int(rows) {
		to := unsafe.Slice(after(out, r*int(ostride)), width)
		for i := range int(n) {
			axpyGo(*after(delta, r*int(size[T]())+i*int(stride)), unsafe.Slice(after(x, i*int(xstride)), width), to)
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
