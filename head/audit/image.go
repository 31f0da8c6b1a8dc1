package audit

import (
	"fmt"

	"graft/head"
)

// An Image identifies one photograph of the data.
type Image struct {
	Path  string   `json:"path"`            // relative to the data's root
	Label string   `json:"label,omitempty"` // "" = none
	Split string   `json:"split,omitempty"` // train, val or test; "" = none
	Key   [32]byte `json:"-"`               // SHA-256 of the file
}

// checkRows reports rows of which there is not one per image.
func checkRows(what string, r head.Rows, n int) error {
	if r.Len() != n || r.Dim() < 1 {
		return fmt.Errorf("audit: %d rows of %d %s for %d images", r.Len(), r.Dim(), what, n)
	}
	return nil
}
