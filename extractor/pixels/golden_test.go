package pixels

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// golden is a line of crops.jsonl, written by scripts/goldens/pixels.py: what torchvision on Pillow
// makes of a file.
type golden struct {
	File   string
	Resize int
	Crop   int
	EXIF   string
	Fast   bool
	Box    []int // left, top, width, height of a view
	Flip   bool
	SHA256 string
	Error  string
}

func readGoldens(t *testing.T, dir string) []golden {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "crops.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all []golden
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

// decoders keeps one Decoder for each transform, so that reuse of buffers is tested too.
type decoders map[Transform]*Decoder

func (ds decoders) of(t Transform) *Decoder {
	if ds[t] == nil {
		ds[t] = NewDecoder(t, Limits{})
	}
	return ds[t]
}

// crop renders what a golden asks for and returns its hash.
func (ds decoders) crop(g golden, file []byte) (string, error) {
	transform := Transform{Resize: max(g.Resize, 1), Crop: g.Crop, EXIF: g.EXIF, Fast: g.Fast}
	d := ds.of(transform)
	dst := make([]byte, g.Crop*g.Crop*3)
	var err error
	if g.Box != nil {
		b := box{left: g.Box[0], top: g.Box[1], width: g.Box[2], height: g.Box[3], flip: g.Flip}
		_, err = d.run(dst, file, func(int, int) region { return b.region(g.Crop) })
	} else {
		_, err = d.Crop(dst, file)
	}
	sum := sha256.Sum256(dst)
	return hex.EncodeToString(sum[:]), err
}

const goldenDir = "../../testdata/golden/pixels"

func TestGoldens(t *testing.T) {
	ds := decoders{}
	for _, g := range readGoldens(t, goldenDir) {
		file, err := os.ReadFile(filepath.Join(goldenDir, g.File))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ds.crop(g, file)
		switch {
		case err != nil:
			t.Errorf("%s %d/%d %s: %v", g.File, g.Resize, g.Crop, g.EXIF, err)
		case got != g.SHA256:
			t.Errorf("%s %d/%d %s %v: crop differs from Pillow's", g.File, g.Resize, g.Crop, g.EXIF, g.Box)
		}
	}
}
