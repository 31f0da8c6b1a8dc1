package durable

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// emptyDir is t.TempDir, but is cleared file by file: Windows' call by which os.RemoveAll does that is missing in
// wine 8, where these tests run, too.
func emptyDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "durable")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var paths []string
		filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
			paths = append(paths, path)
			return nil
		})
		for _, path := range slices.Backward(paths) {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
	})
	return dir
}
