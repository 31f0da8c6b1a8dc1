package head

import (
	"context"
	"fmt"

	"graft/head/internal/kernel"
)

// KNN classifies by k nearest neighbours, a baseline without training: a [Solver]. The zero value is
// DINOv2's knn.py with k = 20.
type KNN struct {
	K           int     `json:"k"`           // neighbours that vote; 0 means 20, more than there are rows means all
	Temperature float64 `json:"temperature"` // of the votes; 0 means 0.07
}

// Check reports a setting that is out of its range.
func (s KNN) Check() error {
	if s.K < 0 {
		return fmt.Errorf("knn: k is %d; it must be at least 1", s.K)
	}
	if s.Temperature != 0 && !(s.Temperature >= 1e-6 && s.Temperature <= 1e6) {
		return fmt.Errorf("knn: the temperature is %v; it must be from 1e-6 to 1e6", s.Temperature)
	}
	return nil
}

// Neighbours classifies a row by its K nearest neighbours: neighbour i, at cosine s_i, votes for its
// class with weight exp(s_i/T), and the votes are divided by their sum.
type Neighbours struct {
	Labels      []string
	Dim         int       // d
	X           []float32 // n×d, each row of length 1, or 0
	Y           []int     // n class indices
	K           int       // at most n
	Temperature float64   // T of the votes
}

// Memory counts the rows and their classes.
func (s KNN) Memory(n, d, _ int) int64 { return (4*int64(d) + 8) * int64(n) }

// Fit makes [*Neighbours] of the rows of d, which it holds in memory. There are no epochs to observe.
func (s KNN) Fit(ctx context.Context, d Data, labels []string, _ func(Epoch)) (Predictor, *Record, error) {
	if err := s.Check(); err != nil {
		return nil, nil, err
	}
	counts, err := checkData(d, labels)
	if err != nil {
		return nil, nil, err
	}
	setIfZero(&s.K, 20)
	setIfZero(&s.Temperature, 0.07)
	record, done := newRecord("knn", d, labels, counts)
	record.KNN = &s
	k := &Neighbours{Labels: labels, Dim: d.Dim(), Y: classes(d), K: min(s.K, d.Len()), Temperature: s.Temperature}
	k.X = make([]float32, 0, d.Len()*d.Dim())
	err = eachRow(ctx, d, func(_ int, row []float32) {
		Normalize(row)
		k.X = append(k.X, row...)
	})
	if err != nil {
		return nil, nil, err
	}
	done()
	return k, record, nil
}

// Classes are the labels.
func (k *Neighbours) Classes() []string { return k.Labels }

// Width is the number of features per row.
func (k *Neighbours) Width() int { return k.Dim }

// Predict turns x, n×d, into probabilities p, n×C. It panics if the lengths do not fit.
func (k *Neighbours) Predict(x []float32, p []float64) {
	const rows = 1024 // compared at a time
	c := len(k.Labels)
	n := rowsOf(len(x), k.Dim, len(p), c)
	queries := append([]float32(nil), x...)
	for i := range n {
		Normalize(queries[i*k.Dim : (i+1)*k.Dim])
	}
	var block kernel.Block[float32]
	block.Pack(queries, k.Dim)
	lists, cosines := make([]nearest, n), make([]float32, n*rows)
	for from := 0; from < len(k.Y); from += rows {
		m := min(rows, len(k.Y)-from)
		clear(cosines)
		block.Dots(k.X[from*k.Dim:(from+m)*k.Dim], cosines, rows)
		for i := range lists {
			for j, s := range cosines[i*rows : i*rows+m] {
				lists[i].offer(from+j, s, k.K)
			}
		}
	}
	for i, l := range lists {
		k.vote(l, p[i*c:(i+1)*c])
	}
}

func (k *Neighbours) vote(l nearest, p []float64) {
	clear(p)
	var sum float64
	votes := make([]float64, len(l.cosines))
	for j, s := range l.cosines {
		votes[j] = float64(s-l.cosines[0]) / k.Temperature
	}
	kernel.Exp(votes, 0, votes)
	for j, v := range votes {
		p[k.Y[l.rows[j]]] += v
		sum += v
	}
	for j := range p {
		p[j] /= sum
	}
}

// nearest is a list of the rows with the highest cosines, the highest first, of equals the earlier row.
type nearest struct {
	rows    []int
	cosines []float32
}

// offer inserts a row if it is among the k nearest so far.
func (l *nearest) offer(row int, cosine float32, k int) {
	n := len(l.rows)
	if n == k && !(cosine > l.cosines[n-1]) {
		return
	}
	if n < k {
		l.rows, l.cosines = append(l.rows, row), append(l.cosines, cosine)
		n++
	}
	at := n - 1
	for ; at > 0 && cosine > l.cosines[at-1]; at-- {
		l.rows[at], l.cosines[at] = l.rows[at-1], l.cosines[at-1]
	}
	l.rows[at], l.cosines[at] = row, cosine
}
