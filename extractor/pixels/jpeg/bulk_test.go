package jpeg

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPillow compares with what Pillow made of the files in $GRAFT_JPEG_REFERENCE, a directory that
// "scripts/reference.py jpeg DIR" fills.
func TestPillow(t *testing.T) {
	dir := os.Getenv("GRAFT_JPEG_REFERENCE")
	if dir == "" {
		t.Skip("set GRAFT_JPEG_REFERENCE to a directory made by scripts/reference.py jpeg DIR")
	}
	compareManifest(t, dir)
}

// compareManifest checks a directory with a manifest.txt: a line a file, tab-separated: SHA-256 of
// the RGB bytes or "refused", width, height, path.
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
		b, err := os.ReadFile(filepath.Join(dir, words[3]))
		if err != nil {
			t.Fatal(err)
		}
		n++
		sum := "refused"
		_, err = d.Config(b)
		var m *Image
		if err == nil {
			m, err = d.Decode(b, image.Rectangle{}, 1)
		}
		if err == nil {
			sum = fmt.Sprintf("%x", sha256.Sum256(wholeImage(m)))
		}
		if sum != words[0] {
			bad++
			t.Errorf("%s: got %.12s (%v), Pillow %.12s %v", words[3], sum, err, words[0], words[4:])
		}
	}
	t.Logf("%d files, %d differ", n, bad)
}

func wholeImage(m *Image) []byte {
	var all []byte
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		all = append(all, m.Row(y)...)
	}
	return all
}
