package pixels

import "math/rand/v2"

// Synthetic makes n random crops of height×width×3 bytes RGB, the same ones each time: patches of one
// colour, 32 pixels wide in the first crop and a quarter of that in each that follows, down to one
// pixel. They stand in for photographs where there are none.
func Synthetic(n, width, height int) [][]byte {
	r := rand.New(rand.NewPCG(0, 0))
	crops := make([][]byte, n)
	for k := range crops {
		block := max(1, 32>>(2*k)) // side of the patches of one colour
		across, down := (width+block-1)/block, (height+block-1)/block
		patches := make([]byte, 3*across*down)
		for i := range patches {
			patches[i] = byte(r.Uint32())
		}
		crops[k] = make([]byte, 0, 3*width*height)
		for y := range height {
			for x := range width {
				at := 3 * (y/block*across + x/block)
				crops[k] = append(crops[k], patches[at:at+3]...)
			}
		}
	}
	return crops
}
