package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	dir := emptyDir(t)
	if err := os.WriteFile(filepath.Join(dir, "old"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"old", "new"} {
		if err := Check(filepath.Join(dir, path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if names := files(t, dir); len(names) != 1 || content(t, filepath.Join(dir, "old")) != "old" {
		t.Errorf("left are %q", names)
	}
	err := Check(filepath.Join(dir, "no/x.csv"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasSuffix(err.Error(), `x.csv": its folder does not exist; make it first`) {
		t.Errorf("no folder: %v", err)
	}
	for name, path := range map[string]string{"a folder": dir, "below a file": filepath.Join(dir, "old/x")} {
		if err := Check(path); err == nil || strings.Contains(err.Error(), suffix) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCheckPermission: who may not write hears of it before the work.
func TestCheckPermission(t *testing.T) {
	dir := emptyDir(t)
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	err := Check(filepath.Join(dir, "x"))
	if err == nil {
		t.Skip("this user may write everywhere")
	}
	if !errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), suffix) {
		t.Errorf("%v", err)
	}
}
