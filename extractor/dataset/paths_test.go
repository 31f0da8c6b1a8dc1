package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPathsCollected(t *testing.T) {
	root := plant(t, "dir/b/2.jpg", "dir/1.jpg", "dir/no.txt", "any.thing")
	found, err := FromPaths(t.Context(), []string{filepath.Join(root, "any.thing"), filepath.Join(root, "dir")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := found.Collect(t.Context())
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
	if _, err := FromPaths(t.Context(), []string{filepath.Join(root, "nowhere.jpg")}, Options{}); err == nil {
		t.Error("a file that is not there was taken")
	}
}

// TestPathsInParts gives what Collect gives, in the order of Scan, in parts of any size.
func TestPathsInParts(t *testing.T) {
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
		found, err := FromPaths(t.Context(), []string{filepath.Join(root, "one.thing"), root}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if found.Count != len(want) || len(found.Notes) != 1 {
			t.Errorf("%d images and notes %q, want %d and one", found.Count, found.Notes, len(want))
		}
		var got []string
		for part, err := range found.Parts(t.Context(), n) {
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
	if _, err := FromPaths(t.Context(), []string{filepath.Join(root, "a/.hidden"), t.TempDir()}, Options{}); err == nil || !strings.Contains(err.Error(), "no images") {
		t.Errorf("an empty folder: %v", err)
	}
}
