//go:build !amd64

package pixels

// weighWide leaves everything to weighSigned.
func weighWide([]byte, []byte, []int32) int { return 0 }
