//go:build !amd64

package pixels

// weighWide leaves everything to weighSigned.
func weighWide([]byte, []byte, []int32) int { return 0 }

// rowWide leaves everything to row.
func (t *weights) rowWide([]byte, []byte) bool { return false }
