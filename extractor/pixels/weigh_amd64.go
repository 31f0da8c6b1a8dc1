package pixels

import "golang.org/x/sys/cpu"

// weighAVX2 is weighSigned for n bytes, a multiple of 16 and not 0, of rows that are stride bytes
// apart.
//
//go:noescape
func weighAVX2(dst, rows *byte, n, stride uint64, weights *int32, taps uint64)

// weighWide is weighSigned for as many of the first bytes as it says; rows has at least as many after
// the start of each.
func weighWide(dst, rows []byte, weights []int32) int {
	n := len(dst) &^ 15
	if n == 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	_ = rows[(len(weights)-1)*len(dst)+n-1]
	weighAVX2(&dst[0], &rows[0], uint64(n), uint64(len(dst)), &weights[0], uint64(len(weights)))
	return n
}
