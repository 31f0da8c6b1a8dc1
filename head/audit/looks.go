package audit

import (
	"context"
	"math"

	"graft/head"
)

const (
	// luminances is how many of the columns of a tiny picture are those; colours follow.
	luminances = 64
	// colourWeight is what colour counts against luminance. With 2, copies of 397
	// photographs of insects that were trimmed, scaled and encoded again correlate by
	// 0.945 and more, and made fruit of two colours on one ground by 0.9 and less.
	colourWeight = 2
	// grayDoubt: luminances of a gray copy correlate by 0.98 and more, most of them
	// also when it was trimmed; those of an apple and an orange by 0.97.
	grayDoubt = 4
	// flat is the deviation, in levels of 255, below which a tiny picture shows nothing.
	flat = 2
)

// looks are tiny pictures, ready to be correlated.
type looks struct {
	whole unitRows // luminances and colours
	gray  unitRows // luminances
	// colourless: all cells have the same colour.
	colourless []bool
}

// readLooks takes the mean off the luminances of every tiny picture, and off its
// Cb and Cr, and gives it length 1, so that products are correlations. Pictures
// of one shade become 0: they are like no other.
func readLooks(pictures head.Rows) (looks, error) {
	n, d := pictures.Len(), pictures.Dim()
	grays := min(d, luminances)
	l := looks{
		whole: unitRows{n: n, d: d, x: make([]float32, n*d)}, gray: unitRows{n: n, d: grays, x: make([]float32, n*grays)},
		colourless: make([]bool, n),
	}
	cells := (d - grays) / 2
	for i := range n {
		row := l.whole.row(i)
		if err := pictures.Row(i, row); err != nil {
			return l, err
		}
		centre(row[:grays])
		copy(l.gray.row(i), row)
		unit(l.gray.row(i), grays)
		if cells > 0 {
			l.colourless[i] = weigh(row[grays:], cells, float64(grays)/float64(cells))
		}
		unit(row, grays)
	}
	return l, nil
}

// weigh takes the mean off the colours of a picture, so that each cell counts as
// many luminances times colourWeight. It says whether nothing was left.
func weigh(colours []float32, cells int, each float64) (colourless bool) {
	centre(colours[:cells])
	centre(colours[cells : 2*cells])
	var squares float64
	weight := float32(colourWeight * math.Sqrt(each))
	for k, v := range colours {
		squares += float64(float64(v) * float64(v))
		colours[k] = v * weight
	}
	return squares <= flat*flat*float64(cells)
}

func centre(x []float32) {
	var sum float64
	for _, v := range x {
		sum += float64(v)
	}
	mean := float32(sum / float64(len(x)))
	for i := range x {
		x[i] -= mean
	}
}

// unit gives a row length 1, or 0 if it hardly varies over that many luminances.
func unit(row []float32, grays int) {
	if head.Normalize(row) <= flat*math.Sqrt(float64(grays)) {
		clear(row)
	}
}

// correlation compares two pictures. If one of them has no colours, luminances have
// to tell alone: what they lack to 1 then counts grayDoubt times.
func (l looks) correlation(i, j int) float64 {
	if l.colourless[i] != l.colourless[j] {
		return 1 - float64(grayDoubt*(1-dot(l.gray.row(i), l.gray.row(j))))
	}
	return dot(l.whole.row(i), l.whole.row(j))
}

// pairsAbove lists pairs among which are all whose correlation is at least the
// threshold. Only where gray and coloured pictures are mixed are luminances
// compared, too.
func (l looks) pairsAbove(ctx context.Context, threshold float32) ([][2]int32, error) {
	pairs, err := pairsAbove(ctx, l.whole, threshold)
	if err != nil || !l.mixed() {
		return pairs, err
	}
	more, err := pairsAbove(ctx, l.gray, threshold)
	return append(pairs, more...), err
}

func (l looks) mixed() bool {
	colourless := 0
	for _, c := range l.colourless {
		if c {
			colourless++
		}
	}
	return colourless > 0 && colourless < len(l.colourless)
}
