package pixels

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
	Gray16 string
	Alpha  string
	Box    []int // left, top, width, height of a view
	Flip   bool
	SHA256 string
	Error  string
}

func readGoldens(t *testing.T, dir string) []golden {
	t.Helper()
	return readGoldenFile(t, filepath.Join(dir, "crops.jsonl"))
}

func readGoldenFile(t *testing.T, name string) []golden {
	t.Helper()
	b, err := os.ReadFile(name)
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
type decoders struct {
	jpeg string
	made map[Transform]*Decoder
}

func (ds decoders) of(t Transform) *Decoder {
	d := ds.made[t]
	if d == nil {
		d = NewDecoder(t, Limits{})
		if err := d.UseJPEG(ds.jpeg); err != nil {
			panic(err)
		}
		ds.made[t] = d
	}
	return d
}

// both runs a test with graft's own JPEG decoder and with libturbojpeg.
func both(t *testing.T, run func(*testing.T, decoders)) {
	for _, name := range []string{OwnJPEG, TurboJPEG} {
		t.Run(name, func(t *testing.T) {
			if err := NewDecoder(usual, Limits{}).UseJPEG(name); err != nil {
				t.Skipf("%v", err)
			}
			run(t, decoders{jpeg: name, made: map[Transform]*Decoder{}})
		})
	}
}

// crop renders what a golden asks for and returns its hash.
func (ds decoders) crop(g golden, file []byte) (string, error) {
	transform := Transform{Resize: max(g.Resize, 1), Crop: g.Crop, EXIF: g.EXIF, Fast: g.Fast, Gray16: g.Gray16, Alpha: g.Alpha}
	d := ds.of(transform)
	dst := make([]byte, g.Crop*g.Crop*3)
	var err error
	if g.Box != nil {
		b := box{left: g.Box[0], top: g.Box[1], width: g.Box[2], height: g.Box[3], flip: g.Flip}
		_, err = d.run(dst, file, func(int, int) region { return b.region(transform) })
	} else {
		_, err = d.Crop(dst, file)
	}
	sum := sha256.Sum256(dst)
	return hex.EncodeToString(sum[:]), err
}

const goldenDir = "../../testdata/golden/pixels"

func TestGoldens(t *testing.T) { both(t, testGoldens) }

func testGoldens(t *testing.T, ds decoders) {
	t.Parallel()
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
			t.Errorf("%s %d/%d %s %v %s %s: crop differs from Pillow's", g.File, g.Resize, g.Crop, g.EXIF, g.Box, g.Gray16, g.Alpha)
		}
	}
}

// TestBulk compares the crops of many files with Pillow's. GRAFT_PIXELS names the folder that
// scripts/reference.py pixels DIR made.
func TestBulk(t *testing.T) {
	dir := os.Getenv("GRAFT_PIXELS")
	if dir == "" {
		t.Skip("GRAFT_PIXELS is not set; scripts/reference.py pixels DIR makes such a folder")
	}
	all := readGoldens(t, dir)
	both(t, func(t *testing.T, ds decoders) { compare(t, ds, dir, all) })
}

// compare counts the crops that are Pillow's.
func compare(t *testing.T, ds decoders, dir string, all []golden) {
	same := 0
	for _, g := range all {
		file, err := os.ReadFile(filepath.Join(dir, g.File))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ds.crop(g, file)
		switch {
		case err != nil && g.SHA256 != "":
			t.Errorf("%s %d/%d: %v", g.File, g.Resize, g.Crop, err)
		case err == nil && g.SHA256 == "":
			t.Errorf("%s: read, but Pillow says %s", g.File, g.Error)
		case got != g.SHA256 && g.SHA256 != "":
			t.Errorf("%s %d/%d %s%s: crop differs from Pillow's", g.File, g.Resize, g.Crop, g.Gray16, g.Alpha)
		default:
			same++
		}
	}
	t.Logf("%d of %d crops are Pillow's, byte for byte", same, len(all))
}

// zipped returns the photographs of hymenoptera_data.zip by name, or skips.
func zipped(t testing.TB) map[string]*zip.File {
	t.Helper()
	z, err := zip.OpenReader("../../../shared/data/hymenoptera_data.zip")
	if err != nil {
		t.Skip("../shared/data/hymenoptera_data.zip is not beside the module")
	}
	t.Cleanup(func() { z.Close() })
	files := map[string]*zip.File{}
	for _, f := range z.File {
		files[f.Name] = f
	}
	return files
}

func sortedNames[T any](m map[string]T) []string {
	return slices.Sorted(maps.Keys(m))
}

func unzipped(t testing.TB, f *zip.File) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPhotographs compares all photographs of hymenoptera; their hashes are in a line each of
// photographs.jsonl, made by scripts/reference.py pixels zip.
func TestPhotographs(t *testing.T) {
	files := zipped(t)
	all := readGoldenFile(t, filepath.Join(goldenDir, "photographs.jsonl"))
	both(t, func(t *testing.T, ds decoders) {
		t.Parallel()
		for i, g := range all {
			if ds.jpeg == TurboJPEG && i%4 != 0 {
				continue // package turbojpeg has its own tests
			}
			got, err := ds.crop(g, unzipped(t, files[g.File]))
			if err != nil || got != g.SHA256 {
				t.Errorf("%s %d/%d: crop differs from Pillow's (%v)", g.File, g.Resize, g.Crop, err)
			}
		}
	})
	if len(all) != 397 {
		t.Errorf("%d photographs compared, not 397", len(all))
	}
}
