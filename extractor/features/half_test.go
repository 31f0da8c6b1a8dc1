package features

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/pixels"
)

// TestHalf reads all float16 back, and rounds what lies between them to the nearest.
func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		v := single(uint16(h))
		if math.IsNaN(float64(v)) {
			continue
		}
		if got := half(v); got != uint16(h) {
			t.Fatalf("%#x is %v, which is %#x", h, v, got)
		}
		if want := valueOf(h); want != float64(v) {
			t.Fatalf("%#x is %v, want %v", h, v, want)
		}
		next := single(uint16(h + 1))
		if h&0x7fff >= 0x7bff || math.IsNaN(float64(next)) {
			continue
		}
		between := (v + next) / 2
		even := uint16(h + h&1)
		for _, c := range []struct {
			v    float32
			want uint16
		}{{between, even}, {math.Nextafter32(between, v), uint16(h)}, {math.Nextafter32(between, next), uint16(h + 1)}} {
			if got := half(c.v); got != c.want {
				t.Fatalf("%v between %v and %v is %#x, want %#x", c.v, v, next, got, c.want)
			}
		}
	}
}

// TestHalfRows keeps rows in float16, in half of the bytes, through merging; a folder is of one type.
func TestHalfRows(t *testing.T) {
	dir, m := filepath.Join(t.TempDir(), "half"), testMeta()
	m.Rows, m.Trunk.Dim = Float16, 8
	x := []float32{0, 1, -1.5, 0.1, 3.14159, 65504, 1e-7, -2048.5}
	want := make([]float32, len(x))
	for i, v := range x {
		want[i] = single(half(v))
	}
	const n = 5
	for i := range n {
		s, err := Open(dir, m, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Append(Row{ID{pixels.KeyOf([]byte{byte(i)}), 0}, x}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(dir, m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := make([]float32, len(x))
	for i := range n {
		if err := s.Row(pixels.KeyOf([]byte{byte(i)}), 0, got); err != nil {
			t.Fatal(err)
		}
		for k := range got {
			if got[k] != want[k] {
				t.Errorf("value %d is %v, want %v", k, got[k], want[k])
			}
		}
	}
	m.Rows = ""
	if _, err := Open(dir, m, Options{}); err == nil || !strings.Contains(err.Error(), "the type of the rows is float16 there, float32 here") {
		t.Errorf("error %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, metaFile))
	if err != nil || !strings.Contains(string(text), `"rows": "float16"`) {
		t.Errorf("%s, error %v", text, err)
	}
	if FitsHalf(x) != nil || FitsHalf([]float32{65520}) == nil {
		t.Error("what fits is not what fits")
	}
}

// valueOf is what the bits of a float16 mean.
func valueOf(h int) float64 {
	sign, e, m := 1-2*float64(h>>15), h>>10&31, float64(h&0x3ff)
	switch e {
	case 0:
		return sign * math.Ldexp(m, -24)
	case 31:
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+m, e-25)
}
