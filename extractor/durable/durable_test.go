package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestWrite(t *testing.T) {
	dir := emptyDir(t)
	path := filepath.Join(dir, "out.txt")
	for _, s := range []string{"first", "second, longer", ""} {
		if err := Write(path, text(s)); err != nil {
			t.Fatal(err)
		}
		if got := content(t, path); got != s {
			t.Errorf("content %q, want %q", got, s)
		}
	}
	if names := files(t, dir); len(names) != 1 {
		t.Errorf("left are %q", names)
	}
}

func TestFailedWriteLeavesTheOldFile(t *testing.T) {
	dir := emptyDir(t)
	path := filepath.Join(dir, "out.txt")
	if err := Write(path, text("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := Write(path, func(w io.Writer) error {
		io.WriteString(w, "half of the n")
		if got := content(t, path); got != "old" {
			t.Errorf("content while writing %q", got)
		}
		return broken
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), filepath.Base(path)) {
		t.Errorf("error %v", err)
	}
	if names := files(t, dir); len(names) != 1 || content(t, path) != "old" {
		t.Errorf("left are %q", names)
	}
}

func TestPermissionsAndLinksStay(t *testing.T) {
	dir := emptyDir(t)
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := Write(link, text("x")); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permissions of this kind")
	}
	info, err := os.Lstat(real)
	if err != nil || info.Mode() != 0o640 || content(t, real) != "x" {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
}

func TestTargetsThatCannotBe(t *testing.T) {
	dir := emptyDir(t)
	for path, want := range map[string]string{
		dir:                               "folder",
		filepath.Join(dir, "no", "where"): "make it first",
	} {
		if err := Write(path, text("x")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
	if err := Write(os.DevNull, text("x")); err != nil {
		t.Errorf("a device: %v", err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Error("the device was replaced")
	}
}

func TestWriteNew(t *testing.T) {
	dir := emptyDir(t)
	path := filepath.Join(dir, "once")
	err := WriteNew(path, func(w io.Writer) error {
		if err := WriteNew(path, text("other")); err != nil {
			t.Error(err)
		}
		return text("mine")(w)
	})
	if !errors.Is(err, fs.ErrExist) || content(t, path) != "other" {
		t.Errorf("error %v, content %q; want the one that was first", err, content(t, path))
	}
	if err := WriteNew(path, text("again")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v", err)
	}
	if names := files(t, dir); len(names) != 1 {
		t.Errorf("left are %q", names)
	}
}

func TestCommitTwiceAndAbort(t *testing.T) {
	path := filepath.Join(emptyDir(t), "x")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	if _, err := os.Stat(path); err != nil {
		t.Error("Abort after Commit removed the file")
	}
	if err := f.Commit(); err == nil {
		t.Error("committed twice")
	}
}

func TestCleanTellsTheLivingFromTheDead(t *testing.T) {
	dir := emptyDir(t)
	f, err := Create(filepath.Join(dir, "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	if held, err := TryLock(f.file, Exclusive); err != nil || !held {
		t.Skipf("no locks here: %v", err)
	}
	dead := filepath.Join(dir, ".y.aaaaaaaaaaaa"+suffix)
	leftover(t, dead)
	if n, err := Clean(dir); n != 1 || err != nil {
		t.Errorf("cleaned %d, %v; want the dead one", n, err)
	}
	if err := f.Commit(); err != nil {
		t.Errorf("the living one: %v", err)
	}
}

// leftover makes an unfinished file of some time ago.
func leftover(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-2 * settling)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

func TestNextWriterCleansItsOwnTarget(t *testing.T) {
	dir := emptyDir(t)
	for _, name := range []string{".x.aaaaaaaaaaaa", ".other.aaaaaaaaaaaa"} {
		leftover(t, filepath.Join(dir, name+suffix))
	}
	if err := Write(filepath.Join(dir, "x"), text("")); err != nil {
		t.Fatal(err)
	}
	if names := fmt.Sprint(files(t, dir)); names != "[.other.aaaaaaaaaaaa.graft-tmp x]" {
		t.Errorf("left are %s", names)
	}
}

func TestFullDiskIsSaidPlainly(t *testing.T) {
	err := Write(filepath.Join(emptyDir(t), "x"), func(io.Writer) error {
		return &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("error %v", err)
	}
}
