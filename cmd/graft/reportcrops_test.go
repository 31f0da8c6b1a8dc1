package main

import (
	"archive/zip"
	"bytes"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"testing"

	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
)

// TestCropsOfFoldersAndArchives: pictures come from wherever the photographs
// lie, and only if they are what was extracted.
func TestCropsOfFoldersAndArchives(t *testing.T) {
	folder := filepath.Join("..", "..", "testdata", "demo", "val")
	archive := filepath.Join(t.TempDir(), "photos.zip")
	zipFolder(t, archive, folder)
	for _, root := range []string{folder, archive} {
		records := scanned(t, root)
		records[1].Key[0]++
		records[2].Path = "ladybirds/none.jpg"
		tr := pixels.Transform{Resize: 171, Crop: 150, EXIF: pixels.ApplyEXIF}
		c, err := openCrops(t.Context(), root, tr, pixels.Limits{}, records)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for i := range records {
			b, err := c.Thumbnail(records[i].Path)
			if i == 1 || i == 2 {
				if err == nil {
					t.Errorf("%s: %s: a file that is not what was extracted is shown", root, records[i].Path)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %s: %v", root, records[i].Path, err)
			}
			m, err := jpeg.Decode(bytes.NewReader(b))
			if err != nil || m.Bounds().Dx() != thumbnailSize || m.Bounds().Dy() != thumbnailSize {
				t.Errorf("%s: %s: %v, %v", root, records[i].Path, m.Bounds(), err)
			}
		}
	}
}

// scanned is the first few records of a data set.
func scanned(t *testing.T, root string) []features.Record {
	t.Helper()
	d, err := dataset.Scan(t.Context(), root, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var records []features.Record
	for _, s := range d.Samples[:min(6, len(d.Samples))] {
		b, err := d.Read(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, features.Record{Path: s.Path, Label: s.Label, Bytes: s.Bytes, Key: features.KeyOf(b)})
	}
	return records
}

func zipFolder(t *testing.T, path, folder string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if err := z.AddFS(os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []io.Closer{z, f} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
