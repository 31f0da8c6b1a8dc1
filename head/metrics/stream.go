package metrics

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"graft/head/internal/kernel"
)

// A Stream judges probabilities that come a few rows at a time, in memory that does not grow with
// their number. Its [Report] is that of [Judge], but for AUC, of which it keeps histograms: rows
// whose log-odds are within one 21,845th of the range from −24 to 24 count as ties, or of many
// classes one 2^20/c-th, at least 256.
type Stream struct {
	labels  []string
	options Options
	report  *Report
	rows    int
	loss    float64
	brier   float64
	gap     [Bins]float64
	top     []TopShare
	worst   []Worst // a heap would do; it is short
	bins    int
	own     []uint32 // c×bins: rows of the class, by their log-odds of it
	others  []uint32
}

// NewStream is a Stream of probabilities of these classes.
func NewStream(labels []string, o Options) *Stream {
	c := len(labels)
	s := &Stream{labels: labels, options: o, report: &Report{Confusion: make([][]int, c)}, top: topShares(nil, nil, c)}
	for i := range s.top {
		s.top[i].Accuracy = 0 // of no rows it is undefined
	}
	for i := range s.report.Confusion {
		s.report.Confusion[i] = make([]int, c)
	}
	s.bins = min(max(1<<20/max(c, 1), 256), 1<<16/3)
	s.own, s.others = make([]uint32, c*s.bins), make([]uint32, c*s.bins)
	return s
}

// Add judges more rows of classes y, p n×C. What [Check] refuses is a [*RowError] whose row is
// counted from the first that was added.
func (s *Stream) Add(y []int, p []float64) error {
	c := len(s.labels)
	if err := Check(y, p, c); err != nil {
		var row *RowError
		if errors.As(err, &row) {
			return &RowError{s.rows + row.Row, row.Err}
		}
		return err
	}
	for i, k := range y {
		s.row(k, p[i*c:(i+1)*c])
	}
	return nil
}

// row judges one.
func (s *Stream) row(k int, p []float64) {
	best := floats.MaxIdx(p)
	s.report.Confusion[k][best]++
	s.gap[binOf(p[best])] -= p[best]
	if best == k {
		s.report.Correct++
		s.gap[binOf(p[best])]++
	}
	rank := 0
	for j, v := range p {
		if v > p[k] || v == p[k] && j < k {
			rank++
		}
		at := j*s.bins + s.bin(v)
		if j == k {
			s.own[at]++
			v--
		} else {
			s.others[at]++
		}
		s.brier += float64(v * v)
	}
	for i := range s.top {
		if rank < s.top[i].K {
			s.top[i].Accuracy++
		}
	}
	loss := logLoss(p[k])
	s.loss += loss
	s.list(Worst{Row: s.rows, True: s.labels[k], Predicted: s.labels[best], Probability: p[k], Loss: loss})
	s.rows++
}

// bin is that of a probability in the histograms.
func (s *Stream) bin(p float64) int {
	const most = 24
	z := kernel.Log(p / (1 - p))
	return min(max(int((z+most)/(2*most)*float64(s.bins)), 0), s.bins-1)
}

// list keeps a row that is among the worst; of equals the first.
func (s *Stream) list(w Worst) {
	n := limit(s.options.Worst, 20)
	if n == 0 || len(s.worst) == n && w.Loss <= s.worst[n-1].Loss {
		return
	}
	at, _ := slices.BinarySearchFunc(s.worst, w, func(a, b Worst) int { return cmp.Or(cmp.Compare(b.Loss, a.Loss), cmp.Compare(a.Row, b.Row)) })
	s.worst = slices.Insert(s.worst, at, w)
	s.worst = s.worst[:min(len(s.worst), n)]
}

// Report is the scores of all rows so far. No rows are an error.
func (s *Stream) Report() (*Report, error) {
	if s.rows == 0 {
		return nil, errors.New("evaluate: no rows")
	}
	r, n := s.report, float64(s.rows)
	r.Total, r.Accuracy, r.Interval = s.rows, float64(r.Correct)/n, Wilson(r.Correct, s.rows)
	r.LogLoss, r.Brier, r.TopK, r.Worst = s.loss/n, s.brier/n, slices.Clone(s.top), s.worst
	for i := range r.TopK {
		r.TopK[i].Accuracy /= n
	}
	r.ECE = 0
	for _, g := range s.gap {
		r.ECE += math.Abs(g) / n
	}
	r.scoreClasses(s.labels, s.auc)
	r.Confused = confused(s.labels, r.Confusion, limit(s.options.Confused, 10))
	return r, nil
}

// auc is that of class k, rows of one bin being ties.
func (s *Stream) auc(k int) *float64 {
	own, others := s.own[k*s.bins:(k+1)*s.bins], s.others[k*s.bins:(k+1)*s.bins]
	var u, a, b float64
	for i := range own {
		u += float64(float64(own[i]) * (b + float64(float64(others[i])/2)))
		a, b = a+float64(own[i]), b+float64(others[i])
	}
	if a == 0 || b == 0 {
		return nil
	}
	auc := u / (a * b)
	return &auc
}
