package main

import "math/rand/v2"

// noiseCrops are n crops of size×size×3 bytes: noise, coarse in the first, finer
// in each that follows.
func noiseCrops(n, size int) [][]byte {
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
