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

// rowAVX2 is rowByInput or rowByInput4 for n outputs, not 0, of at least two pixels.
//
//go:noescape
func rowAVX2(dst, src *byte, fours *[4]int32, until *int, n uint64)

// rowWide is row with weights by input if it can be, else false.
func (t *weights) rowWide(dst, src []byte) bool {
	fours := t.byInput.fours
	if len(fours) < 2 || !cpu.X86.HasAVX2 {
		return false
	}
	_, _ = dst[3*t.n-1], src[3*len(fours)-1]
	rowAVX2(&dst[0], &src[0], &fours[0], &t.byInput.until[0], uint64(t.n))
	return true
}
