package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// plant makes files under a new folder; a path that ends in a slash is a folder.
func plant(t *testing.T, paths ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, p := range paths {
		name := filepath.Join(root, filepath.FromSlash(p))
		dir := filepath.Dir(name)
		if strings.HasSuffix(p, "/") {
			dir = name
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if dir == name {
			continue
		}
		if err := os.WriteFile(name, []byte("content of "+p), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func mustScan(t *testing.T, root string, o Options) *Dataset {
	t.Helper()
	d, err := Scan(t.Context(), root, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// listed is the samples as "split:label:path".
func listed(d *Dataset) []string {
	var list []string
	for _, s := range d.Samples {
		list = append(list, s.Split+":"+s.Label+":"+s.Path)
	}
	return list
}

var layouts = []struct {
	name  string
	files []string
	want  []string
	empty []string
}{
	{"classes", []string{"b/1.jpg", "a/2.PNG", "a/1.Jpeg", "a/x.gif", "a/noext"},
		[]string{":a:a/1.Jpeg", ":a:a/2.PNG", ":b:b/1.jpg"}, nil},
	{"bytes, not letters", []string{"Z/1.jpg", "a/1.jpg", "ä/1.jpg", "a b/1.jpg"},
		[]string{":Z:Z/1.jpg", ":a:a/1.jpg", ":a b:a b/1.jpg", ":ä:ä/1.jpg"}, nil},
	// sorted(os.walk(…)) compares whole paths, where '-' comes before '/'.
	{"nested", []string{"c/a/y.jpg", "c/a-b/x.jpg", "c/z.jpg", "c/a/deep/w.jpg"},
		[]string{":c:c/z.jpg", ":c:c/a/y.jpg", ":c:c/a-b/x.jpg", ":c:c/a/deep/w.jpg"}, nil},
	{"splits", []string{"test/a/1.jpg", "train/a/1.jpg", "valid/a/1.jpg", "docs/p.jpg"},
		[]string{"train:a:train/a/1.jpg", "val:a:valid/a/1.jpg", "test:a:test/a/1.jpg"}, nil},
	{"validation alone", []string{"validation/a/1.jpg"}, []string{"val:a:validation/a/1.jpg"}, nil},
	{"a class called test", []string{"test/1.jpg", "best/1.jpg"}, []string{":best:best/1.jpg", ":test:test/1.jpg"}, nil},
	{"unlabelled test split", []string{"train/a/1.jpg", "test/9.jpg"}, []string{"train:a:train/a/1.jpg", "test::test/9.jpg"}, nil},
	{"flat", []string{"2.jpg", "1.jpg"}, []string{"::1.jpg", "::2.jpg"}, nil},
	{"loose files beside classes", []string{"0.jpg", "a/1.jpg"}, []string{":a:a/1.jpg"}, nil},
	{"system files", []string{"a/1.jpg", "a/._1.jpg", "a/.hidden.png", ".git/x/1.jpg", "__MACOSX/a/1.jpg", "a/@eaDir/1.jpg", ".DS_Store"},
		[]string{":a:a/1.jpg"}, nil},
	{"an empty class", []string{"train/a/1.jpg", "train/b/", "val/a/1.jpg", "val/b/note.txt"},
		[]string{"train:a:train/a/1.jpg", "val:a:val/a/1.jpg"}, []string{"train/b", "val/b"}},
	{"every extension", []string{"a/1.jpg", "a/2.jpeg", "a/3.png", "a/4.ppm", "a/5.bmp", "a/6.pgm", "a/7.tif", "a/8.tiff", "a/9.webp", "a/a.gif", "a/b.jpgx"},
		[]string{":a:a/1.jpg", ":a:a/2.jpeg", ":a:a/3.png", ":a:a/4.ppm", ":a:a/5.bmp", ":a:a/6.pgm", ":a:a/7.tif", ":a:a/8.tiff", ":a:a/9.webp"}, nil},
}

func TestScanFolders(t *testing.T) {
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			d := mustScan(t, plant(t, l.files...), Options{})
			if got := listed(d); !slices.Equal(got, l.want) {
				t.Errorf("samples %q, want %q", got, l.want)
			}
			if !slices.Equal(d.Empty, l.empty) {
				t.Errorf("empty %q, want %q", d.Empty, l.empty)
			}
			for _, s := range d.Samples {
				b, err := d.Read(s, nil)
				if err != nil || string(b) != "content of "+s.Path || s.Bytes != int64(len(b)) || s.ModTime.IsZero() {
					t.Errorf("%+v: read %q, %v", s, b, err)
				}
			}
		})
	}
}

func TestScanFindsNothing(t *testing.T) {
	root := plant(t, "a/1.gif", "a/2.gif", "b/notes.txt")
	_, err := Scan(t.Context(), root, Options{})
	if err == nil || !strings.Contains(err.Error(), "2 .gif, 1 .txt") || !strings.Contains(err.Error(), ".webp") {
		t.Errorf("error %v, want one that says what was looked for and found", err)
	}
	if _, err := Scan(t.Context(), plant(t, "a/"), Options{}); err == nil || !strings.Contains(err.Error(), "no files") {
		t.Errorf("error %v", err)
	}
	if _, err := Scan(t.Context(), filepath.Join(root, "nowhere"), Options{}); err == nil || !strings.Contains(err.Error(), "no such folder") {
		t.Errorf("error %v", err)
	}
}

func TestScanLinks(t *testing.T) {
	root := plant(t, "a/1.jpg", "shelf/x/2.jpg")
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	link(filepath.Join(root, "a", "1.jpg"), "a/link.jpg")
	link(filepath.Join(root, "shelf", "x"), "b")
	link(root, "a/loop")
	link("nowhere.jpg", "a/broken.jpg")
	d := mustScan(t, root, Options{})
	want := []string{":a:a/1.jpg", ":a:a/broken.jpg", ":a:a/link.jpg", ":b:b/2.jpg", ":shelf:shelf/x/2.jpg"}
	if got := listed(d); !slices.Equal(got, want) {
		t.Errorf("samples %q, want %q", got, want)
	}
	if len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "a/loop") {
		t.Errorf("notes %q, want the loop", d.Notes)
	}
	if _, err := d.Read(d.Samples[1], nil); err == nil || !strings.Contains(err.Error(), "broken.jpg") {
		t.Errorf("reading a broken link: %v", err)
	}
}

func TestScanNamesThatAreNotUTF8(t *testing.T) {
	root := t.TempDir()
	name := "b\xfcro"
	if os.Mkdir(filepath.Join(root, name), 0o777) != nil || runtime.GOOS == "darwin" {
		t.Skip("the file system takes UTF-8 names only")
	}
	if err := os.WriteFile(filepath.Join(root, name, "\xe4.jpg"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	d := mustScan(t, root, Options{})
	if got := listed(d); !slices.Equal(got, []string{":b\uEFFCro:" + name + "/\xe4.jpg"}) {
		t.Errorf("samples %q", got)
	}
	if b, err := d.Read(d.Samples[0], nil); err != nil || string(b) != "x" {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestReadLimit(t *testing.T) {
	root := plant(t, "a/1.jpg")
	size := int64(len("content of a/1.jpg"))
	d := mustScan(t, root, Options{MaxBytes: size})
	if _, err := d.Read(d.Samples[0], nil); err != nil {
		t.Errorf("a file of the limit's size: %v", err)
	}
	d = mustScan(t, root, Options{MaxBytes: size - 1})
	if _, err := d.Read(d.Samples[0], nil); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("error %v", err)
	}
}

func TestHymenoptera(t *testing.T) {
	archive := filepath.Join("..", "..", "..", "shared", "data", "hymenoptera_data.zip")
	if _, err := os.Stat(archive); err != nil {
		t.Skip("the hymenoptera photographs are not there; nothing else needs them")
	}
	d := mustScan(t, archive, Options{})
	want := map[string]string{"train": "[{ants 123} {bees 121}]", "val": "[{ants 70} {bees 83}]"} // semantics of ImageFolder
	for split, counts := range want {
		if got := fmt.Sprint(d.Labels(split)); got != counts {
			t.Errorf("%s: %s, want %s", split, got, counts)
		}
	}
	if got := fmt.Sprint(d.Others); got != "[{.gif 1}]" {
		t.Errorf("others %s, want the one .gif", got)
	}
	for _, s := range d.Samples {
		if b, err := d.Read(s, nil); err != nil || int64(len(b)) != s.Bytes {
			t.Fatalf("%s: %d bytes, %v", s.Path, len(b), err)
		}
	}
}
