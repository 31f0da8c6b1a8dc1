package audit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// fruit is a tiny picture of a disc on white ground: 64 luminances, 16 of Cb and 16 of Cr.
func fruit(r, g, b float32, noise float64) []float32 {
	rng := rand.New(rand.NewPCG(uint64(r), uint64(g)))
	inside := func(i, side int) bool {
		x, y := float64(i%side)+0.5-float64(side)/2, float64(i/side)+0.5-float64(side)/2
		return math.Hypot(x, y) < 0.36*float64(side)
	}
	row := make([]float32, 96)
	for i := range 64 {
		row[i] = 250
		if inside(i, 8) {
			row[i] = 0.299*r + 0.587*g + 0.114*b
		}
		row[i] += float32(noise * rng.NormFloat64())
	}
	for i := range 16 {
		if inside(i, 4) {
			row[64+i], row[80+i] = -0.169*r-0.331*g+0.5*b, 0.5*r-0.419*g-0.081*b
		}
	}
	return row
}

// grayOf is a picture without its colours.
func grayOf(row []float32) []float32 {
	return append(append([]float32{}, row[:64]...), make([]float32, 32)...)
}

// TestLooksSeeColour: fruit of two colours are not alike, though their luminances are; copies are,
// also gray ones.
func TestLooksSeeColour(t *testing.T) {
	apple, orange := fruit(120, 170, 50, 1), fruit(240, 140, 30, 1)
	rows := [][]float32{apple, orange, fruit(121, 168, 54, 3), grayOf(apple), grayOf(orange), fruit(90, 50, 110, 1)}
	m := matrix{d: 96}
	for _, r := range rows {
		m.x = append(m.x, r...)
	}
	l, err := readLooks(m)
	if err != nil {
		t.Fatal(err)
	}
	if like := dot(l.gray.row(0), l.gray.row(1)); like < 0.9 {
		t.Errorf("luminances of apple and orange correlate by %.2f; the test is for what does by 0.9", like)
	}
	for _, c := range []struct {
		what string
		i, j int
		like bool
	}{
		{"apple and orange", 0, 1, false}, {"apple and plum", 0, 5, false}, {"orange and plum", 1, 5, false},
		{"a copy of the apple", 0, 2, true}, {"a gray copy", 0, 3, true}, {"two gray ones", 3, 4, true},
	} {
		if v := l.correlation(c.i, c.j); (v >= 0.9) != c.like {
			t.Errorf("%s correlate by %.3f", c.what, v)
		}
	}
	pairs, err := l.pairsAbove(t.Context(), 0.9)
	if err != nil {
		t.Fatal(err)
	}
	found := map[[2]int32]bool{}
	for _, p := range pairs {
		found[p] = true
	}
	for i := range rows {
		for j := range i {
			if l.correlation(j, i) >= 0.9 && !found[[2]int32{int32(j), int32(i)}] {
				t.Errorf("%d and %d are alike, but no candidates", j, i)
			}
		}
	}
}

// TestAppleAndOrangeAreNoDuplicates, though their features have something in common; a copy is.
func TestAppleAndOrangeAreNoDuplicates(t *testing.T) {
	const n, d = 60, 200
	features, _ := photographs(n, d, 5)
	r := rand.New(rand.NewPCG(5, 5))
	copyRow(features, r, 0, 1, 0.9)
	copyRow(features, r, 0, 2, 0.5)
	looks := matrix{d: 96}
	for i := range n {
		row := fruit(float32(20*i%255), float32(90+37*i%160), float32(11*i%255), 60)
		switch i {
		case 0, 2:
			row = fruit(120, 170, 50, float64(i))
		case 1:
			row = fruit(240, 140, 30, 1)
		}
		looks.x = append(looks.x, row...)
	}
	pairs, err := nearPairs(t.Context(), features, looks, Near{Certain: 0.99})
	if err != nil {
		t.Fatal(err)
	}
	if len(pairs) != 1 || pairs[0].A != 0 || pairs[0].B != 2 {
		t.Errorf("pairs %+v, want the apple and its copy alone", pairs)
	}
	without := matrix{d: 64}
	for i := range n {
		without.x = append(without.x, looks.x[96*i:96*i+64]...)
	}
	if pairs, err = nearPairs(t.Context(), features, without, Near{Certain: 0.99}); err != nil || len(pairs) < 2 {
		t.Errorf("without colour: pairs %+v, %v; the test is for what is mistaken then", pairs, err)
	}
}
