package audit

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"graft/head"
)

// Near is the thresholds from which on two photographs are near duplicates. The
// zero value does well.
//
// Features are compared by cosine similarity, after each column has been
// standardised over the data. Without that, features of a network are all
// positive, so that any two have a cosine of 0.5 and more, and a few columns of
// large numbers dominate. Standardised, unrelated photographs have cosines about
// 0. Two of the same kind of object reach 0.55; copies that were encoded again,
// made smaller or trimmed by a few per cent have 0.6 to 0.95 (measured on 400
// photographs of insects). Since these ranges overlap in large data, pairs below
// Certain must also look the same: the correlation of two tiny pictures, 8×8
// luminances and 4×4 colours that count twice, is 0.94 and more for copies, also
// brighter or warmer ones, below 0.85 for others, and 0.7 for a green apple and an
// orange on the same ground. A gray copy of a coloured picture has no colours to
// compare; its luminances are.
type Near struct {
	Certain float64 // cosine that suffices by itself; 0 means 0.9
	Cosine  float64 // cosine that is necessary in any case; 0 means 0.5
	Picture float64 // correlation that is also necessary below Certain; 0 means 0.9
	Seed    uint64  // of the random projection
}

// maxCandidates bounds the pairs that are compared in full.
const maxCandidates = 2_000_000

// A TooAlikeError is returned where so many pairs look alike that comparing them
// would take too long and tell nothing.
type TooAlikeError struct{ Pairs int }

// Error says how many pairs there are.
func (e *TooAlikeError) Error() string {
	return fmt.Sprintf("more than %d pairs of images look alike to this trunk; near duplicates cannot be told apart", e.Pairs)
}

// A pair is two rows that are near duplicates, A < B.
type pair struct {
	A, B    int
	Cosine  float64 // of the standardised features, −1…1
	Picture float64 // correlation of the tiny pictures, −7…1
}

func (s Near) withDefaults() Near {
	s.Certain = cmp.Or(s.Certain, 0.9)
	s.Cosine = cmp.Or(s.Cosine, 0.5)
	s.Picture = cmp.Or(s.Picture, 0.9)
	return s
}

// nearPairs finds near duplicates among n photographs, ordered by A, then B:
// features are n×d, pictures n×p tiny versions of them: 64 luminances, then Cb
// and Cr of as many cells as there are, 0 for gray. There may be none.
//
// Comparing all pairs in full would take n²·d operations. Candidates are the pairs
// whose tiny pictures correlate, and those whose features do after a random
// projection to 128 dimensions (Johnson and Lindenstrauss): the cosine of two
// projected rows is about normal with the true cosine ρ as its mean and standard
// deviation (1 − ρ²)/√128, so a bound five standard deviations below Certain
// misses one pair in three million. More than two million candidates are a
// [*TooAlikeError].
func nearPairs(ctx context.Context, features, pictures head.Rows, s Near) ([]pair, error) {
	n := features.Len()
	if err := checkRows("features", features, n); err != nil {
		return nil, err
	}
	if err := checkRows("pixels", pictures, n); err != nil {
		return nil, err
	}
	s = s.withDefaults()
	standard, err := head.NewStandardizer(ctx, features)
	if err != nil {
		return nil, err
	}
	tiny, err := readLooks(pictures)
	if err != nil {
		return nil, err
	}
	scale := scaled{standard}
	coarse, err := scale.project(ctx, features, s.Seed)
	if err != nil {
		return nil, err
	}
	deviation := (1 - float64(s.Certain*s.Certain)) / math.Sqrt(projected)
	candidates, err := tiny.pairsAbove(ctx, float32(s.Picture))
	if err != nil {
		return nil, err
	}
	more, err := pairsAbove(ctx, coarse, float32(s.Certain-float64(5*deviation)))
	if err != nil {
		return nil, err
	}
	candidates = append(candidates, more...)
	slices.SortFunc(candidates, byRows)
	return s.confirm(ctx, slices.Compact(candidates), scale, features, tiny)
}

func byRows(a, b [2]int32) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }

// confirm keeps the candidates that are near duplicates by their features in full.
// Candidates are ordered, so that a row is read once for all pairs that begin
// with it.
func (s Near) confirm(ctx context.Context, candidates [][2]int32, scale scaled, features head.Rows, tiny looks) ([]pair, error) {
	a, b := make([]float32, features.Dim()), make([]float32, features.Dim())
	var pairs []pair
	last := int32(-1)
	for k, c := range candidates {
		if k%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if c[0] != last {
			if err := scale.unit(features, int(c[0]), a); err != nil {
				return nil, err
			}
			last = c[0]
		}
		if err := scale.unit(features, int(c[1]), b); err != nil {
			return nil, err
		}
		p := pair{A: int(c[0]), B: int(c[1]), Cosine: dot(a, b)}
		p.Picture = tiny.correlation(p.A, p.B)
		if p.Cosine >= s.Certain || p.Cosine >= s.Cosine && p.Picture >= s.Picture {
			pairs = append(pairs, p)
		}
	}
	return pairs, nil
}

func dot(a, b []float32) float64 {
	var sum float64
	for i, v := range a {
		sum += float64(float64(v) * float64(b[i]))
	}
	return max(-1, min(1, sum))
}
