package inception

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"strings"

	"graft/onnx"
)

// A Parameter is the name and shape of a tensor that Build reads.
type Parameter struct {
	Name string
	Dims []int64
}

// Parameters lists the tensors that Build reads at a width (0 is 1), in order:
// five for each of the 94 convolutions.
func Parameters(width float64) ([]Parameter, error) {
	if width == 0 {
		width = 1
	}
	if err := checkWidth(width); err != nil {
		return nil, fmt.Errorf("inception v3: %w", err)
	}
	var list []Parameter
	t := &trunk{Builder: onnx.NewBuilder(""), width: width, list: &list}
	t.network()
	return list, t.Err()
}

// Seeded is random Weights, a pure function of (Seed, tensor name, index):
//
//	mix(z)    = SplitMix64's finaliser, all in uint64:
//	            z ^= z>>30; z *= 0xbf58476d1ce4e5b9
//	            z ^= z>>27; z *= 0x94d049bb133111eb; z ^= z>>31
//	key       = mix(Seed) ^ FNV-1a64(name)
//	bits(i)   = mix(key + (i+1)·0x9e3779b97f4a7c15), i counted row by row
//	u(i)      = (bits(i)>>40) / 2^23 − 1           in [−1, 1), exact in float32
//	value(i)  = float32(a + b·u(i))                in float64, rounded once
//
// with a and b by the tensor's kind:
//
//	conv.weight      a = 0, b = sqrt(6 / (inputs·rows·columns))   (He)
//	bn.weight        a = 1, b = 0.2
//	bn.bias          a = 0, b = 0.1
//	bn.running_mean  a = 0, b = 0.1
//	bn.running_var   a = 1, b = 0.2
//
// He's bound keeps the mean square of the activations from layer to layer, so
// that they neither vanish nor explode.
type Seeded struct {
	Seed  uint64
	Width float64 // as in Options
}

var _ Weights = Seeded{}

// Tensor returns a parameter; its name is one of [Parameters].
func (s Seeded) Tensor(name string) (dims []int64, data []float32, err error) {
	list, err := Parameters(s.Width)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range list {
		if p.Name == name {
			return p.Dims, s.values(p), nil
		}
	}
	return nil, nil, fmt.Errorf("inception v3 has no tensor %q: %w", name, fs.ErrNotExist)
}

// Source names the weights for Options: "seed 0".
func (s Seeded) Source() string { return fmt.Sprintf("seed %d", s.Seed) }

func (s Seeded) values(p Parameter) []float32 {
	h := fnv.New64a()
	h.Write([]byte(p.Name))
	key := mix(s.Seed) ^ h.Sum64()
	a, b := interval(p)
	n := int64(1)
	for _, d := range p.Dims {
		n *= d
	}
	data := make([]float32, n)
	for i := range data {
		bits := mix(key + uint64(i+1)*0x9e3779b97f4a7c15)
		u := float64(float64(bits>>40)/(1<<23)) - 1
		// The conversion keeps compilers from fusing the two operations,
		// which would round differently on some machines.
		data[i] = float32(a + float64(b*u))
	}
	return data
}

// interval returns the centre and the half-width of a parameter's uniform
// distribution.
func interval(p Parameter) (a, b float64) {
	switch {
	case strings.HasSuffix(p.Name, ".conv.weight"):
		return 0, math.Sqrt(6 / float64(p.Dims[1]*p.Dims[2]*p.Dims[3]))
	case strings.HasSuffix(p.Name, ".bn.weight"), strings.HasSuffix(p.Name, ".bn.running_var"):
		return 1, 0.2
	}
	return 0, 0.1
}

// mix is the finaliser of SplitMix64: Steele, Lea and Flood, Fast Splittable
// Pseudorandom Number Generators, OOPSLA 2014.
func mix(z uint64) uint64 {
	z ^= z >> 30
	z *= 0xbf58476d1ce4e5b9
	z ^= z >> 27
	z *= 0x94d049bb133111eb
	return z ^ z>>31
}
