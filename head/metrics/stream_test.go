package metrics

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestStreamIsJudge adds rows a few at a time, and gets the report of all at once.
func TestStreamIsJudge(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	labels := []string{"a", "b", "c", "d"}
	const n, c = 5000, 4
	y, p := make([]int, n), make([]float64, n*c)
	for i := range y {
		y[i] = random.IntN(3) // no row is d
		var sum float64
		row := p[i*c : (i+1)*c]
		for j := range row {
			row[j] = math.Exp(3 * random.NormFloat64())
			if j == y[i] {
				row[j] *= 4
			}
			sum += row[j]
		}
		for j := range row {
			row[j] /= sum
		}
	}
	want, err := Judge(labels, y, p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := NewStream(labels, Options{})
	for from := 0; from < n; from += 700 {
		to := min(from+700, n)
		if err := s.Add(y[from:to], p[from*c:to*c]); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Report()
	if err != nil {
		t.Fatal(err)
	}
	for k := range labels {
		a, b := got.Classes[k].AUC, want.Classes[k].AUC
		if (a == nil) != (b == nil) || a != nil && math.Abs(*a-*b) > 1e-5 {
			t.Errorf("class %d: AUC %v, want %v", k, a, b)
		}
		got.Classes[k].AUC = b
	}
	got.AUC = want.AUC
	for _, d := range []struct{ a, b *float64 }{{&got.LogLoss, &want.LogLoss}, {&got.Brier, &want.Brier}, {&got.ECE, &want.ECE}} {
		if math.Abs(*d.a-*d.b) > 1e-12 {
			t.Errorf("%v, want %v", *d.a, *d.b)
		}
		*d.a = *d.b
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
