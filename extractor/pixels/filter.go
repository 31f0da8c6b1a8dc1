package pixels

import "math"

// Values of Transform.Interpolation: Pillow's filters, all with antialias. "" is bilinear.
const (
	Bilinear = "bilinear" // a name for people; in a Transform it is ""
	Bicubic  = "bicubic"  // a = −0.5
	Lanczos  = "lanczos"  // three lobes
	Box      = "box"
	Hamming  = "hamming"
	Nearest  = "nearest" // one input pixel an output pixel, no antialias
)

// A filter is one of those in Pillow's src/libImaging/Resample.c: the weight of an input sample at
// distance x from the centre of an output sample, in output samples when downsampling, 0 beyond the
// support. The conversions to float64 keep the compiler from fusing a multiplication with an
// addition, which would round differently on some machines.
type filter struct {
	support float64
	signed  bool // some weights are negative
	weight  func(x float64) float64
}

var filters = map[string]filter{
	"":      {1, false, triangle},
	Bicubic: {2, true, cubic},
	Lanczos: {3, true, lanczos},
	Box:     {0.5, false, box1},
	Hamming: {1, false, hamming},
	Nearest: {},
}

func triangle(x float64) float64 { return max(1-math.Abs(x), 0) }

func box1(x float64) float64 {
	if x > -0.5 && x <= 0.5 {
		return 1
	}
	return 0
}

func cubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return float64(float64(float64(float64(float64((a+2)*x)-(a+3))*x)*x)) + 1
	case x < 2:
		return float64(float64(float64(float64(float64(x-5)*x)+8)*x)-4) * a
	}
	return 0
}

func hamming(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x == 0:
		return 1
	case x >= 1:
		return 0
	}
	return float64(sinc(x) * (0.54 + float64(0.46*sinPi(x+0.5)))) // sin(π(x+½)) is cos(πx)
}

func lanczos(x float64) float64 {
	if x < -3 || x >= 3 {
		return 0
	}
	return float64(sinc(x) * sinc(x/3))
}

// sinc is sin(πx)/πx.
func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return sinPi(x) / (math.Pi * x)
}

// sinPi is sin(πx) by its series. math.Sin is not used, because its last bit is not the same on
// every kind of processor.
func sinPi(x float64) float64 {
	whole := math.RoundToEven(x)
	y := math.Pi * (x - whole)
	square := float64(y * y)
	sum, term := y, y
	for n := 2.0; n < 22; n += 2 {
		term = float64(term*-square) / (n * (n + 1))
		sum += term
	}
	if math.Mod(whole, 2) != 0 {
		return -sum
	}
	return sum
}
