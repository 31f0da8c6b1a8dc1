package dataset

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// pack makes an archive of a folder's files, below a wrapping folder if wrap is not empty.
func pack(t *testing.T, root, kind, wrap string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data."+kind)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if wrap != "" {
		parent := t.TempDir()
		if err := os.CopyFS(filepath.Join(parent, wrap), os.DirFS(root)); err != nil {
			t.Fatal(err)
		}
		root = parent
	}
	switch kind {
	case "zip":
		w := zip.NewWriter(f)
		if err := w.AddFS(os.DirFS(root)); err != nil {
			t.Fatal(err)
		}
		err = w.Close()
	case "tar":
		w := tar.NewWriter(f)
		if err := w.AddFS(os.DirFS(root)); err != nil {
			t.Fatal(err)
		}
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Archives give what the folder gives that they were packed from.
func TestArchivesAreFolders(t *testing.T) {
	for _, l := range layouts {
		for _, kind := range []string{"zip", "tar"} {
			t.Run(kind+" of "+l.name, func(t *testing.T) {
				root := plant(t, l.files...)
				d := mustScan(t, pack(t, root, kind, ""), Options{})
				if got := listed(d); !slices.Equal(got, l.want) {
					t.Errorf("samples %q, want %q", got, l.want)
				}
				if !slices.Equal(d.Empty, l.empty) {
					t.Errorf("empty %q, want %q", d.Empty, l.empty)
				}
				readAtOnce(t, d)
			})
		}
	}
}

// readAtOnce reads all samples in several goroutines.
func readAtOnce(t *testing.T, d *Dataset) {
	t.Helper()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			var buf []byte
			for _, s := range d.Samples {
				b, err := d.Read(s, buf)
				if err != nil || string(b) != "content of "+s.Path {
					t.Errorf("%s: read %q, %v", s.Path, b, err)
				}
				buf = b
			}
		})
	}
	all.Wait()
}

func TestWrappedArchive(t *testing.T) {
	root := plant(t, "train/a/1.jpg", "val/a/1.jpg")
	for _, kind := range []string{"zip", "tar"} {
		d := mustScan(t, pack(t, root, kind, "my_data"), Options{})
		want := []string{"train:a:my_data/train/a/1.jpg", "val:a:my_data/val/a/1.jpg"}
		if got := listed(d); !slices.Equal(got, want) {
			t.Errorf("%s: samples %q, want %q", kind, got, want)
		}
	}
}

func TestTarLinksAndRepeats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tar")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(f)
	put := func(h tar.Header, content string) {
		h.Mode, h.Size = 0o644, int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(content))
	}
	put(tar.Header{Name: "./a/1.jpg", Typeflag: tar.TypeReg}, "old")
	put(tar.Header{Name: "a/hard.jpg", Typeflag: tar.TypeLink, Linkname: "./a/1.jpg"}, "")
	put(tar.Header{Name: "a/soft.jpg", Typeflag: tar.TypeSymlink, Linkname: "1.jpg"}, "")
	put(tar.Header{Name: "a/1.jpg", Typeflag: tar.TypeReg}, "newer")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	d := mustScan(t, path, Options{})
	var got []string
	for _, s := range d.Samples {
		b, _ := d.Read(s, nil)
		got = append(got, s.Path+"="+string(b))
	}
	if !slices.Equal(got, []string{"a/1.jpg=newer", "a/hard.jpg=old"}) || len(d.Notes) != 1 {
		t.Errorf("read %q, notes %q", got, d.Notes)
	}
}

func TestArchivesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	gz := filepath.Join(dir, "data.tar.gz")
	f, err := os.Create(gz)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	z.Write(make([]byte, 1024))
	z.Close()
	f.Close()
	text := filepath.Join(dir, "labels.csv")
	os.WriteFile(text, []byte("path,label\n"), 0o666)
	whole, err := os.ReadFile(pack(t, plant(t, "a/1.jpg"), "zip", ""))
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.zip")
	os.WriteFile(cut, whole[:len(whole)/2], 0o666)
	for path, want := range map[string]string{gz: "gzip", text: "not a folder and not a .zip or .tar archive", cut: "zip"} {
		if _, err := Scan(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
	for path, want := range map[string]NotArchiveError{gz: {"gzip"}, text: {""}} {
		_, err := Scan(t.Context(), path, Options{})
		var not *NotArchiveError
		if !errors.As(err, &not) || *not != want || (not.Hint() == "") != (want.Compression == "") {
			t.Errorf("%s: error %v, want a %+v", path, err, want)
		}
	}
}
