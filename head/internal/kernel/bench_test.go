package kernel

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// each runs a benchmark at every level.
func each(b *testing.B, name string, f func(b *testing.B)) {
	for _, l := range Levels() {
		b.Run(fmt.Sprint(name, "/", l), func(b *testing.B) {
			defer Use(l)()
			f(b)
		})
	}
}

func benchBlock(x []float32, n, d int) *Block[float32] {
	k := new(Block[float32])
	k.Reset(n, d)
	for i := range n {
		k.Set(i, x[i*d:(i+1)*d])
	}
	return k
}

// Both products of a step, a batch of 32 with 100 classes and one of 1024 with 1000, in GFLOP/s.
func BenchmarkProducts(b *testing.B) {
	for _, s := range [][3]int{{32, 2048, 100}, {1024, 2048, 1000}} {
		n, d, c := s[0], s[1], s[2]
		x, w, z := numbers[float32]([]byte{1}, n*d), numbers[float32]([]byte{2}, c*d), make([]float32, n*c)
		rate := func(b *testing.B) {
			b.ReportMetric(2e-9*float64(n*d*c)*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s")
		}
		name := fmt.Sprintf("%dx%dx%d", n, d, c)
		each(b, name+"/set", func(b *testing.B) {
			k := benchBlock(x, n, d)
			for b.Loop() {
				for i := range n {
					k.Set(i, x[i*d:(i+1)*d])
				}
			}
			rate(b)
		})
		each(b, name+"/dots", func(b *testing.B) {
			k := benchBlock(x, n, d)
			for b.Loop() {
				k.Dots(w, z, c)
			}
			rate(b)
		})
		each(b, name+"/combine", func(b *testing.B) {
			k := benchBlock(x, n, d)
			g := make([]float32, k.PanelWidth()*c)
			for b.Loop() {
				for p := range k.Panels() {
					k.Panel(p, Factors[float32]{z, c, c}, g, k.PanelWidth())
				}
			}
			rate(b)
		})
		b.Run(name+"/dots/gonum", func(b *testing.B) {
			for b.Loop() {
				for j := 0; j < c; j += 64 {
					for i := 0; i < n; i += 64 {
						blas32.Implementation().Sgemm(blas.NoTrans, blas.Trans, min(64, n-i), min(64, c-j), d, 1, x[i*d:], d, w[j*d:], d, 1, z[i*c+j:], c)
					}
				}
			}
			rate(b)
		})
	}
}

func BenchmarkVectors(b *testing.B) {
	const n = 2048
	x, e := numbers[float32]([]byte{1}, n), make([]float64, n)
	m := Moments{P: numbers[float32]([]byte{1}, n), Square: numbers[float32]([]byte{2}, n)}
	for i, v := range m.Square {
		m.Square[i] = max(v, -v)
	}
	for name, f := range map[string]func(){
		"step":  func() { Step{Alpha: 0.99, Rest: 0.01, Eps: 1e-8, Rate: 1e-6}.Apply(m, x) },
		"exp":   func() { Exp(x, 2, e) },
		"max":   func() { Max(x) },
		"slope": func() { Slope(e, 3, 1, 0, 32, x) },
	} {
		each(b, name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
			b.ReportMetric(1e9*b.Elapsed().Seconds()/float64(b.N)/n, "ns/number")
		})
	}
}
