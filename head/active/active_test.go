package active

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"graft/head"
)

// blobs is a pool of n rows around the centres of classes, and the class of each row.
func blobs(n, d, classes int, apart float32, seed uint64) (Pool, []int) {
	r := rand.New(rand.NewPCG(seed, 0))
	p, y := Pool{make([]float32, n*d), d}, make([]int, n)
	for i := range n {
		y[i] = i % classes
		for j := range p.Row(i) {
			p.Row(i)[j] = float32(r.NormFloat64())
		}
		p.Row(i)[y[i]] += apart
	}
	return p, y
}

func upTo(n int) []int {
	x := make([]int, n)
	for i := range x {
		x[i] = i
	}
	return x
}

func labelledBy(y []int, rows ...int) (l Labelled) {
	for _, i := range rows {
		l.Rows, l.Classes = append(l.Rows, i), append(l.Classes, y[i])
	}
	return l
}

// data is a pool as head.Data.
type data struct {
	Pool
	y []int
}

func (d data) Dim() int                       { return d.D }
func (d data) Label(i int) int                { return d.y[i] }
func (d data) Row(i int, dst []float32) error { copy(dst, d.Pool.Row(i)); return nil }

// TestLearnerHasTheOptimumOfLBFGS: with the same C and scaling both are the same problem.
func TestLearnerHasTheOptimumOfLBFGS(t *testing.T) {
	p, y := blobs(60, 20, 3, 2, 1)
	want, _, err := head.LBFGS{C: 0.05}.Fit(context.Background(), data{p, y}, []string{"a", "b", "c"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &Learner{Scale: NewScale(p, upTo(60)), C: 0.05}
	m, err := l.Fit(context.Background(), p, labelledBy(y, upTo(60)...))
	if err != nil {
		t.Fatal(err)
	}
	a, b := make([]float64, 180), make([]float64, 180)
	want.Predict(p.X, a)
	m.Predict(p.X, b)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 0.02 {
			t.Fatalf("probability %d is %v, want %v", i, b[i], a[i])
		}
	}
}

// TestWarmStart: with one label more the head is what it would be from zero, also with a new class and
// with classes of any numbers.
func TestWarmStart(t *testing.T) {
	p, y := blobs(120, 16, 4, 2, 2)
	for i := range y {
		y[i] = 10 + 3*y[i]
	}
	scale := NewScale(p, upTo(120))
	warm := &Learner{Scale: scale}
	rows := []int{0, 1, 4, 5, 8, 2, 9, 3, 6, 7, 12, 13, 11}
	for n := 2; n <= len(rows); n++ {
		known := labelledBy(y, rows[:n]...)
		m, err := warm.Fit(context.Background(), p, known)
		if err != nil {
			t.Fatal(err)
		}
		cold, err := (&Learner{Scale: scale}).Fit(context.Background(), p, known)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(m.Classes, cold.Classes) {
			t.Fatalf("classes %v, want %v", m.Classes, cold.Classes)
		}
		a, b := make([]float64, 120*len(m.Classes)), make([]float64, 120*len(m.Classes))
		m.Predict(p.X, a)
		cold.Predict(p.X, b)
		for i := range a {
			if math.Abs(a[i]-b[i]) > 0.03 {
				t.Fatalf("with %d labels probability %d is %v, from zero %v", n, i, a[i], b[i])
			}
		}
	}
	if _, err := warm.Fit(context.Background(), p, labelledBy(y, 0, 4)); err == nil {
		t.Error("one class is enough")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := warm.Fit(ctx, p, labelledBy(y, rows...)); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: error %v", err)
	}
}

// TestCentres: one of each of clusters far apart.
func TestCentres(t *testing.T) {
	p, y := blobs(300, 8, 6, 12, 3)
	for seed := range uint64(5) {
		seen := map[int]int{}
		for _, i := range Centres(p, NewScale(p, upTo(300)), upTo(300), 12, seed) {
			seen[y[i]]++
		}
		if len(seen) != 6 {
			t.Errorf("seed %d: centres of %v", seed, seen)
		}
	}
	if got := Centres(p, NewScale(p, upTo(300)), []int{4, 7}, 8, 0); !slices.Equal(got, []int{4, 7}) {
		t.Errorf("of two rows %v", got)
	}
}

// TestNextAsksForTheUncertain, and not for copies after one another.
func TestNextAsksForTheUncertain(t *testing.T) {
	p, y := blobs(200, 8, 2, 6, 4)
	between := []int{150, 151, 152, 153} // copies, half way
	for _, i := range between {
		copy(p.Row(i), p.Row(150))
		p.Row(i)[0], p.Row(i)[1] = 3, 3
	}
	scale := NewScale(p, upTo(200))
	m, err := (&Learner{Scale: scale}).Fit(context.Background(), p, labelledBy(y, upTo(20)...))
	if err != nil {
		t.Fatal(err)
	}
	scores, err := Score(context.Background(), p, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Strategy{Margin, Density, Disagreement} {
		got := Next(Choice{Pool: p, Scale: scale, Scores: scores, Rows: upTo(200)[20:], Strategy: s}, 10)
		copies := 0
		for _, i := range got {
			if slices.Contains(between, i) {
				copies++
			}
		}
		if copies != 1 || len(got) != 10 {
			t.Errorf("%s asks for %v", s, got)
		}
		twice := slices.Compact(slices.Sorted(slices.Values(got)))
		if len(twice) != 10 {
			t.Errorf("%s asks twice: %v", s, got)
		}
	}
	if got := Next(Choice{Rows: []int{3, 5}, Strategy: Random}, 9); len(got) != 2 {
		t.Errorf("random: %v", got)
	}
}

// TestReserve: a random part of the pictures, in an order of its own, asked for by turns.
func TestReserve(t *testing.T) {
	r := Reserve{Seed: 5, Part: 0.2, Share: 0.2}
	aside := 0
	for i := range 20000 {
		place, in := r.Place([32]byte{byte(i), byte(i >> 8)})
		if in != (place < 0.2) || place < 0 || place >= 1 {
			t.Fatalf("place %v", place)
		}
		if in {
			aside++
		}
	}
	if aside < 3800 || aside > 4200 {
		t.Errorf("%d of 20000 are set aside", aside)
	}
	if part := PartOf(0.2, 100_000); part != 0.01 {
		t.Errorf("of 100,000 a part of %v", part)
	}
	answers, tests := 0, 0
	for ; answers < 108; answers++ {
		if r.Turn(answers, tests, 8) {
			tests++
		}
	}
	if tests != 20 {
		t.Errorf("%d of 100 questions after the first 8 are for the test", tests)
	}
	if (Reserve{}).Turn(50, 0, 8) {
		t.Error("without a share there is a turn")
	}
}

// TestAsker goes through the questions as a person does.
func TestAsker(t *testing.T) {
	p, y := blobs(100, 8, 3, 5, 6)
	a := &Asker{Pool: p, Scale: NewScale(p, upTo(100)), Reserve: Reserve{Share: 0.25}}
	s := State{Open: upTo(100)[:80], Aside: upTo(100)[80:]}
	l := &Learner{Scale: a.Scale}
	asked := map[int]bool{}
	for n := range 100 {
		list := a.Next(s, 5)
		if len(list) != min(5, 100-n) {
			t.Fatalf("after %d answers %d questions", n, len(list))
		}
		q := list[0]
		if asked[q.Row] || q.Test != (q.Row >= 80) {
			t.Fatalf("question %+v", q)
		}
		asked[q.Row] = true
		s.Answers++
		if q.Test {
			s.Tests++
			s.Aside = s.Aside[1:]
			continue
		}
		s.Open = slices.DeleteFunc(slices.Clone(s.Open), func(i int) bool { return i == q.Row })
		s.Known.Rows, s.Known.Classes = append(s.Known.Rows, q.Row), append(s.Known.Classes, y[q.Row])
		if m, err := l.Fit(context.Background(), p, s.Known); err == nil {
			s.Scores, _ = Score(context.Background(), p, m)
		}
	}
	if list := a.Next(s, 5); len(list) != 0 {
		t.Errorf("with all answered it asks for %v", list)
	}
}

// TestJudge: out-of-fold predictions are about as good as the classes are apart.
func TestJudge(t *testing.T) {
	p, y := blobs(200, 8, 2, 6, 7)
	wrong := slices.Clone(y)
	wrong[11] = 1 - wrong[11]
	j := Judge{Pool: p, Scale: NewScale(p, upTo(200)), Known: labelledBy(wrong, upTo(100)...)}
	c, err := j.Cross(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for k, class := range c.Class {
		if class == y[k] {
			right++
		}
	}
	if right < 97 || c.Class[11] != y[11] || c.Own[11] > 0.3 {
		t.Errorf("%d of 100 are right; of the wrong label it says %d, %v", right, c.Class[11], c.Own[11])
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := j.Cross(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestForecast goes on by the power law that the points follow.
func TestForecast(t *testing.T) {
	law := func(n int) float64 { return 1 - (0.02 + 2/float64(n)) }
	var points []Point
	for _, n := range []int{20, 30, 45, 68, 100} {
		points = append(points, Point{n, law(n)})
	}
	want := 0
	for n := 100; law(n) < law(100)+0.01; n++ {
		want = n + 1 - 100
	}
	if got := Forecast(points, 0.01); got < want/2 || got > 2*want {
		t.Errorf("%d labels more, want about %d", got, want)
	}
	for k := range points {
		points[k].Accuracy = 0.9
	}
	if got := Forecast(points, 0.01); got != -1 {
		t.Errorf("where nothing grows %d labels more", got)
	}
	if got := Forecast(points[:2], 0.01); got != 0 {
		t.Errorf("of two points %d", got)
	}
}

func Example() {
	p, y := blobs(200, 8, 2, 6, 1) // features of 200 pictures
	known := labelledBy(y, 0, 1, 2, 3)
	l := &Learner{Scale: NewScale(p, upTo(200))}
	m, err := l.Fit(context.Background(), p, known)
	if err != nil {
		return
	}
	scores, err := Score(context.Background(), p, m)
	if err != nil {
		return
	}
	Next(Choice{Pool: p, Scale: l.Scale, Scores: scores, Rows: upTo(200)[4:]}, 10) // the next ten to ask for
}
