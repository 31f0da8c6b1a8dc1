package head

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"graft/head/internal/headtest"
)

// golden reads a file that scripts/goldens/head.py made.
func golden(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "golden", "head", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// uniform is the numbers in [−1, 1) that head.py's uniform makes.
func uniform(seed uint64, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		z := seed<<32 + uint64(i+1)*0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		x[i] = float32(float64(z>>40)/(1<<23) - 1)
	}
	return x
}

// problem is head.py's: noise, with one feature shifted for each class.
func problem(seed uint64, n, d, c int, signal float32) headtest.Data {
	r := headtest.Data{X: uniform(seed, n*d), D: d}
	for i := range n {
		y := i % c
		r.X[i*d+y%d] += signal
		r.Y = append(r.Y, y)
	}
	return r
}

// collinear is head.py's: two separable classes of nearly collinear features.
func collinear(seed uint64, n, d int) headtest.Data {
	base, mix, noise := uniform(seed, n*3), uniform(seed+1, 3*d), uniform(seed+2, n*d)
	r := headtest.Data{X: make([]float32, n*d), D: d}
	for i := range n {
		shift := float32(4*(i%2) - 2)
		base[i*3] += shift
		for j := range d {
			v := float32(base[i*3] * mix[j])
			v += float32(base[i*3+1] * mix[d+j])
			v += float32(base[i*3+2] * mix[2*d+j])
			r.X[i*d+j] = v + float32(noise[i*d+j]*0x1p-17)
		}
		r.Y = append(r.Y, i%2)
	}
	return r
}

// names is c labels.
func names(c int) []string {
	return []string{"ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen"}[:c]
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v within %g", what, got, want, tolerance)
	}
}
