package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pathsOf collects paths in parts of n.
func pathsOf(t *testing.T, n int, o Options, paths ...string) (p *Paths, list []string) {
	t.Helper()
	p, err := FromPaths(t.Context(), paths, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	for part, err := range p.Parts(t.Context(), n) {
		if err != nil || len(part.Samples) == 0 || len(part.Samples) > n {
			t.Fatalf("a part of %d (%v)", len(part.Samples), err)
		}
		for _, s := range part.Samples {
			b, err := part.Read(s, nil)
			if err != nil || !strings.HasPrefix(string(b), "content of ") || !strings.HasSuffix(s.Path, filepath.Base(strings.TrimPrefix(string(b), "content of "))) {
				t.Errorf("%s: read %q, %v", s.Path, b, err)
			}
			list = append(list, s.Path)
		}
	}
	return p, list
}

// TestPathsOfArchives: an archive is as good as a folder, in parts of any size, and what comes out
// leads in again.
func TestPathsOfArchives(t *testing.T) {
	root := plant(t, "a/1.jpg", "a/b/2.jpg", "c/3.jpg", "c/x.heic", "4.jpg")
	zip, tar, file := pack(t, root, "zip", ""), pack(t, root, "tar", "data"), filepath.Join(root, "4.jpg")
	want := []string{file}
	for _, at := range []string{root, zip, tar + "/data"} {
		for _, name := range []string{"4.jpg", "a/1.jpg", "a/b/2.jpg", "c/3.jpg"} {
			want = append(want, at+"/"+name)
		}
	}
	want = append(want, file)
	for n := 1; n < 16; n++ {
		p, got := pathsOf(t, n, Options{}, file, root, zip, tar, file)
		if !slices.Equal(got, want) || p.Count != len(want) || p.Archived != 8 {
			t.Fatalf("parts of %d: %d paths, %d in archives: %q, want %q", n, p.Count, p.Archived, got, want)
		}
		if len(p.Notes) != 3 {
			t.Errorf("notes %q", p.Notes)
		}
	}
	p, err := FromPaths(t.Context(), []string{file, zip, root}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	d, err := p.Collect(t.Context())
	if err != nil || len(d.Samples) != 9 {
		t.Fatalf("%d samples (%v)", len(d.Samples), err)
	}
	for _, s := range d.Samples {
		if b, err := d.Read(s, nil); err != nil || !strings.HasPrefix(string(b), "content of ") {
			t.Errorf("%s: read %q, %v", s.Path, b, err)
		}
		if _, again := pathsOf(t, 9, Options{}, s.Path); !slices.Equal(again, []string{s.Path}) {
			t.Errorf("%s leads to %q", s.Path, again)
		}
	}
}

// TestPathsInArchives: files and folders in an archive, whatever their names.
func TestPathsInArchives(t *testing.T) {
	archive := oddZip(t, oddEntry{name: "caf\x82/0.jpg"}, oddEntry{name: "b\xe9/1.jpg", flag: true}, oddEntry{name: "b/2.jpg"}, oddEntry{name: "b/c/3.jpg"})
	for inside, want := range map[string][]string{
		"café/0.jpg": {"café/0.jpg"}, "café": {"café/0.jpg"}, "b\xe9": {"b\xe9/1.jpg"}, "b\uefe9/1.jpg": {"b\xe9/1.jpg"},
		"b": {"b/2.jpg", "b/c/3.jpg"}, "b/": {"b/2.jpg", "b/c/3.jpg"}, "b/c": {"b/c/3.jpg"},
	} {
		p, err := FromPaths(t.Context(), []string{archive + "/" + inside}, Options{})
		if err != nil {
			t.Errorf("%+q: %v", inside, err)
			continue
		}
		d, err := p.Collect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range d.Samples {
			got = append(got, strings.TrimPrefix(s.Path, archive+"/"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+q: %+q, want %+q", inside, got, want)
		}
		p.Close()
	}
	folder := plant(t, "a.zip/1.jpg", "photo.jpg", "data.tar.gz", "x.zip")
	if err := os.WriteFile(filepath.Join(folder, "data.tar.gz"), []byte("\x1f\x8b\x08"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, got := pathsOf(t, 9, Options{}, filepath.Join(folder, "a.zip")); len(got) != 1 {
		t.Errorf("a folder called a.zip: %q", got)
	}
	if _, got := pathsOf(t, 9, Options{}, filepath.Join(folder, "x.zip")); len(got) != 1 {
		t.Errorf("what is no archive is a file: %q", got)
	}
	for path, want := range map[string]string{
		archive + "/nowhere":                   "no image or folder",
		archive + "/b/2":                       "no image or folder",
		filepath.Join(folder, "photo.jpg/x"):   "not a directory",
		filepath.Join(folder, "nowhere.zip/x"): "no such file",
		filepath.Join(folder, "data.tar.gz"):   "gzip",
		filepath.Join(folder, "data.tar.gz/x"): "gzip",
	} {
		if _, err := FromPaths(t.Context(), []string{path}, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
}

// TestPathsOfLists start at the list's folder, or where they are said to.
func TestPathsOfLists(t *testing.T) {
	root := plant(t, "x/1.jpg", "x/2.jpg", "lists/x/1.jpg")
	list := filepath.Join(root, "lists", "l.csv")
	content := "path,label,split\nx/1.jpg,a,val\n" + filepath.Join(root, "x/2.jpg") + ",b,train\nx/nowhere.jpg,,\n"
	if err := os.WriteFile(list, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	for _, c := range []struct{ list, at, begin string }{{list, "", root + "/lists/"}, {list, root, root + "/"}, {"lists/l.csv", "", "lists/"}, {"lists/l.csv", ".", ""}} {
		var paths []string
		if c.at != "" {
			paths = append(paths, c.at)
		}
		p, err := FromPaths(t.Context(), paths, Options{List: c.list})
		if err != nil {
			t.Fatal(err)
		}
		d, err := p.Collect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"::" + c.begin + "x/nowhere.jpg", "::" + root + "/x/2.jpg", "::" + c.begin + "x/1.jpg"}
		got := listed(d)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || p.Count != 3 {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
		for _, s := range d.Samples {
			if _, err := d.Read(s, nil); (err != nil) != strings.Contains(s.Path, "nowhere") || err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%+v: %s: %v", c, s.Path, err)
			}
		}
	}
	if _, err := FromPaths(t.Context(), []string{root, root}, Options{List: list}); err == nil {
		t.Error("a list beside two folders was taken")
	}
}
