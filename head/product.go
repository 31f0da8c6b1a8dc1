package head

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// gemmBlock is the block size of gonum's products. A product of one block it computes serially and
// sums in the same order whatever the machine.
const gemmBlock = 64

// addProduct adds x·wᵀ to z, for x n×d, w c×d and z n×c, a block at a time.
func addProduct(z, x, w blas32.General) {
	for j := 0; j < w.Rows; j += gemmBlock {
		m := min(gemmBlock, w.Rows-j)
		for i := 0; i < x.Rows; i += gemmBlock {
			n := min(gemmBlock, x.Rows-i)
			blas32.Implementation().Sgemm(blas.NoTrans, blas.Trans, n, m, x.Cols, 1,
				x.Data[i*x.Stride:], x.Stride, w.Data[j*w.Stride:], w.Stride, 1, z.Data[i*z.Stride+j:], z.Stride)
		}
	}
}

// rowMajor is x as a matrix with so many columns, its rows one after the other.
func rowMajor(x []float32, columns int) blas32.General {
	return blas32.General{Rows: len(x) / columns, Cols: columns, Stride: columns, Data: x}
}
