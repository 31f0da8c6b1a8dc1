package trunk

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/onnx/ort/orttest"
	"graft/onnx/precision"
)

// demo are the drawings that travel with graft.
const demo = "../../testdata/demo"

// copies puts some drawings into a folder, under other names.
func copies(t *testing.T, n int, name func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	paths, err := filepath.Glob(filepath.Join(demo, "train", "*", "*.jpg"))
	if err != nil || len(paths) < n {
		t.Fatalf("%d drawings, %v", len(paths), err)
	}
	for _, p := range paths[:n] {
		content, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		class := filepath.Base(filepath.Dir(p))
		to := filepath.Join(dir, class, name(filepath.Base(p)))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestSmallestKeys: which photographs are chosen depends on their content alone.
func TestSmallestKeys(t *testing.T) {
	chosen := func(dir string) (contents []string) {
		d, err := dataset.Scan(t.Context(), dir, dataset.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		samples, err := smallestKeys(t.Context(), d, d.Samples, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range samples {
			b, err := d.Read(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			contents = append(contents, string(b))
		}
		return contents
	}
	first := chosen(copies(t, 20, func(name string) string { return name }))
	second := chosen(copies(t, 20, func(name string) string { return "other-" + name }))
	if len(first) != 7 || !slices.Equal(first, second) {
		t.Errorf("%d and %d were chosen, others under other names", len(first), len(second))
	}
}

// TestInt8: the trunk in 8-bit integers is made once, and found again: for the
// same data without looking, for other data if it comes close.
func TestInt8(t *testing.T) {
	library := orttest.Library(t)
	cache := Cache{Dir: t.TempDir()}
	f := importedNet(t, "conv_old1")
	take := func(dir string) (*File, []string) {
		s := Int8Settings{Photographs: PhotographSettings{Path: dir}, Library: library, Progress: new(extractor.Progress), force: true}
		int8, err := cache.Int8(t.Context(), f, s)
		if err != nil {
			t.Fatal(err)
		}
		return int8, s.Progress.Notes()
	}
	if cache.Int8Of(f) != nil {
		t.Error("there is one before it was made")
	}
	data := copies(t, 12, func(name string) string { return name })
	made, notes := take(data)
	if made.Precision != precision.Int8 || len(notes) != 1 || !strings.HasPrefix(notes[0], "int8: made ") {
		t.Errorf("made %+v; notes %q", made.Trunk, notes)
	}
	if name := filepath.Base(made.Path); !strings.HasSuffix(name, "-int8-"+f.SHA256[:12]+"-"+made.SHA256[:12]+".onnx") {
		t.Errorf("it is called %s", name)
	}
	if again, notes := take(data); again.SHA256 != made.SHA256 || len(notes) != 0 {
		t.Errorf("again: %.12s, notes %q", again.SHA256, notes)
	}
	other, notes := take(copies(t, 9, func(name string) string { return "x" + name }))
	if other.SHA256 != made.SHA256 || len(notes) != 1 || !strings.HasPrefix(notes[0], "int8: takes ") {
		t.Errorf("other data: %.12s, notes %q", other.SHA256, notes)
	}
	if of := cache.Int8Of(f); of == nil || of.SHA256 != made.SHA256 {
		t.Error("it is not among the cached")
	}
	if self, _ := cache.Int8(t.Context(), made, Int8Settings{}); self != made {
		t.Error("a trunk in 8-bit integers is not its own")
	}
	if err := os.Remove(made.Path); err != nil {
		t.Fatal(err)
	}
	// Whether some layers stay in float depends on what is faster, so its bytes may be others.
	if anew, notes := take(data); anew.Precision != precision.Int8 || len(notes) != 1 {
		t.Errorf("after it was removed: %.12s, notes %q", anew.SHA256, notes)
	}
	if left, _ := filepath.Glob(filepath.Join(cache.Dir, "trunks", "*.making")); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
}
