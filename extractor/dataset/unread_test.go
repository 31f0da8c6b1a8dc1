package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// locked makes folders of these names ones that cannot be entered.
func locked(t *testing.T, names ...string) {
	t.Helper()
	t.Cleanup(func() { readFolder = os.ReadDir })
	readFolder = func(path string) ([]fs.DirEntry, error) {
		if slices.Contains(names, filepath.Base(path)) {
			return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.EACCES}
		}
		return os.ReadDir(path)
	}
}

// TestFoldersThatCannotBeEntered are named, and the others are read.
func TestFoldersThatCannotBeEntered(t *testing.T) {
	root := plant(t, "a/1.jpg", "a/sub/2.jpg", "b/1.jpg", "locked/1.jpg", "a/locked/3.jpg", "b/deep/locked/4.jpg")
	locked(t, "locked")
	want := []string{"a/locked", "b/deep/locked", "locked"}
	d := mustScan(t, root, Options{})
	if got := listed(d); !slices.Equal(got, []string{":a:a/1.jpg", ":a:a/sub/2.jpg", ":b:b/1.jpg"}) {
		t.Errorf("samples %q", got)
	}
	if got := pathsUnread(d.Unread); !slices.Equal(got, want) || d.Empty != nil || !slices.Equal(d.Classes, []string{"a", "b"}) {
		t.Errorf("unread %q, empty %q, classes %q", got, d.Empty, d.Classes)
	}
	for _, u := range d.Unread {
		if !errors.Is(u.Err, fs.ErrPermission) || u.Error() != "the folder cannot be entered: permission denied" {
			t.Errorf("%+v", u)
		}
	}
	p, list := pathsOf(t, 2, Options{}, root)
	for i, path := range want {
		want[i] = filepath.Join(root, path)
	}
	if len(list) != 3 || !slices.Equal(pathsUnread(p.Unread), want) {
		t.Errorf("paths %q, unread %q", list, p.Unread)
	}
}

func pathsUnread(list []Unread) (paths []string) {
	for _, u := range list {
		paths = append(paths, u.Path)
	}
	return paths
}

// TestNothingCanBeEntered is an error that says why.
func TestNothingCanBeEntered(t *testing.T) {
	root := plant(t, "locked/1.jpg", "text.txt")
	locked(t, "locked")
	_, err := Scan(t.Context(), root, Options{})
	_, err2 := FromPaths(t.Context(), []string{root}, Options{})
	for _, err := range []error{err, err2} {
		if err == nil || !strings.Contains(err.Error(), `1 folders could not be entered, the first: "locked": permission denied`) {
			t.Errorf("error %v", err)
		}
	}
	locked(t, filepath.Base(root))
	if _, err := Scan(t.Context(), root, Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the root: %v", err)
	}
}

// TestFoldersTooDeep cannot be entered by anybody, without any hook: their paths are too long.
func TestFoldersTooDeep(t *testing.T) {
	root, err := os.OpenRoot(plant(t, "a/1.jpg", "b/1.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	here := root
	for i := range 30 { // 30 × 200 bytes are more than the 4096 of Linux and the 1024 of macOS
		name := fmt.Sprintf("%0200d", i)
		if here == root {
			name = "b"
		} else if err := here.Mkdir(name, 0o777); err != nil {
			t.Skip(err)
		}
		next, err := here.OpenRoot(name)
		if err != nil {
			t.Skip(err)
		}
		defer next.Close()
		here = next
	}
	d := mustScan(t, root.Name(), Options{})
	if len(d.Samples) != 2 || len(d.Unread) != 1 || !errors.Is(d.Unread[0].Err, syscall.ENAMETOOLONG) {
		t.Errorf("samples %q, unread %v", listed(d), d.Unread)
	}
	if err := root.RemoveAll("b"); err != nil {
		t.Log(err)
	}
}

// TestLinksThatLeadNowhere say where to.
func TestLinksThatLeadNowhere(t *testing.T) {
	root := plant(t, "a/1.jpg", "b/1.jpg")
	if err := os.Symlink("elsewhere.jpg", filepath.Join(root, "a", "2.jpg")); err != nil {
		t.Skip("no symbolic links here")
	}
	d := mustScan(t, root, Options{})
	_, err := d.Read(d.Samples[1], nil)
	_, err2 := FromPaths(t.Context(), []string{filepath.Join(root, "a/2.jpg")}, Options{})
	for _, err := range []error{err, err2} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), `a link to "elsewhere.jpg": no such file`) {
			t.Errorf("error %v", err)
		}
	}
}
