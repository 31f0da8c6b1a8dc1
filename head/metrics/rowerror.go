package metrics

import "fmt"

// RowError says which row is at fault; a caller that knows the rows' names can put them in its
// place.
type RowError struct {
	Row int // from 0
	Err error
}

// Error names the row by its number.
func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

// Unwrap gives the cause.
func (e *RowError) Unwrap() error { return e.Err }
