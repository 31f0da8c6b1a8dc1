package paint

import (
	"math"
	"math/rand/v2"
)

// lattice is the side of a Field's grid; a power of two, so that wrapping is
// one operation.
const lattice = 64

// Field is smooth noise over the plane with details one unit wide, repeating
// after 64 units.
type Field struct{ v [lattice * lattice]float32 }

// NewField draws a field's values.
func NewField(r *rand.Rand) *Field {
	f := new(Field)
	for i := 0; i < len(f.v); i += 4 {
		bits := r.Uint64()
		for j := range 4 {
			f.v[i+j] = float32(bits>>(16*j)&0xffff)*(2.0/65535) - 1
		}
	}
	return f
}

// At is the noise at a place, -1…1.
func (f *Field) At(x, y float64) float32 {
	fx, fy := math.Floor(x), math.Floor(y)
	u, v := float32(x-fx), float32(y-fy)
	u, v = u*u*(3-2*u), v*v*(3-2*v)
	i, j := int(fx)&(lattice-1), (int(fy)&(lattice-1))*lattice
	k, l := (i+1)&(lattice-1), (j+lattice)&(lattice*lattice-1)
	a, b := f.v[j+i], f.v[j+k]
	c, d := f.v[l+i], f.v[l+k]
	a += (b - a) * u
	c += (d - c) * u
	return a + (c-a)*v
}

// Cloud adds octaves of the field, each twice as fine and half as strong;
// the sum stays within -1…1.
func (f *Field) Cloud(x, y float64, octaves int) float32 {
	var sum, total float32
	weight := float32(1)
	for range octaves {
		sum += weight * f.At(x, y)
		total += weight
		weight /= 2
		x, y = 2*x+17.3, 2*y+5.1
	}
	return sum / total
}

// grain holds normally distributed numbers for Grain: drawing them anew for
// every pixel would cost more than the picture.
var grain = func() (g [4096]float32) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range g {
		g[i] = float32(r.NormFloat64())
	}
	return g
}()

// Grain adds noise as a camera does, of the standard deviation sigma, partly
// the same in the three colours.
func (c *Canvas) Grain(r *rand.Rand, sigma float32) {
	state := r.Uint64() | 1
	for i := range c.Pix {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		p := &c.Pix[i]
		common := grain[state&4095]
		p.R += sigma * (0.7*common + 0.6*grain[state>>12&4095])
		p.G += sigma * (0.7*common + 0.6*grain[state>>24&4095])
		p.B += sigma * (0.7*common + 0.6*grain[state>>36&4095])
	}
}
