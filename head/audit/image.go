package audit

import (
	"fmt"

	"graft/head"
)

// An Image is one photograph of the data, by what the findings call it.
type Image struct {
	Path  string   `json:"path"`            // relative to the data's root
	Label string   `json:"label,omitempty"` // "" = none
	Split string   `json:"split,omitempty"` // train, val or test; "" = none
	Key   [32]byte `json:"-"`               // of the file's content
}

// checkRows reports rows that are not one for each image.
func checkRows(what string, r head.Rows, n int) error {
	if r.Len() != n || r.Dim() < 1 {
		return fmt.Errorf("audit: %d rows of %d %s for %d images", r.Len(), r.Dim(), what, n)
	}
	return nil
}
