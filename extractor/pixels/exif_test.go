package pixels

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestOddOrientations compares with how Pillow turns pictures whose orientation is of an odd kind:
// lines of exif.jsonl, by scripts/reference.py pixels.
func TestOddOrientations(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(goldenDir, "exif.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	d := NewDecoder(Transform{Resize: 8, Crop: 8, EXIF: ApplyEXIF}, Limits{})
	n := 0
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); n++ {
		var golden struct {
			Name        string
			PNG         []byte
			Orientation int
		}
		if err := json.Unmarshal(lines.Bytes(), &golden); err != nil {
			t.Fatal(err)
		}
		got, err := d.Inspect(golden.PNG)
		if err != nil || got.Orientation != golden.Orientation {
			t.Errorf("%s: orientation %d, %v; Pillow has %d", golden.Name, got.Orientation, err, golden.Orientation)
		}
	}
	if n < 33 {
		t.Errorf("%d pictures, not 33", n)
	}
}
