// Package headtest holds data in memory, for tests.
package headtest

// Data is labelled rows of features in memory: head.Data.
type Data struct {
	X []float32 // n×d
	D int       // d
	Y []int     // n class indices
}

// Len is n.
func (d Data) Len() int { return len(d.Y) }

// Dim is d.
func (d Data) Dim() int { return d.D }

// Label is the class of row i.
func (d Data) Label(i int) int { return d.Y[i] }

// Row copies row i to dst; it never fails.
func (d Data) Row(i int, dst []float32) error {
	copy(dst[:d.D], d.X[i*d.D:])
	return nil
}
