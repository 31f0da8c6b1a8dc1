package extractor

import (
	"archive/zip"
	"bytes"
	"errors"
	"image/jpeg"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

var thumbnailTransform = pixels.Transform{Resize: 171, Crop: 150, EXIF: pixels.ApplyEXIF}

// TestThumbnails: pictures come from wherever the photographs lie, and only if
// they are what was expected.
func TestThumbnails(t *testing.T) {
	folder := filepath.Join("..", "testdata", "demo", "val")
	archive := filepath.Join(t.TempDir(), "photos.zip")
	zipFolder(t, archive, folder)
	for _, root := range []string{folder, archive} {
		d, err := dataset.Scan(t.Context(), root, dataset.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		keys := keysOf(t, d)
		keys[d.Samples[1].Path] = pixels.Key{1}
		keys["none.jpg"] = pixels.Key{2}
		n := NewThumbnailer(d, thumbnailTransform, pixels.Limits{}, keys)
		if _, err := n.Thumbnail(d.Samples[1].Path); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: a file with other content: %v", root, err)
		}
		if _, err := n.Thumbnail("none.jpg"); !errors.Is(err, ErrGone) && root == folder || err == nil {
			t.Errorf("%s: a file that is not there: %v", root, err)
		}
		if _, err := NewThumbnailer(d, thumbnailTransform, pixels.Limits{}, nil).Thumbnail("none.jpg"); !errors.Is(err, ErrGone) {
			t.Errorf("%s: a file that is not there: %v", root, err)
		}
		var all sync.WaitGroup
		for _, s := range d.Samples[2:] {
			all.Go(func() { wantThumbnail(t, n, s.Path) })
		}
		all.Wait()
	}
}

func wantThumbnail(t *testing.T, n *Thumbnailer, path string) {
	b, err := n.Thumbnail(path)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	m, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil || m.Bounds().Dx() != thumbnailSide || m.Bounds().Dy() != thumbnailSide {
		t.Errorf("%s: %v, %v", path, m.Bounds(), err)
	}
}

// A list may name files whose names a scan passes over.
func TestThumbnailOfAFileThatNoScanFinds(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.jpg", "odd.name"} {
		file, err := os.ReadFile("../testdata/golden/pixels/420.jpg")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), file, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d, err := dataset.Scan(t.Context(), dir, dataset.Options{Unlabeled: true})
	if err != nil {
		t.Fatal(err)
	}
	keys := keysOf(t, d)
	keys["odd.name"] = keys["a.jpg"]
	wantThumbnail(t, NewThumbnailer(d, thumbnailTransform, pixels.Limits{}, keys), "odd.name")
}

func keysOf(t *testing.T, d *dataset.Dataset) map[string]pixels.Key {
	t.Helper()
	keys := map[string]pixels.Key{}
	for _, s := range d.Samples {
		file, err := d.Read(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		keys[s.Path] = pixels.KeyOf(file)
	}
	return keys
}

func zipFolder(t *testing.T, path, folder string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if err := errors.Join(z.AddFS(os.DirFS(folder)), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}
