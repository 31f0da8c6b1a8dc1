package jpeg

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestPillow compares with what Pillow made of the files in $GRAFT_JPEG, a directory that
// "scripts/reference.py jpeg DIR" fills.
func TestPillow(t *testing.T) {
	dir := os.Getenv("GRAFT_JPEG")
	if dir == "" {
		t.Skip("set GRAFT_JPEG to a directory made by scripts/reference.py jpeg DIR")
	}
	compareManifest(t, dir)
}

// TestGoldens does the same with the tiny files in testdata.
func TestGoldens(t *testing.T) {
	compareManifest(t, "../../../testdata/golden/jpeg")
}

// TestPhotographs does the same with the photographs of $GRAFT_JPEG_PHOTOS, a directory with a
// manifest.txt by "scripts/reference.py jpeg photos DIR".
func TestPhotographs(t *testing.T) {
	dir := os.Getenv("GRAFT_JPEG_PHOTOS")
	if dir == "" {
		t.Skip("set GRAFT_JPEG_PHOTOS to a directory prepared by scripts/reference.py jpeg photos DIR")
	}
	compareManifest(t, dir)
}

// compareManifest checks a directory with a manifest.txt, whose lines scripts/goldens/jpeg.py
// describes.
func compareManifest(t *testing.T, dir string) {
	f, err := os.Open(filepath.Join(dir, "manifest.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var d Decoder
	n, bad := 0, 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Split(lines.Text(), "\t")
		b, err := os.ReadFile(filepath.Join(dir, words[4]))
		if err != nil {
			t.Fatal(err)
		}
		scale, _ := strconv.Atoi(words[1])
		sum, why := reading(&d, b, scale)
		n++
		if sum != words[0] {
			bad++
			t.Errorf("%s at 1/%d: got %.12s (%v), Pillow %.12s %v", words[4], scale, sum, why, words[0], words[5:])
		}
	}
	t.Logf("%d readings, %d differ", n, bad)
}

// reading is the hash of the picture's bytes, or "refused" and why.
func reading(d *Decoder, b []byte, scale int) (string, error) {
	m, err := d.Decode(b, image.Rectangle{}, scale)
	if err != nil {
		return "refused", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(wholeImage(m))), nil
}

func wholeImage(m *Image) []byte {
	var all []byte
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		all = append(all, m.Row(y)...)
	}
	return all
}
