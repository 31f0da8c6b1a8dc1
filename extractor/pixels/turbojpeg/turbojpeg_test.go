package turbojpeg

import (
	"bufio"
	"bytes"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/pixels/jpeg"
)

// available returns a Decoder, or skips the test.
func available(t testing.TB) *Decoder {
	d, err := New()
	if err != nil {
		t.Skipf("libturbojpeg cannot be used (apt-get install libturbojpeg0 gets it): %v", err)
	}
	return d
}

// TestSame decodes files both ways. $GRAFT_JPEG adds a directory by "scripts/reference.py jpeg DIR",
// $GRAFT_JPEG_PHOTOS one of photographs.
func TestSame(t *testing.T) {
	d := available(t)
	var own jpeg.Decoder
	asked := 0
	for _, dir := range []string{"../../../testdata/golden/jpeg", os.Getenv("GRAFT_JPEG"), os.Getenv("GRAFT_JPEG_PHOTOS")} {
		if dir == "" {
			continue
		}
		for _, name := range listed(t, dir) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, scale := range []int{1, 2, 4, 8} {
				for _, window := range []image.Rectangle{{}, image.Rect(5, 7, 31, 40)} {
					compare(t, d, &own, b, window, scale, name)
				}
				if d.image.Pix != nil {
					asked++
				}
			}
		}
	}
	if asked < 50 {
		t.Errorf("the library decoded %d pictures only", asked)
	}
}

// listed are the files of a manifest.txt.
func listed(t *testing.T, dir string) (names []string) {
	f, err := os.Open(filepath.Join(dir, "manifest.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	last := ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name := strings.Split(lines.Text(), "\t")[4]; name != last {
			names, last = append(names, filepath.Join(dir, name)), name
		}
	}
	return names
}

// compare decodes b both ways.
func compare(t *testing.T, d *Decoder, own *jpeg.Decoder, b []byte, window image.Rectangle, scale int, name string) {
	t.Helper()
	m, err := d.Decode(b, window, scale)
	want, wantErr := own.Decode(b, window, scale)
	if err != nil || wantErr != nil {
		if err == nil || wantErr == nil || err.Error() != wantErr.Error() {
			t.Errorf("%s at 1/%d: %v, package jpeg %v", name, scale, err, wantErr)
		}
		return
	}
	if m.Rect != want.Rect || m.Width != want.Width || m.Height != want.Height {
		t.Errorf("%s at 1/%d: %v of %d×%d, package jpeg %v of %d×%d",
			name, scale, m.Rect, m.Width, m.Height, want.Rect, want.Width, want.Height)
		return
	}
	if got, want := rows(m), rows(want); !bytes.Equal(got, want) {
		t.Errorf("%s %v at 1/%d: other samples than package jpeg's", name, window, scale)
	}
}

// FuzzSame: whatever the bytes, the library's picture is package jpeg's, and what the library reads
// without a warning package jpeg does not refuse.
func FuzzSame(f *testing.F) {
	d := available(f)
	for _, pattern := range []string{"../../../testdata/golden/jpeg/*.jpg", "probe/*.jpg"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b, byte(0))
		}
	}
	var own jpeg.Decoder
	f.Fuzz(func(t *testing.T, b []byte, shift byte) {
		c, err := own.Config(b)
		if err != nil || c.Width*c.Height > 1<<20 || stale(b) {
			return
		}
		scale := 1 << (shift & 3)
		if !d.suits(b, c, scale) || !d.whole(b, c, scale) {
			return
		}
		m, err := own.Decode(b, image.Rectangle{}, scale)
		if err != nil {
			t.Fatalf("the library reads it, package jpeg says: %v", err)
		}
		if !bytes.Equal(rows(m), d.pix) {
			t.Fatal("the library's samples differ")
		}
	})
}

// stale says whether FF FF is within the data of a scan, which is against T.81 F.1.2.3. The
// library's fast path stops there, and its slow path begins again with coefficients of the fast
// one left in the block.
func stale(b []byte) bool {
	at := bytes.Index(b, []byte{0xff, 0xda})
	return at >= 0 && bytes.Contains(b[at:], []byte{0xff, 0xff})
}
