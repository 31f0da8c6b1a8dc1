package trunk

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"graft/extractor/pixels"
	"graft/onnx"
)

const pixelGoldens = "../../testdata/golden/pixels"

// TestTransforms: crops by a model's own configuration are those that timm, open_clip and
// transformers make by it, byte for byte. $GRAFT_TRANSFORMS names more of them, made by
// scripts/reference.py transforms DIR, or the lines of photographs in $GRAFT_TRANSFORMS_ZIP.
func TestTransforms(t *testing.T) {
	compareTransforms(t, filepath.Join(pixelGoldens, "transforms.jsonl"), inFolder(pixelGoldens))
	switch more, archive := os.Getenv("GRAFT_TRANSFORMS"), os.Getenv("GRAFT_TRANSFORMS_ZIP"); {
	case archive != "":
		compareTransforms(t, more, inZip(t, archive))
	case more != "":
		compareTransforms(t, filepath.Join(more, "transforms.jsonl"), inFolder(more))
	}
}

func inFolder(dir string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
}

func inZip(t *testing.T, archive string) func(string) ([]byte, error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { z.Close() })
	return func(name string) ([]byte, error) {
		f, err := z.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(f)
	}
}

func compareTransforms(t *testing.T, lines string, read func(string) ([]byte, error)) {
	text, err := os.ReadFile(lines)
	if err != nil {
		t.Fatal(err)
	}
	same, all := 0, 0
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for scanner.Scan() {
		var g struct {
			File, Read, SHA256 string
			Config             json.RawMessage
		}
		if err := json.Unmarshal(scanner.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		file, err := read(g.File)
		if err != nil {
			t.Fatal(err)
		}
		all++
		got, err := cropBy(g.Read, g.Config, file)
		if err != nil || got != g.SHA256 {
			t.Errorf("%s by %s %s: another crop (%v)", g.File, g.Read, g.Config, err)
			continue
		}
		same++
	}
	t.Logf("%d of %d crops are the libraries', byte for byte", same, all)
}

// cropBy is the hash of the crop that a configuration asks for.
func cropBy(name string, config, file []byte) (string, error) {
	for _, c := range configurations {
		if c.name != name {
			continue
		}
		p, err := c.read(config)
		if err != nil {
			return "", err
		}
		tr, err := Transform(onnx.Trunk{Resize: p.Resize, Crop: p.Crop, Asked: p.Asked}, Adjust{EXIF: pixels.IgnoreEXIF})
		if err != nil {
			return "", err
		}
		crop := make([]byte, tr.Bytes())
		if _, err := pixels.NewDecoder(tr, pixels.Limits{}).Crop(crop, file); err != nil {
			return "", err
		}
		sum := sha256.Sum256(crop)
		return hex.EncodeToString(sum[:]), nil
	}
	return "", os.ErrNotExist
}
