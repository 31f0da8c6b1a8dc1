package kernel

import "math"

// Max is the largest of x, NaN left out, or −Inf if there is none. Of zeros it is +0.
func Max(x []float32) float32 {
	top := float32(math.Inf(-1))
	v, n := split(len(x))
	if n > 0 {
		lanes := [16]float32{}
		for i := range lanes {
			lanes[i] = top
		}
		v.largest(&x[0], uint64(n), &lanes[0])
		top = maxGo(top, lanes[:])
	}
	return maxGo(top, x[n:]) + 0
}

func maxGo(top float32, x []float32) float32 {
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	return top
}

// Exp sets e, as long as x, to exp(x − shift), for x at most shift. Below −708 it is 0; else the error is
// about a unit in the last place.
//
// The method is Go's own on amd64 (Shibata 2010): r = x − k·ln 2 in two parts, a Taylor series of
// r/16, squared four times in the form e^2r − 1, times 2^k.
func Exp[T Float](x []T, shift float64, e []float64) {
	e = e[:len(x)]
	v, n := split(len(x))
	if n > 0 {
		switch x := any(x).(type) {
		case []float32:
			v.exp32(&x[0], uint64(n), shift, &e[0])
		case []float64:
			v.exp64(&x[0], uint64(n), shift, &e[0])
		}
	}
	for i, x := range x[n:] {
		e[n+i] = expGo(float64(x) - shift)
	}
}

// expGo is e^x for x from −Inf to 0, or NaN.
func expGo(x float64) float64 {
	const upper, lower = 0.69314718055966295651160180568695068359375, 0.28235290563031577122588448175013436025525412068e-12 // ln 2
	if x < -708 {
		return 0
	}
	k := math.RoundToEven(x * math.Log2E)
	x = math.FMA(-k, upper, x)
	x = math.FMA(-k, lower, x)
	x = float64(x * 0.0625)
	p := 2.4801587301587301587e-5
	for _, c := range [...]float64{1.9841269841269841270e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3, 4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1} {
		p = math.FMA(p, x, c)
	}
	x = float64(x * p)
	for range 3 {
		x = float64(x * (x + 2))
	}
	return math.FMA(x+2, x, 1) * math.Float64frombits(uint64(int64(k)+1023)<<52)
}

// Slope sets out to (factor·(e/sum) − target)/divisor. It is as long as e.
func Slope(e []float64, sum, factor, target, divisor float64, out []float32) {
	out = out[:len(e)]
	v, n := split(len(e))
	if n > 0 {
		v.slope(&e[0], uint64(n), sum, factor, target, divisor, &out[0])
	}
	for i, x := range e[n:] {
		out[n+i] = float32((float64(factor*(x/sum)) - target) / divisor)
	}
}

// Log is the natural logarithm of x: the method of Go's own (FreeBSD's e_log.c), of
// which no operations are fused on any processor.
func Log(x float64) float64 {
	const (
		ln2Hi, ln2Lo = 6.93147180369123816490e-01, 1.90821492927058770002e-10
		l1, l2, l3   = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01
		l4, l5, l6   = 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01
		l7           = 1.479819860511658591e-01
	)
	if !(x > 0) || math.IsInf(x, 1) {
		return math.Log(x)
	}
	f, exponent := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f, exponent = f*2, exponent-1
	}
	f--
	k, s := float64(exponent), f/(2+f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	t1 := float64(s2 * (l1 + float64(s4*(l3+float64(s4*(l5+float64(s4*l7)))))))
	t2 := float64(s4 * (l2 + float64(s4*(l4+float64(s4*l6)))))
	half := float64(float64(0.5*f) * f)
	return float64(k*ln2Hi) - ((half - (float64(s*(half+(t1+t2))) + float64(k*ln2Lo))) - f)
}

// Log1p is the natural logarithm of 1 + x, for x from 0 on, to a few units in the last place however small x is:
// that of what 1 + x is rounded to, corrected (Kahan).
func Log1p(x float64) float64 {
	u := 1 + x
	if u == 1 {
		return x
	}
	if !(u <= math.MaxFloat64) {
		return Log(u)
	}
	return Log(u) * x / (u - 1)
}

// Standardize sets out to (x − mean)·inverse. All are as long as x.
func Standardize(x []float32, mean, inverse, out []float64) {
	mean, inverse, out = mean[:len(x)], inverse[:len(x)], out[:len(x)]
	v, n := split(len(x))
	if n > 0 {
		v.standardize(&x[0], uint64(n), &mean[0], &inverse[0], &out[0])
	}
	for i := n; i < len(x); i++ {
		out[i] = (float64(x[i]) - mean[i]) * inverse[i]
	}
}
