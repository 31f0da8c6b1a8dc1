package head

// matrix is rows of features: float64 as they are, or float32 that are standardised on the
// way, which takes half the memory.
type matrix struct {
	d     int
	wide  []float64
	thin  []float32
	scale *Standardizer
}

// behind reports whether rows follow one another.
func behind(rows []int) bool {
	for k, i := range rows {
		if i != rows[0]+k {
			return false
		}
	}
	return true
}

// take is a matrix in which the rows named follow one another, and their numbers there; rows
// that are standardised on the way stay where they are.
func (m *matrix) take(rows []int) (matrix, []int) {
	if m.wide == nil || behind(rows) {
		return *m, rows
	}
	return matrix{d: m.d, wide: m.block(rows, make([]float64, len(rows)*m.d))}, upTo(len(rows))
}

// block is the rows named: in place where that is possible, else in dst.
func (m *matrix) block(rows []int, dst []float64) []float64 {
	if m.wide != nil && behind(rows) {
		return m.wide[rows[0]*m.d:][:len(rows)*m.d]
	}
	dst = dst[:len(rows)*m.d]
	for k, i := range rows {
		row := dst[k*m.d : (k+1)*m.d]
		if m.wide != nil {
			copy(row, m.wide[i*m.d:])
			continue
		}
		standardised(row, m.thin[i*m.d:(i+1)*m.d], m.scale.mean, m.scale.inv)
	}
	return dst
}

// standardised sets dst to (x − mean)·inv; all have the length of x. Without the bounds of the
// slices in the loop it takes half the time.
func standardised(dst []float64, x []float32, mean, inv []float64) {
	dst, mean, inv = dst[:len(x)], mean[:len(x)], inv[:len(x)]
	for j, v := range x {
		dst[j] = (float64(v) - mean[j]) * inv[j]
	}
}
