package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLists(t *testing.T) {
	root := plant(t, "x/1.jpg", "x/2.dat")
	for name, content := range map[string]string{
		"plain.csv":  "path,label,split\nx/2.dat,bee,valid\nx/1.jpg,ant,train\n",
		"order.csv":  "\xef\xbb\xbfsplit,score,path,label\r\nval,0.5,x/2.dat,bee\r\ntrain,1,\"x/1.jpg\",ant\r\n",
		"lines.json": "{\"path\":\"x/2.dat\",\"label\":\"bee\",\"split\":\"val\"}\n\n{\"path\":\"./x/1.jpg\",\"label\":\"ant\",\"split\":\"train\",\"more\":1}",
	} {
		file := filepath.Join(root, name)
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		d := mustScan(t, "", Options{List: file})
		if got := listed(d); !slices.Equal(got, []string{"train:ant:x/1.jpg", "val:bee:x/2.dat"}) {
			t.Errorf("%s: samples %q", name, got)
		}
		if !slices.Equal(d.Classes, []string{"ant", "bee"}) || !slices.Equal(d.Splits, []string{"train", "val"}) {
			t.Errorf("%s: classes %q, splits %q", name, d.Classes, d.Splits)
		}
		if b, err := d.Read(d.Samples[1], nil); err != nil || string(b) != "content of x/2.dat" {
			t.Errorf("%s: read %q, %v", name, b, err)
		}
	}
}

func TestListErrors(t *testing.T) {
	root := plant(t, "x/1.jpg")
	for content, want := range map[string]string{
		"":                              "line 1",
		"x/1.jpg,ant\n":                 "line 1",
		"path,label\n":                  "no files",
		"path,label\nx/1.jpg\n":         "line 2",
		"path,label\n,ant\n":            "line 2: the path is empty",
		"path,split\nx/1.jpg,dev\n":     `line 2: the split is "dev"`,
		"path\nx\n":                     "line 2: \"x\" is a folder",
		"path,label\na.jpg,b\na.jpg,c":  `line 3: "a.jpg" has the label "c", and "b"`,
		"{\"path\":\"a\",\"label\":1}":  "line 1: the label is 1",
		"{\"path\":\"a\"}\n{\"path\":":  "line 2",
		"path,label\n\"x/1.jpg,ant\n\n": "quote",
	} {
		file := filepath.Join(root, "list")
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Scan(t.Context(), "", Options{List: file}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", content, err, want)
		}
	}
}

func TestLoose(t *testing.T) {
	root := plant(t, "dir/b/2.jpg", "dir/1.jpg", "dir/no.txt", "any.thing")
	d, err := Loose(t.Context(), []string{filepath.Join(root, "any.thing"), filepath.Join(root, "dir")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	slash := filepath.ToSlash(root)
	want := []string{"::" + slash + "/any.thing", "::" + slash + "/dir/1.jpg", "::" + slash + "/dir/b/2.jpg"}
	if got := listed(d); !slices.Equal(got, want) {
		t.Errorf("samples %q, want %q", got, want)
	}
	for _, s := range d.Samples {
		if _, err := d.Read(s, nil); err != nil {
			t.Error(err)
		}
	}
	if _, err := Loose(t.Context(), []string{filepath.Join(root, "nowhere.jpg")}, Options{}); err == nil {
		t.Error("a file that is not there was taken")
	}
}

// TestLooseParts gives what Loose gives, in the order of Scan, in parts of any size.
func TestLooseParts(t *testing.T) {
	root := plant(t, "a/c/1.jpg", "a/2.jpg", "a-b/3.jpg", "4.jpg", "a/.hidden/5.jpg", "a/no.txt", "one.thing")
	if err := os.Symlink(filepath.Join(root, "a"), filepath.Join(root, "a/c/loop")); err != nil {
		t.Skip("no symbolic links here")
	}
	scanned, err := Scan(t.Context(), root, Options{Unlabeled: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.ToSlash(filepath.Join(root, "one.thing"))}
	for _, s := range scanned.Samples {
		want = append(want, filepath.ToSlash(filepath.Join(root, s.Path)))
	}
	for n := 1; n < 7; n++ {
		l, err := LookAt(t.Context(), []string{filepath.Join(root, "one.thing"), root}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if l.Count != len(want) || len(l.Notes) != 1 {
			t.Errorf("%d images and notes %q, want %d and one", l.Count, l.Notes, len(want))
		}
		var got []string
		for part, err := range l.Parts(t.Context(), n) {
			if err != nil || len(part.Samples) == 0 || len(part.Samples) > n {
				t.Fatalf("a part of %d samples, want at most %d (%v)", len(part.Samples), n, err)
			}
			for _, s := range part.Samples {
				got = append(got, s.Path)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("parts of %d: %q, want %q", n, got, want)
		}
	}
	if _, err := LookAt(t.Context(), []string{filepath.Join(root, "a/.hidden"), t.TempDir()}, Options{}); err == nil || !strings.Contains(err.Error(), "no images") {
		t.Errorf("an empty folder: %v", err)
	}
}

func FuzzList(f *testing.F) {
	f.Add([]byte("path,label,split\na.jpg,b,train\n"))
	f.Add([]byte("{\"path\":\"a.jpg\"}\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		file := filepath.Join(dir, "list")
		if err := os.WriteFile(file, content, 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := Scan(t.Context(), "", Options{List: file})
		if err != nil {
			return
		}
		for _, s := range d.Samples {
			if s.Path == "" || s.Label != "" && !slices.Contains(d.Classes, s.Label) || rank(s.Split) < 0 {
				t.Fatalf("sample %+v with classes %q", s, d.Classes)
			}
		}
	})
}
