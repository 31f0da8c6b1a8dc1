// Package stats measures crops: how bright, sharp, busy and colourful they are, and a tiny picture
// in colour by which copies are found. Measure gives a row of Dim numbers a crop.
package stats

import "math"

// The columns of what Measure writes.
const (
	Luminance = iota // mean, 0 (black) … 255
	Sharpness        // variance of the Laplacian of the luminance; blurred pictures have little
	Entropy          // of the histogram of the luminance, 0 (one shade) … 8 bits
	Chroma           // mean difference of the largest and the smallest of R, G and B, 0 (gray) … 255
	Thumbnail        // the first of ThumbnailSide² luminances, 0…255, row by row

	ThumbnailSide = 8
	// Tint is the first of TintSide² values of Cb, row by row, and as many of Cr: 0 is gray, a full
	// blue or red ±127.5.
	Tint     = Thumbnail + ThumbnailSide*ThumbnailSide
	TintSide = 4
	// Dim is the number of columns.
	Dim = Tint + 2*TintSide*TintSide
	// Version changes when the same crop gives other numbers.
	Version = "graft picture statistics 2"
)

// Measure writes simple statistics of a crop of side×side×3 bytes RGB to dst, Dim values. It panics
// if dst or crop have other lengths.
// Luminance is Rec. 601's, as Pillow's mode L; the Laplacian is that of the four neighbours.
func Measure(dst []float32, crop []byte, side int) {
	if len(dst) != Dim || len(crop) != 3*side*side {
		panic("stats: Measure: wrong lengths")
	}
	gray := make([]int32, side*side)
	dst[Luminance], dst[Entropy], dst[Chroma] = tones(gray, crop)
	dst[Sharpness] = laplacianVariance(gray, side)
	shrink(dst[Thumbnail:Tint], gray, side)
	tint(dst[Tint:], crop, side)
}

// tones fills gray with luminances and returns their mean, their entropy and the mean chroma.
func tones(gray []int32, crop []byte) (mean, entropy, chroma float32) {
	var histogram [256]int
	var sum, colour int64
	for i := range gray {
		r, g, b := int32(crop[3*i]), int32(crop[3*i+1]), int32(crop[3*i+2])
		y := (r*19595 + g*38470 + b*7471 + 0x8000) >> 16
		gray[i] = y
		histogram[y]++
		sum += int64(y)
		colour += int64(max(r, g, b) - min(r, g, b))
	}
	n := float64(len(gray))
	bits := 0.0
	for _, k := range histogram {
		if p := float64(k) / n; p > 0 {
			bits -= float64(p * math.Log2(p))
		}
	}
	return float32(float64(sum) / n), float32(max(bits, 0)), float32(float64(colour) / n)
}

// laplacianVariance is 0 for pictures without a pixel that has four neighbours.
func laplacianVariance(gray []int32, side int) float32 {
	if side < 3 {
		return 0
	}
	var sum, squares int64
	for y := 1; y < side-1; y++ {
		above, row, below := gray[(y-1)*side:y*side], gray[y*side:(y+1)*side], gray[(y+1)*side:(y+2)*side]
		for x := 1; x < side-1; x++ {
			v := int64(above[x] + below[x] + row[x-1] + row[x+1] - 4*row[x])
			sum += v
			squares += v * v
		}
	}
	n := float64((side - 2) * (side - 2))
	mean := float64(sum) / n
	return float32(float64(squares)/n - float64(mean*mean))
}

// shrink takes the means of ThumbnailSide² rectangles that cover the picture.
func shrink(dst []float32, gray []int32, side int) {
	for j := range ThumbnailSide {
		top, bottom := part(j, ThumbnailSide, side)
		for i := range ThumbnailSide {
			left, right := part(i, ThumbnailSide, side)
			var sum int64
			for y := top; y < bottom; y++ {
				for _, v := range gray[y*side+left : y*side+right] {
					sum += int64(v)
				}
			}
			dst[j*ThumbnailSide+i] = float32(float64(sum) / float64((bottom-top)*(right-left)))
		}
	}
}

// tint takes the mean Cb and Cr of TintSide² rectangles that cover the picture, JFIF's in 16-bit
// fractions, so that they are the same on every machine.
func tint(dst []float32, crop []byte, side int) {
	for j := range TintSide {
		top, bottom := part(j, TintSide, side)
		for i := range TintSide {
			left, right := part(i, TintSide, side)
			var r, g, b int64
			for y := top; y < bottom; y++ {
				for row := crop[3*(y*side+left) : 3*(y*side+right)]; len(row) > 0; row = row[3:] {
					r, g, b = r+int64(row[0]), g+int64(row[1]), b+int64(row[2])
				}
			}
			n := float64((bottom-top)*(right-left)) * (1 << 16)
			at := j*TintSide + i
			dst[at] = float32(float64(-11059*r-21709*g+32768*b) / n)
			dst[TintSide*TintSide+at] = float32(float64(32768*r-27439*g-5329*b) / n)
		}
	}
}

// part is the i-th of parts of an axis, at least one pixel of it.
func part(i, parts, side int) (from, to int) {
	from, to = i*side/parts, (i+1)*side/parts
	return from, max(to, from+1)
}
