package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestStreamIsScan finds the same samples one at a time as all at once.
func TestStreamIsScan(t *testing.T) {
	for name, files := range map[string][]string{
		"classes":  {"b/2.jpg", "b/1.jpg", "a/x/1.png", "a-b/1.jpg", "a/1.jpg", "a/notes.txt", ".hidden/1.jpg", "loose.jpg"},
		"splits":   {"val/b/1.jpg", "train/b/1.jpg", "train/a/10.jpg", "train/a/9.jpg", "other/1.jpg", "test/a/1.jpg"},
		"flat":     {"2.jpg", "1.jpg", "noextension"},
		"accented": {"café/1.jpg", "zebra/1.jpg"},
	} {
		root := t.TempDir()
		for _, f := range files {
			path := filepath.Join(root, filepath.FromSlash(f))
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("\xff\xd8\xff"+f), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		for _, o := range []Options{{AllowEmpty: true}, {Unlabeled: true}} {
			want, err := Scan(t.Context(), root, o)
			if err != nil {
				t.Fatal(name, err)
			}
			s, err := OpenStream(t.Context(), root, o)
			if err != nil {
				t.Fatal(name, err)
			}
			var got []Sample
			for sample, err := range s.Samples(t.Context()) {
				if err != nil {
					t.Fatal(name, err)
				}
				got = append(got, sample)
			}
			if fmt.Sprint(got) != fmt.Sprint(want.Samples) {
				t.Errorf("%s: got %v, want %v", name, got, want.Samples)
			}
		}
	}
}

// TestStreamOfList gives what a list names, in its order.
func TestStreamOfList(t *testing.T) {
	root := t.TempDir()
	list := filepath.Join(root, "list.csv")
	if err := os.WriteFile(list, []byte("path,label,split\nb.jpg,x,val\na.jpg,y,train\nb.jpg,x,val\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := OpenStream(t.Context(), root, Options{List: list})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for sample, err := range s.Samples(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		text += sample.Path + " " + sample.Label + " " + sample.Split + ";"
	}
	if text != "b.jpg x val;a.jpg y train;b.jpg x val;" {
		t.Errorf("got %q", text)
	}
	if _, err := OpenStream(t.Context(), filepath.Join(root, "nothing"), Options{}); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
