// Package extractortest is for tests that extract, on this floor and above it:
// [Trunk] is a trunk so small that it takes milliseconds, [Photographs] are some
// of those that travel with graft, [Opens] counts what a run reads.
package extractortest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Classes are those of the photographs.
var Classes = []string{"butterflies", "dragonflies", "ladybirds"}

// Demo is the folder of the 144 photographs that travel with graft.
func Demo(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "testdata", "demo")
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}

// Photographs copies n of the photographs, 6 to 144, into a folder: classes and
// the splits train and val take turns. They are an hour old, so that a scan
// believes their times.
func Photographs(t testing.TB, n int) string {
	t.Helper()
	demo, dir := Demo(t), filepath.Join(t.TempDir(), "photographs")
	for i := range n {
		split, class := []string{"train", "val"}[i/len(Classes)%2], Classes[i%len(Classes)]
		name := fmt.Sprintf("%02d.jpg", i/len(Classes)/2)
		file, err := os.ReadFile(filepath.Join(demo, split, class, name))
		if err != nil {
			t.Fatal(err)
		}
		Write(t, filepath.Join(dir, split, class, name), file)
	}
	return dir
}

// Write writes a file that is an hour old, and its folder.
func Write(t testing.TB, path string, content []byte) {
	t.Helper()
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = os.WriteFile(path, content, 0o666)
	}
	if err == nil {
		err = os.Chtimes(path, old, old)
	}
	if err != nil {
		t.Fatal(err)
	}
}
