package kernel

import "math"

// Dot is the product of two vectors of one length, in the order of the package's comment.
func Dot(x, y []float64) float64 {
	y = y[:len(x)]
	whole := len(x) - len(x)%4
	p := sums(x[:whole], y[:whole])
	for k := whole; k < len(x); k++ {
		p[0] += float64(x[k] * y[k])
	}
	return (p[0] + p[2]) + (p[1] + p[3])
}

// Norm is the length of a vector, the root of its square, which must not overflow.
func Norm(x []float64) float64 { return math.Sqrt(Dot(x, x)) }

// AddScaled adds a·x to y, which is as long.
func AddScaled(a float64, x, y []float64) { axpyGo(a, x, y) }

// AddScaledDot adds a·x to y, and gives the product of what y is then with z: [AddScaled] and [Dot] in one
// pass. All have one length.
func AddScaledDot(a float64, x, y, z []float64) float64 {
	var p0, p1, p2, p3 float64
	for len(x) >= 4 && len(y) >= 4 && len(z) >= 4 {
		y0, y1 := y[0]+float64(a*x[0]), y[1]+float64(a*x[1])
		y2, y3 := y[2]+float64(a*x[2]), y[3]+float64(a*x[3])
		y[0], y[1], y[2], y[3] = y0, y1, y2, y3
		p0 += float64(y0 * z[0])
		p1 += float64(y1 * z[1])
		p2 += float64(y2 * z[2])
		p3 += float64(y3 * z[3])
		x, y, z = x[4:], y[4:], z[4:]
	}
	for k, v := range x {
		y[k] += float64(a * v)
		p0 += float64(y[k] * z[k])
	}
	return (p0 + p2) + (p1 + p3)
}

// AddScaledRows adds the sum of rows x of d numbers, each times its factor, to y: [AddScaled] of row after row. Four
// rows are read together, so that y is not read and written for each.
func AddScaledRows(factors, x, y []float64) {
	d := len(y)
	for ; len(factors) >= 4; factors, x = factors[4:], x[4*d:] {
		a, b, c, e := factors[0], factors[1], factors[2], factors[3]
		xa, xb, xc, xe := x[:len(y)], x[d:][:len(y)], x[2*d:][:len(y)], x[3*d:][:len(y)]
		for j, v := range y {
			v += float64(a * xa[j])
			v += float64(b * xb[j])
			v += float64(c * xc[j])
			v += float64(e * xe[j])
			y[j] = v
		}
	}
	for i, f := range factors {
		AddScaled(f, x[i*d:(i+1)*d], y)
	}
}
