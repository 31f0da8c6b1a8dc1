package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestResolve: what is written as Escape does leads to the file again.
func TestResolve(t *testing.T) {
	root := t.TempDir()
	names := []string{"plain.jpg", "b\xe9/\xff.jpg", "b\uefe9/x.jpg", "\uef41.jpg"}
	fill(t, root, names...)
	for _, name := range names {
		path := filepath.Join(root, name)
		for _, p := range []string{path, Escape(path)} {
			if got := Resolve(p); got != path {
				t.Errorf("Resolve(%+q) is %+q, want %+q", p, got, path)
			}
		}
	}
	// A part of the path may be escaped, and another be called so.
	fill(t, root, "a\uefe9/\xff\xfe/\uefe9/b\xe9.jpg")
	for _, p := range []string{"a\uefe9/\uefff\ueffe/\uefe9/b\uefe9.jpg", "a\uefe9/\xff\xfe/\uefe9/b\uefe9.jpg", Escape("a\uefe9/\xff\xfe/\uefe9/b\xe9.jpg"), "./a\uefe9//\uefff\ueffe/\uefe9/b\uefe9.jpg"} {
		if got := filepath.Clean(Resolve(root + "/" + p)); got != filepath.Join(root, "a\uefe9/\xff\xfe/\uefe9/b\xe9.jpg") {
			t.Errorf("Resolve(%+q) is %+q", p, got)
		}
	}
	if got := Unescape("\xff\uefe9\xc3"); got != "\xff\xe9\xc3" {
		t.Errorf("unescaped %+q", got)
	}
	// What is there has precedence; what is not there stays.
	for _, name := range []string{"b\uefe9", "b\uefe9/x.jpg", "nowhere\uefe9.jpg", "nowhere", ""} {
		path := filepath.Join(root, name)
		if got := Resolve(path); got != path {
			t.Errorf("Resolve(%+q) is %+q", path, got)
		}
	}
}

// TestEscapedPathsAreTaken everywhere that takes paths.
func TestEscapedPathsAreTaken(t *testing.T) {
	root := t.TempDir()
	fill(t, root, "b\xe9/a/1.jpg", "b\xe9/c/2.jpg")
	data := filepath.Join(root, "b\xe9")
	want := []string{data + "/a/1.jpg", data + "/c/2.jpg"}
	check := func(name string, d *Dataset, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		var got []string
		for _, s := range d.Samples {
			if b, err := d.Read(s, nil); err != nil || !strings.HasPrefix(string(b), "content of b\xe9/") {
				t.Errorf("%s: read %q, %v", name, b, err)
			}
			if got = append(got, s.Path); !filepath.IsAbs(s.Path) {
				got[len(got)-1] = filepath.Join(d.Root, s.Path)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: paths %+q, want %+q", name, got, want)
		}
	}
	d, err := Scan(t.Context(), Escape(data), Options{})
	check("scan", d, err)
	for name, paths := range map[string][]string{"folder": {Escape(data)}, "files": {Escape(want[0]), Escape(want[1])}} {
		found, err := FromPaths(t.Context(), paths, Options{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := found.Collect(t.Context())
		check(name, d, err)
	}
	for d, err := range FromReader(t.Context(), strings.NewReader(Escape(want[0])+"\n"+Escape(want[1])+"\n"), '\n', Options{}) {
		check("reader", d, err)
	}
	for name, list := range map[string]string{
		"csv":    "path\n" + Escape("b\xe9/a/1.jpg") + "\n" + "b\xe9/c/2.jpg\n",
		"jsonl":  `{"path":"` + Escape("b\xe9/a/1.jpg") + `"}` + "\n" + `{"path":"` + "b\xe9" + `/c/2.jpg"}`,
		"json":   `[{"path":"` + Escape("b\xe9/a/1.jpg") + `"},{"path":"` + "b\xe9" + `/c/2.jpg"}]`,
		"dotted": "path\n./" + Escape("b\xe9/a/1.jpg") + "\n" + Escape("b\xe9/x/../c/2.jpg") + "\n",
	} {
		file := filepath.Join(root, "l\xe9.csv")
		if err := os.WriteFile(file, []byte(list), 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := Scan(t.Context(), "", Options{List: Escape(file)})
		check("list "+name, d, err)
		found, err := FromPaths(t.Context(), []string{Escape(root)}, Options{List: Escape(file)})
		if err != nil {
			t.Fatal(err)
		}
		d, err = found.Collect(t.Context())
		check("paths of the list "+name, d, err)
	}
}
