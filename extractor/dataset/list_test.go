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
		"":                                "line 1",
		"x/1.jpg,ant\n":                   "line 1",
		"path,label\n":                    "no files",
		"path,label\nx/1.jpg\n":           "line 2",
		"path,label\n,ant\n":              "line 2: the path is empty",
		"path,split\nx/1.jpg,later\n":     `line 2: the split is "later"`,
		"path\nx\n":                       "line 2: \"x\" is a folder",
		"path,label\na.jpg,b\na.jpg,c":    `line 3: "a.jpg" has the label "c", and "b"`,
		"{\"path\":\"a\",\"label\":[]}":   "line 1: the label is []",
		"[{\"path\":\"a\"},{\"path\":1}]": "item 2",
		"[{\"path\":\"a\"}":               "the array does not end",
		"[{\"path\":\"a\"}] more":         "something follows",
		"[{\"path\":\"a\"} {":             "item 2",
		"{\"path\":\"a\"}\n{\"path\":":    "line 2",
		"path,label\n\"x/1.jpg,ant\n\n":   "quote",
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
