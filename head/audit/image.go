package audit

import "fmt"

// An Image is one photograph of the data, by what the findings call it.
type Image struct {
	Path  string   `json:"path"`            // relative to the data's root
	Label string   `json:"label,omitempty"` // "" = none
	Split string   `json:"split,omitempty"` // train, val or test; "" = none
	Key   [32]byte `json:"-"`               // of the file's content
}

// Rows is n rows of d numbers, asked for one at a time, from one goroutine at a time.
type Rows interface {
	Len() int                       // n
	Dim() int                       // d
	Row(i int, dst []float32) error // copies row i to dst, d long
}

// subset is some rows of others.
type subset struct {
	Rows
	index []int
}

func (s subset) Len() int                       { return len(s.index) }
func (s subset) Row(i int, dst []float32) error { return s.Rows.Row(s.index[i], dst) }

// checkRows reports rows that are not one for each image.
func checkRows(what string, r Rows, n int) error {
	if r.Len() != n || r.Dim() < 1 {
		return fmt.Errorf("audit: %d rows of %d %s for %d images", r.Len(), r.Dim(), what, n)
	}
	return nil
}
