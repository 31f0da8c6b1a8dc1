package head

import "graft/head/internal/kernel"

// matrix is rows of features: either float64, or float32 or float16 that are standardised when they
// are read, which takes a half or a quarter of the memory.
type matrix struct {
	d     int
	f64   []float64     // n×d; nil: f32 is used
	f32   []float32     // n×d; nil: f16 is used
	f16   []uint16      // n×d
	scale *Standardizer // of f32 and f16
}

// add appends a row. It returns the place of a feature that float16 cannot hold, −1 if there is none.
func (m *matrix) add(row []float32) (large int) {
	if m.f16 == nil {
		m.f32 = append(m.f32, row...)
		return -1
	}
	large = -1
	for j, v := range row {
		if v > kernel.MaxHalf || v < -kernel.MaxHalf {
			large = j
		}
		m.f16 = append(m.f16, kernel.Narrow(v))
	}
	return large
}

// standardizedRows is all n rows, which are not float64, as such.
func (m *matrix) standardizedRows(n int) []float64 {
	out, scratch := make([]float64, n*m.d), m.scratch()
	for i := range n {
		m.standardized(i, out[i*m.d:(i+1)*m.d], scratch)
	}
	return out
}

// pack makes b the rows named. row is scratch, for rows that are standardised.
func (m *matrix) pack(rows []int, b *kernel.Block[float64], row []float64) {
	b.Reset(len(rows), m.d)
	scratch := m.scratch()
	for k, i := range rows {
		if m.f64 != nil {
			row = m.f64[i*m.d : (i+1)*m.d]
		} else {
			m.standardized(i, row, scratch)
		}
		b.Set(k, row)
	}
}

// standardized sets dst to row i, which is not float64. scratch is as long, for float16.
func (m *matrix) standardized(i int, dst []float64, scratch []float32) {
	row := scratch
	if m.f32 != nil {
		row = m.f32[i*m.d : (i+1)*m.d]
	} else {
		kernel.Widen(m.f16[i*m.d:(i+1)*m.d], row)
	}
	kernel.Standardize(row, m.scale.mean, m.scale.inv, dst)
}

// scratch is a row for standardized, if it needs one.
func (m *matrix) scratch() []float32 {
	if m.f16 == nil {
		return nil
	}
	return make([]float32, m.d)
}
