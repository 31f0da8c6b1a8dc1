package pixels

import "math/rand/v2"

// Synthetic makes n random crops of size×size×3 bytes RGB, the same ones each time: patches of one
// colour, 32 pixels wide in the first crop and a quarter of that in each that follows, down to one
// pixel. They stand in for photographs where there are none.
func Synthetic(n, size int) [][]byte {
	r := rand.New(rand.NewPCG(0, 0))
	crops := make([][]byte, n)
	for k := range crops {
		block := max(1, 32>>(2*k)) // side of the patches of one colour
		patches := make([]byte, 3*((size+block-1)/block)*((size+block-1)/block))
		for i := range patches {
			patches[i] = byte(r.Uint32())
		}
		crops[k] = make([]byte, 0, 3*size*size)
		for y := range size {
			for x := range size {
				at := 3 * (y/block*((size+block-1)/block) + x/block)
				crops[k] = append(crops[k], patches[at:at+3]...)
			}
		}
	}
	return crops
}
