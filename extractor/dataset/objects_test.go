package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestObjectsAreFolders gives names of objects the labels and splits that folders would have.
func TestObjectsAreFolders(t *testing.T) {
	for name, files := range map[string][]string{
		"classes": {"b/2.jpg", "b/1.jpg", "a/x/1.png", "a/1.jpg", "a/notes.txt", ".hidden/1.jpg", "loose.jpg"},
		"splits":  {"val/b/1.jpg", "train/b/1.jpg", "train/a/9.jpg", "other/1.jpg", "test/a/1.jpg", "train/loose.jpg"},
		"flat":    {"2.jpg", "1.jpg"},
		"dev":     {"dev/a/1.jpg", "training/a/1.jpg"},
	} {
		root := t.TempDir()
		objects, unlabeled := NewObjects(Options{}), NewObjects(Options{Unlabeled: true})
		for _, f := range files {
			path := filepath.Join(root, filepath.FromSlash(f))
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("x"), 0o666); err != nil {
				t.Fatal(err)
			}
			objects.See(f)
			unlabeled.See(f)
		}
		for _, c := range []struct {
			o       *Objects
			options Options
		}{{objects, Options{AllowEmpty: true}}, {unlabeled, Options{Unlabeled: true}}} {
			d, err := Scan(t.Context(), root, c.options)
			if err != nil {
				t.Fatal(name, err)
			}
			var want, got []string
			for _, s := range d.Samples {
				want = append(want, fmt.Sprint(s.Path, " ", s.Label, " ", s.Split))
			}
			for _, f := range files {
				if s, ok := c.o.Sample(f, 1, d.Scanned); ok {
					got = append(got, fmt.Sprint(s.Path, " ", s.Label, " ", s.Split))
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %s, want %s", name, strings.Join(got, "; "), strings.Join(want, "; "))
			}
		}
	}
}
