package head

import "graft/head/internal/kernel"

// matrix is rows of features: either float64, or float32 that are standardised when they are read,
// which takes half the memory.
type matrix struct {
	d     int
	f64   []float64     // n×d; nil: f32 is used
	f32   []float32     // n×d
	scale *Standardizer // of f32
}

// contiguous reports whether rows are consecutive indices.
func contiguous(rows []int) bool {
	for k, i := range rows {
		if i != rows[0]+k {
			return false
		}
	}
	return true
}

// take copies the rows named into a matrix in which they are contiguous, and gives their indices
// there. Rows that already are contiguous, and float32 rows, are not copied.
func (m *matrix) take(rows []int) (matrix, []int) {
	if m.f64 == nil || contiguous(rows) {
		return *m, rows
	}
	return matrix{d: m.d, f64: m.block(rows, make([]float64, len(rows)*m.d))}, upTo(len(rows))
}

// block is the rows named, len(rows)×d: a part of m where that is possible, else a copy in dst.
func (m *matrix) block(rows []int, dst []float64) []float64 {
	if m.f64 != nil && contiguous(rows) {
		return m.f64[rows[0]*m.d:][:len(rows)*m.d]
	}
	dst = dst[:len(rows)*m.d]
	for k, i := range rows {
		row := dst[k*m.d : (k+1)*m.d]
		if m.f64 != nil {
			copy(row, m.f64[i*m.d:])
			continue
		}
		kernel.Standardize(m.f32[i*m.d:(i+1)*m.d], m.scale.mean, m.scale.inv, row)
	}
	return dst
}

// pack makes b the rows named. row is scratch, for rows that are standardised.
func (m *matrix) pack(rows []int, b *kernel.Block[float64], row []float64) {
	b.Reset(len(rows), m.d)
	for k, i := range rows {
		if m.f64 != nil {
			row = m.f64[i*m.d : (i+1)*m.d]
		} else {
			kernel.Standardize(m.f32[i*m.d:(i+1)*m.d], m.scale.mean, m.scale.inv, row)
		}
		b.Set(k, row)
	}
}
