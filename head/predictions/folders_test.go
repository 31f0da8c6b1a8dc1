package predictions

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plant writes files below a new folder, their content after a colon, and
// returns the folder.
func plant(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, f := range files {
		name, content, _ := strings.Cut(f, ":")
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// contents lists the files below dir as name:content, links followed.
func contents(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		list = append(list, filepath.ToSlash(name)+":"+string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPutOverwritesNothing(t *testing.T) {
	for _, link := range []bool{false, true} {
		from := plant(t, "a/1.jpg:one", "b/1.jpg:two", "c/1.jpg:one", "c/2.jpg:sam")
		dir := plant(t, "ant/2.jpg:own")
		want := []Placed{PlacedNew, PlacedNumbered, PlacedAlready, PlacedNumbered}
		for round := range 2 {
			f := &Folders{Dir: dir, Link: link}
			for i, path := range []string{"a/1.jpg", "b/1.jpg", "c/1.jpg", "c/2.jpg"} {
				placed, err := f.Put(filepath.Join(from, path), "ant")
				if err != nil {
					t.Fatal(err)
				}
				if round == 1 {
					want[i] = PlacedAlready
				}
				if placed != want[i] {
					t.Errorf("link %v, round %d, %s: placed %d, want %d", link, round, path, placed, want[i])
				}
			}
		}
		wanted := []string{"ant/1-2.jpg:two", "ant/1.jpg:one", "ant/2-2.jpg:sam", "ant/2.jpg:own"}
		if got := contents(t, dir); !slices.Equal(got, wanted) {
			t.Errorf("link %v: %q, want %q", link, got, wanted)
		}
	}
}

func TestLinksAreAbsolute(t *testing.T) {
	from := plant(t, "a.jpg:one")
	t.Chdir(from)
	f := &Folders{Dir: "sorted", Link: true}
	if _, err := f.Put("a.jpg", "ant"); err != nil {
		t.Fatal(err)
	}
	to, err := os.Readlink("sorted/ant/a.jpg")
	if err != nil || !filepath.IsAbs(to) {
		t.Errorf("the link leads to %q (%v), want an absolute path", to, err)
	}
}

func TestPutOverBrokenLinksAndFolders(t *testing.T) {
	from, dir := plant(t, "1.jpg:one"), plant(t, "ant/1-2.jpg/inner:x")
	if err := os.Symlink("nowhere", filepath.Join(dir, "ant/1.jpg")); err != nil {
		t.Skip("no symbolic links here")
	}
	f := &Folders{Dir: dir}
	placed, err := f.Put(filepath.Join(from, "1.jpg"), "ant")
	if err != nil || placed != PlacedNumbered {
		t.Fatalf("placed %d, %v", placed, err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "ant/1-3.jpg")); string(b) != "one" {
		t.Errorf("1-3.jpg holds %q (%v)", b, err)
	}
}

func TestPutOfAFileThatIsGone(t *testing.T) {
	dir := t.TempDir()
	if _, err := (&Folders{Dir: dir}).Put(filepath.Join(dir, "gone.jpg"), "ant"); err == nil {
		t.Fatal("no error")
	}
	if got := contents(t, dir); len(got) > 0 {
		t.Errorf("left behind: %q", got)
	}
}

func TestFolderName(t *testing.T) {
	for label, want := range map[string]string{
		"ants":         "ants",
		"größe 1.5":    "größe 1.5",
		"a/b":          "a%2Fb",
		"../../etc":    "%2E.%2F..%2Fetc",
		"..":           "%2E%2E",
		".hidden":      "%2Ehidden",
		"50%":          "50%25",
		"a\\b:c":       "a%5Cb%3Ac",
		"":             "%",
		"con":          "%63on",
		"NUL.txt":      "%4EUL.txt",
		"tab\tnul\x00": "tab%09nul%00",
		"\xff":         "%FF",
		"trailing. ":   "trailing.%20",
	} {
		if got := folderName(label); got != want {
			t.Errorf("%q: folder %q, want %q", label, got, want)
		}
	}
}

func FuzzFolderName(f *testing.F) {
	f.Add("a/b", "a%2Fb")
	f.Add(strings.Repeat("x", 300), strings.Repeat("x", 301))
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := folderName(a), folderName(b)
		if a != b && x == y {
			t.Fatalf("%q and %q share the folder %q", a, b, x)
		}
		if !filepath.IsLocal(x) || filepath.Base(x) != x || len(x) > longestName || strings.HasPrefix(x, ".") {
			t.Fatalf("%q: folder %q", a, x)
		}
	})
}

// TestPutContent copies what lies in archives, and overwrites nothing.
func TestPutContent(t *testing.T) {
	dir := plant(t, "ant/2.jpg:own", "ant/3.jpg/x:a folder")
	for round, want := range [][]Placed{{PlacedNew, PlacedNumbered, PlacedAlready, PlacedNumbered, PlacedNumbered}, {PlacedAlready, PlacedAlready, PlacedAlready, PlacedAlready, PlacedAlready}} {
		f := &Folders{Dir: dir}
		for i, file := range []string{"a/1.jpg:one", "b/1.jpg:two", "c/1.jpg:one", "c/2.jpg:sam", "3.jpg:"} {
			path, content, _ := strings.Cut(file, ":")
			if placed, err := f.PutContent("data.zip/"+path, []byte(content), "ant"); err != nil || placed != want[i] {
				t.Errorf("round %d, %s: %d, %v", round, path, placed, err)
			}
		}
	}
	if got, want := contents(t, filepath.Join(dir, "ant")), []string{"1-2.jpg:two", "1.jpg:one", "2-2.jpg:sam", "2.jpg:own", "3-2.jpg:", "3.jpg/x:a folder"}; !slices.Equal(got, want) {
		t.Errorf("folder %q, want %q", got, want)
	}
	if _, err := (&Folders{Dir: dir, Link: true}).PutContent("data.zip/9.jpg", nil, "ant"); err == nil || !strings.Contains(err.Error(), "archive") {
		t.Errorf("a link into an archive: %v", err)
	}
}
