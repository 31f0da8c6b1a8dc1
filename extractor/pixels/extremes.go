package pixels

import "math/rand/v2"

// An Extreme is a crop at the ends of the range.
type Extreme struct {
	Name   string // what it shows
	Pixels []byte // height×width×3, RGB, 0…255
}

// Extremes makes crops that reach the ends of the range, as photographs do and [Synthetic] ones do
// not, the same ones each time: all black, all white, and noise of nothing but 0 and 255, in patches
// of one pixel, of eight and of thirty-two.
func Extremes(width, height int) []Extreme {
	white := make([]byte, 3*width*height)
	for i := range white {
		white[i] = 255
	}
	return []Extreme{
		{"a black picture", make([]byte, 3*width*height)},
		{"a white picture", white},
		{"noise at full contrast", fullContrast(width, height, 1)},
		{"small patches at full contrast", fullContrast(width, height, 8)},
		{"large patches at full contrast", fullContrast(width, height, 32)},
	}
}

// fullContrast is noise of 0 and 255 in patches of block×block pixels.
func fullContrast(width, height, block int) []byte {
	r := rand.New(rand.NewPCG(0, uint64(block)))
	across, down := (width+block-1)/block, (height+block-1)/block
	patches := make([]byte, 3*across*down)
	for i := range patches {
		patches[i] = 255 * byte(r.Uint32()&1)
	}
	crop := make([]byte, 0, 3*width*height)
	for y := range height {
		for x := range width {
			at := 3 * (y/block*across + x/block)
			crop = append(crop, patches[at:at+3]...)
		}
	}
	return crop
}
