package audit

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"graft/head"
)

// matrix is head.Rows in memory.
type matrix struct {
	d int
	x []float32
}

func (m matrix) Len() int { return len(m.x) / m.d }
func (m matrix) Dim() int { return m.d }
func (m matrix) Row(i int, dst []float32) error {
	copy(dst[:m.d], m.x[i*m.d:])
	return nil
}

// photographs makes n rows of d positive features, as networks give them, and
// tiny pictures to go with them.
func photographs(n, d int, seed uint64) (features, pictures matrix) {
	r := rand.New(rand.NewPCG(seed, 1))
	features, pictures = matrix{d, make([]float32, n*d)}, matrix{64, make([]float32, n*64)}
	for i := range features.x {
		features.x[i] = float32(math.Abs(r.NormFloat64()) * (1 + float64(i%d%7)))
	}
	for i := range pictures.x {
		pictures.x[i] = float32(128 + 40*r.NormFloat64())
	}
	return features, pictures
}

// copyRow makes row j a copy of row i with noise, in shares of its deviation.
func copyRow(m matrix, r *rand.Rand, i, j int, noise float64) {
	for k := range m.d {
		scale := 0.6 * (1 + float64(k%7))
		if m.d == 64 {
			scale = 40
		}
		m.x[j*m.d+k] = m.x[i*m.d+k] + float32(noise*scale*r.NormFloat64())
	}
}

func TestNearPairsEqualsAllPairs(t *testing.T) {
	const n, d = 700, 300
	features, pictures := photographs(n, d, 3)
	r := rand.New(rand.NewPCG(9, 9))
	for k := range 60 { // from certain copies to ones that only share the picture, or nothing
		copyRow(features, r, k, n-1-k, float64(k)*0.025)
		if k%3 > 0 {
			copyRow(pictures, r, k, n-1-k, float64(k)*0.015)
		}
	}
	got, err := nearPairs(t.Context(), features, pictures, Near{})
	if err != nil {
		t.Fatal(err)
	}
	want := allPairs(t, features, pictures)
	if len(want) < 20 || len(want) == 60 {
		t.Fatalf("%d pairs; the test wants some of 60", len(want))
	}
	if !slices.EqualFunc(got, want, func(a, b pair) bool { return a.A == b.A && a.B == b.B && math.Abs(a.Cosine-b.Cosine) < 1e-5 }) {
		t.Errorf("got %d pairs, want %d:\n%v\n%v", len(got), len(want), got, want)
	}
}

// allPairs is the definition, without a prefilter.
func allPairs(t *testing.T, features, pictures matrix) []pair {
	t.Helper()
	standard, err := head.NewStandardizer(t.Context(), features)
	if err != nil {
		t.Fatal(err)
	}
	tiny, err := readLooks(pictures)
	if err != nil {
		t.Fatal(err)
	}
	var pairs []pair
	rows := make([][]float32, features.Len())
	for i := range rows {
		rows[i] = make([]float32, features.d)
		if err := (scaled{standard}).unit(features, i, rows[i]); err != nil {
			t.Fatal(err)
		}
		for j := range i {
			p := pair{A: j, B: i, Cosine: dot(rows[j], rows[i]), Picture: tiny.correlation(j, i)}
			if p.Cosine >= 0.9 || p.Cosine >= 0.5 && p.Picture >= 0.9 {
				pairs = append(pairs, p)
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return byRows([2]int32{int32(a.A), int32(a.B)}, [2]int32{int32(b.A), int32(b.B)}) })
	return pairs
}

// TestConstantColumns: what never changes tells nothing apart, whatever its size.
func TestConstantColumns(t *testing.T) {
	const n, d = 90, 40
	features, pictures := photographs(n, d, 7)
	r := rand.New(rand.NewPCG(7, 7))
	for k := range 20 {
		copyRow(features, r, k, n-1-k, float64(k)*0.02)
		copyRow(pictures, r, k, n-1-k, 0.01)
	}
	padded := matrix{d + 3, nil}
	for i := range n {
		padded.x = append(append(padded.x, 0.1, -1e6, 0), features.x[i*d:(i+1)*d]...)
	}
	want, err := nearPairs(t.Context(), features, pictures, Near{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := nearPairs(t.Context(), padded, pictures, Near{})
	if err != nil || len(want) < 10 || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v (%v)", got, want, err)
	}
	constant := matrix{5, nil}
	for range n {
		constant.x = append(constant.x, 0.1, 0.7, 1e-3, -1e6, 3.3)
	}
	if got, err := nearPairs(t.Context(), constant, pictures, Near{}); err != nil || len(got) > 0 {
		t.Errorf("%d pairs of features that are all the same, %v", len(got), err)
	}
}

func TestNearPairsOfDegenerateData(t *testing.T) {
	zeros := func(n, d int) matrix { return matrix{d, make([]float32, n*d)} }
	for _, c := range []struct {
		name               string
		features, pictures matrix
	}{
		{"none", matrix{5, nil}, matrix{64, nil}},
		{"one", zeros(1, 5), zeros(1, 64)},
		{"nothing varies", zeros(300, 5), zeros(300, 64)},
	} {
		if pairs, err := nearPairs(t.Context(), c.features, c.pictures, Near{}); err != nil || len(pairs) != 0 {
			t.Errorf("%s: %d pairs, error %v; want none", c.name, len(pairs), err)
		}
	}
	broken := zeros(3, 5)
	broken.x[7] = float32(math.NaN())
	if _, err := nearPairs(t.Context(), broken, zeros(3, 64), Near{}); err == nil {
		t.Error("a feature is NaN: no error")
	}
	if _, err := nearPairs(t.Context(), zeros(3, 5), zeros(2, 64), Near{}); err == nil {
		t.Error("a picture is missing: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := nearPairs(ctx, zeros(3, 5), zeros(3, 64), Near{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func TestNearPairsGivesUpOnWhatIsAllAlike(t *testing.T) {
	n := 2500 // 3.1 million pairs
	m := matrix{64, make([]float32, n*64)}
	for i := range m.x {
		m.x[i] = float32(i / 64 % 2 * (1 + i%64) * 9) // two pictures, again and again
	}
	var alike *TooAlikeError
	if _, err := nearPairs(t.Context(), m, m, Near{Picture: -1, Certain: 0.99}); !errors.As(err, &alike) {
		t.Errorf("error %v, want that they are too alike", err)
	}
}

func BenchmarkNearPairs10000x2048(b *testing.B) {
	features, pictures := photographs(10000, 2048, 1)
	for b.Loop() {
		if _, err := nearPairs(b.Context(), features, pictures, Near{}); err != nil {
			b.Fatal(err)
		}
	}
}
