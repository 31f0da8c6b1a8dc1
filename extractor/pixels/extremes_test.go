package pixels

import (
	"bytes"
	"testing"
)

func TestExtremes(t *testing.T) {
	const size = 70
	first, again := Extremes(size, size), Extremes(size, size)
	for i, e := range first {
		if len(e.Pixels) != 3*size*size || e.Name == "" || !bytes.Equal(e.Pixels, again[i].Pixels) {
			t.Errorf("%q: %d bytes, or others the second time", e.Name, len(e.Pixels))
		}
		black, white := bytes.Count(e.Pixels, []byte{0}), bytes.Count(e.Pixels, []byte{255})
		if black+white != 3*size*size {
			t.Errorf("%q: %d values between the ends", e.Name, 3*size*size-black-white)
		}
		if noise := i > 1; noise && (black < size*size || white < size*size) || !noise && black*white > 0 {
			t.Errorf("%q: %d values 0, %d of 255", e.Name, black, white)
		}
	}
	large := first[len(first)-1].Pixels
	if row := large[:3*size]; !bytes.Equal(row[:3], row[31*3:32*3]) || !bytes.Equal(row, large[31*3*size:32*3*size]) || bytes.Equal(row, large[32*3*size:33*3*size]) {
		t.Error("large patches are not of 32 pixels")
	}
}
