package audit

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"graft/head"
	"graft/head/internal/parallel"
)

// projected is the number of dimensions of the random projection.
const projected = 128

// block is the number of rows in a block: the products of two blocks, block²
// numbers, fit a core's cache.
const block = 256

// unitRows is n×d, each row of length 1, or 0 where there is nothing to compare.
type unitRows struct {
	n, d int
	x    []float32
}

func (u unitRows) row(i int) []float32 { return u.x[i*u.d : (i+1)*u.d] }

// general is rows from … to−1 as a matrix.
func (u unitRows) general(from, to int) blas32.General {
	return blas32.General{Rows: to - from, Cols: u.d, Stride: u.d, Data: u.x[from*u.d : to*u.d]}
}

// scaled reads standardised rows.
type scaled struct{ *head.Standardizer }

// unit reads row i, standardised and of length 1, or 0 if it has nothing to compare.
func (s scaled) unit(r head.Rows, i int, dst []float32) error {
	if err := r.Row(i, dst); err != nil {
		return err
	}
	s.Apply(dst)
	head.Normalize(dst)
	return nil
}

// project reads all rows and gives unit rows of a random projection of them.
func (s scaled) project(ctx context.Context, r head.Rows, seed uint64) (unitRows, error) {
	n, d := r.Len(), r.Dim()
	directions := blas32.General{Rows: d, Cols: projected, Stride: projected, Data: signs(d*projected, seed)}
	u := unitRows{n: n, d: projected, x: make([]float32, n*projected)}
	buffer := make([]float32, min(block, n)*d)
	for from := 0; from < n; from += block {
		if ctx.Err() != nil {
			return u, context.Cause(ctx)
		}
		to := min(from+block, n)
		for i := from; i < to; i++ {
			if err := s.unit(r, i, buffer[(i-from)*d:(i-from+1)*d]); err != nil {
				return u, err
			}
		}
		rows := blas32.General{Rows: to - from, Cols: d, Stride: d, Data: buffer[:(to-from)*d]}
		blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, rows, directions, 0, u.general(from, to))
	}
	for i := range n {
		head.Normalize(u.row(i))
	}
	return u, nil
}

// signs are +1 or −1 at random, as good as normal numbers for a projection
// (Achlioptas, Database-friendly random projections, 2003).
func signs(n int, seed uint64) []float32 {
	r := rand.NewPCG(seed, 0)
	x := make([]float32, n)
	for i := range x {
		x[i] = 1 - 2*float32(r.Uint64()>>63)
	}
	return x
}

// pairsAbove lists the pairs of rows, the smaller first, whose dot product is at
// least the threshold. The order does not depend on the number of cores.
func pairsAbove(ctx context.Context, u unitRows, threshold float32) ([][2]int32, error) {
	blocks, workers := (u.n+block-1)/block, runtime.GOMAXPROCS(0)
	found, products := make([][][2]int32, blocks), make([][]float32, workers)
	var count atomic.Int64
	parallel.For(blocks, workers, func(i, worker int) {
		if ctx.Err() != nil || count.Load() > maxCandidates {
			return
		}
		if products[worker] == nil {
			products[worker] = make([]float32, block*block)
		}
		found[i] = u.blockPairs(ctx, i, threshold, products[worker])
		count.Add(int64(len(found[i])))
	})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if count.Load() > maxCandidates {
		return nil, &TooAlikeError{maxCandidates}
	}
	var all [][2]int32
	for _, pairs := range found {
		all = append(all, pairs...)
	}
	return all, nil
}

// blockPairs compares the rows of block b with themselves and all later rows.
func (u unitRows) blockPairs(ctx context.Context, b int, threshold float32, products []float32) [][2]int32 {
	var pairs [][2]int32
	top, bottom := b*block, min((b+1)*block, u.n)
	for left := top; left < u.n && len(pairs) <= maxCandidates && ctx.Err() == nil; left += block {
		right := min(left+block, u.n)
		width := right - left
		out := blas32.General{Rows: bottom - top, Cols: width, Stride: width, Data: products[:(bottom-top)*width]}
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, u.general(top, bottom), u.general(left, right), 0, out)
		for i := top; i < bottom; i++ {
			for j, v := range out.Data[(i-top)*width : (i-top+1)*width] {
				if v >= threshold && left+j > i {
					pairs = append(pairs, [2]int32{int32(i), int32(left + j)})
				}
			}
		}
	}
	return pairs
}
