package extractor

import "math"

// A NotFiniteError says that a trunk gave an image values that are NaN or
// infinite. They are no features: nothing can be compared with them. It is the
// image's error, others may do well, since arithmetic in float16 overflows on
// bright pictures first.
type NotFiniteError struct {
	Output int // of the trunk, its number
	View   int // of the image
}

// Error says what may be the cause, and what to do.
func (e *NotFiniteError) Error() string {
	return "the trunk gives values that are not finite: float16 overflow? use fp32 or bf16"
}

// Finite reports whether no value of x is NaN or infinite.
func Finite(x []float32) bool {
	const exponent = 0x7f800000 // all ones: NaN or infinite
	for _, v := range x {
		if math.Float32bits(v)&exponent == exponent {
			return false
		}
	}
	return true
}

// checkRows is the error of a view of an image one of whose rows is not finite.
func checkRows(rows [][]float32, view int) error {
	for i, row := range rows {
		if !Finite(row) {
			return &NotFiniteError{Output: i, View: view}
		}
	}
	return nil
}
