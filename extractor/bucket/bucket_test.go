package bucket_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"graft/extractor/bucket"
	"graft/extractor/bucket/buckettest"
)

func TestMain(m *testing.M) {
	buckettest.Main()
	os.Exit(m.Run())
}

// TestBucket does every operation.
func TestBucket(t *testing.T) {
	root, dir := buckettest.Folder(t), t.TempDir()
	b, err := bucket.Open("s3://b/below")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	up := filepath.Join(dir, "up")
	if err := os.WriteFile(up, []byte("content"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a/1", "a/2", "b"} {
		if err := b.PutNew(t.Context(), up, name); err != nil {
			t.Fatal(err)
		}
	}
	var said *bucket.Error
	if err := b.PutNew(t.Context(), up, "b"); !errors.Is(err, fs.ErrExist) || !errors.As(err, &said) || said.Error() != `put "s3://b/below/b": it is there already` {
		t.Errorf("a second one: %v", err)
	}
	if err := b.Get(t.Context(), "c", filepath.Join(dir, "c")); !errors.Is(err, fs.ErrNotExist) || err.Error() != `get "s3://b/below/c": it is not there` {
		t.Errorf("none: %v", err)
	}
	if err := b.Mirror(t.Context(), "a/", filepath.Join(dir, "a"), nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(t.Context(), "a/1"); err != nil {
		t.Fatal(err)
	}
	if err := b.Mirror(t.Context(), "a/", filepath.Join(dir, "a"), nil); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "a", "*")); len(left) != 1 || filepath.Base(left[0]) != "2" {
		t.Errorf("mirrored %q", left)
	}
	if _, err := os.Stat(filepath.Join(root, "b", "below", "a", "1")); err == nil {
		t.Error("it was not deleted")
	}
}

// TestCrash kills the program: what is in hand fails, what comes after is done.
func TestCrash(t *testing.T) {
	buckettest.Folder(t)
	b, err := bucket.Open("s3://b/below")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	up := filepath.Join(t.TempDir(), "up")
	if err := os.WriteFile(up, []byte("content"), 0o666); err != nil {
		t.Fatal(err)
	}
	var program *bucket.ProgramError
	if err := b.Put(t.Context(), up, buckettest.Deadly); !errors.As(err, &program) || !strings.Contains(err.Error(), "s3://b/below") {
		t.Errorf("as it dies: %v", err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if err := b.Put(t.Context(), up, "a"); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if there, err := b.Has(t.Context(), "a"); err != nil || !there {
		t.Errorf("there %v, error %v", there, err)
	}
}

// TestErrors has what a program says be one line.
func TestErrors(t *testing.T) {
	for kind, want := range map[bucket.Kind]string{
		bucket.Denied:      `get "s3://b/x": permission denied: the store's words`,
		bucket.NoBucket:    `get "s3://b/x": there is no such bucket: the store's words`,
		bucket.Unreachable: `get "s3://b/x": no answer: the store's words`,
		bucket.Other:       `get "s3://b/x": the store's words`,
	} {
		if got := (&bucket.Error{Op: "get", URL: "s3://b/x", Kind: kind, Text: "the store's words"}).Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if err := (&bucket.Error{Kind: bucket.NoBucket}); errors.Is(err, fs.ErrNotExist) {
		t.Error("a missing bucket is taken for a missing object")
	}
}
