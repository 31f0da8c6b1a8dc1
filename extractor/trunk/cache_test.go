package trunk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/trunk"
)

// put copies a trunk of the seed into the cache under a name.
func put(t *testing.T, c trunk.Cache, name string, seed uint64) *trunk.File {
	t.Helper()
	path, err := c.Make("trunks", name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(extractortest.Trunk(t, seed))
	if err != nil {
		t.Fatal(err)
	}
	extractortest.Write(t, path, b)
	return read(t, path)
}

func read(t *testing.T, path string) *trunk.File {
	t.Helper()
	f, err := trunk.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFind(t *testing.T) {
	c := trunk.Cache{Dir: filepath.Join(t.TempDir(), "cache")}
	if _, err := c.Find(""); !errors.Is(err, trunk.ErrNone) {
		t.Errorf("an empty cache: error %v", err)
	}
	if _, err := c.Find(filepath.Join(c.Dir, "nowhere.onnx")); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, trunk.ErrNone) {
		t.Errorf("a file that is not there: error %v", err)
	}
	path, err := c.Default()
	if err != nil || path != filepath.Join(c.Dir, "trunks", "inception_v3.onnx") {
		t.Errorf("default %q, %v", path, err)
	}
	if _, err := os.Stat(c.Dir); err == nil {
		t.Error("asking made the cache")
	}
	if made, err := c.MakeDefault(); made != path || err != nil {
		t.Errorf("made default %q, %v", made, err)
	}
	want := put(t, c, "inception_v3.onnx", 1)
	if f, err := c.Find(""); err != nil || f.SHA256 != want.SHA256 || f.Path != path {
		t.Errorf("found %+v, %v", f, err)
	}
	named := extractortest.Trunk(t, 2)
	if f, err := c.Find(named); err != nil || f.Path != named || f.SHA256 == want.SHA256 {
		t.Errorf("found %+v, %v", f, err)
	}
	extractortest.Write(t, path, []byte("a letter"))
	if _, err := c.Find(""); err == nil || errors.Is(err, trunk.ErrNone) {
		t.Errorf("a default that is no trunk: error %v", err)
	}
}

func TestFindBy(t *testing.T) {
	c := trunk.Cache{Dir: t.TempDir()}
	put(t, c, "a.onnx", 1)
	want := put(t, c, "b.onnx", 2)
	path, err := c.Make("trunks", "letter.onnx")
	if err != nil {
		t.Fatal(err)
	}
	extractortest.Write(t, path, []byte("a letter"))
	if f, err := c.FindBy(want.SHA256, ""); err != nil || f.Path != want.Path {
		t.Errorf("found %+v, %v", f, err)
	}
	if f, err := c.FindBy(want.SHA256, want.Path); err != nil || f.SHA256 != want.SHA256 {
		t.Errorf("found %+v, %v", f, err)
	}

	other := read(t, extractortest.Trunk(t, 3))
	var missing *trunk.MissingError
	if _, err = c.FindBy(other.SHA256, ""); !errors.As(err, &missing) || missing.Cached != 3 || missing.SHA256 != other.SHA256 || missing.Path != "" {
		t.Errorf("not in the cache: %+v, %v", missing, err)
	}
	wantError(t, "not in the cache", err, other.SHA256[:16], "among the 3 in "+filepath.Join(c.Dir, "trunks"))
	if _, err = c.FindBy(want.SHA256, other.Path); !errors.As(err, &missing) || missing.Path != other.Path || missing.Found != other.SHA256 {
		t.Errorf("another one: %+v, %v", missing, err)
	}
	wantError(t, "another one", err, want.SHA256[:16], other.SHA256[:16], other.Path)
	if _, err = c.FindBy(want.SHA256, path); err == nil || errors.As(err, &missing) && missing.Path == path {
		t.Errorf("no trunk: error %v", err)
	}
}

func TestCacheIsTheUsers(t *testing.T) {
	if dir, err := os.UserCacheDir(); err == nil {
		if got, err := (trunk.Cache{}).Path("trunks"); err != nil || got != filepath.Join(dir, "graft", "trunks") {
			t.Errorf("the cache of nobody is at %q, %v", got, err)
		}
	}
}

func TestCacheCheck(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if err := (trunk.Cache{Dir: dir}).Check(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left in the cache: %v, %v", entries, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	extractortest.Write(t, file, nil)
	var failed *trunk.CacheError
	if err := (trunk.Cache{Dir: filepath.Join(file, "cache")}).Check(); !errors.As(err, &failed) {
		t.Errorf("a cache in a file: error %v", err)
	}
}

func TestDiskUse(t *testing.T) {
	dir := t.TempDir()
	extractortest.Write(t, filepath.Join(dir, "a/b"), []byte("12345"))
	extractortest.Write(t, filepath.Join(dir, "c"), []byte("678"))
	info, err := os.Stat(filepath.Join(dir, "c"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes, newest := trunk.DiskUse(dir); bytes != 8 || !newest.Equal(info.ModTime()) {
		t.Errorf("%d bytes, newest %v", bytes, newest)
	}
	if bytes, newest := trunk.DiskUse(filepath.Join(dir, strings.Repeat("x", 9))); bytes != 0 || !newest.IsZero() {
		t.Errorf("of nothing %d bytes, %v", bytes, newest)
	}
}
