package jpeg

import (
	"slices"
	"testing"
)

// The tables give what jdcolor.c computes, for all Y and Cr and some Cb, at even and odd lengths.
func TestYCbCr(t *testing.T) {
	y, cb, cr := make([]byte, 255), make([]byte, 255), make([]byte, 255)
	got, want := make([]byte, 3*255), make([]byte, 3*255)
	for i := range 1 << 14 {
		n := 255 - i&1
		for j := range n {
			y[j], cb[j], cr[j] = byte(i+j), byte(i>>8*7), byte(j*3)
			luma, b, r := int(y[j]), int(cb[j])-128, int(cr[j])-128
			want[3*j] = limited(luma + (91881*r+32768)>>16)
			want[3*j+1] = limited(luma + (-22554*b-46802*r+32768)>>16)
			want[3*j+2] = limited(luma + (116130*b+32768)>>16)
		}
		yccToRGB(got, y[:n], cb[:n], cr[:n])
		if !slices.Equal(got[:3*n], want[:3*n]) {
			t.Fatalf("Y from %d and Cb %d: got %v, want %v", i&255, cb[0], got[:3*n], want[:3*n])
		}
	}
}

func limited(v int) byte { return byte(min(max(v, 0), 255)) }
