// Package buckettest stands in for graft-cloud in tests: buckets are folders of the
// disk. A test's TestMain calls [Main] first, a test calls [Folder].
package buckettest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"graft/extractor/bucket"
)

// rootVariable names the folder that has a folder for each bucket.
const rootVariable = "GRAFT_TEST_BUCKETS"

// Folder has the buckets of the test in a folder of its own, s3://NAME/PATH being
// NAME/PATH in it, and returns it.
func Folder(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	t.Setenv(rootVariable, root)
	t.Setenv(bucket.ProgramVariable, self)
	return root
}

// Deadly is the name of an object that kills the program.
const Deadly = "deadly"

// Main serves a bucket and ends the process, if it was started for that.
func Main() {
	root := os.Getenv(rootVariable)
	if len(os.Args) != 2 || !bucket.IsURL(os.Args[1]) || root == "" {
		return
	}
	_, path, _ := strings.Cut(os.Args[1], "://")
	dir := filepath.Join(root, filepath.FromSlash(path))
	say := json.NewEncoder(os.Stdout)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var r struct {
			ID             int
			Op, Name, File string
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if r.Name == Deadly {
			os.Exit(9)
		}
		objects, err := do(dir, r.Op, r.Name, r.File)
		answer := map[string]any{"id": r.ID, "objects": objects}
		if err != nil {
			answer["kind"], answer["error"] = kindOf(err), err.Error()
		}
		say.Encode(answer)
	}
	os.Exit(0)
}

func kindOf(err error) string {
	switch {
	case errors.Is(err, fs.ErrExist):
		return "exist"
	case errors.Is(err, fs.ErrNotExist):
		return "missing"
	}
	return "other"
}

// do does what the protocol says.
func do(dir, op, name, file string) ([]bucket.Object, error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	switch op {
	case "list":
		return list(dir, name)
	case "get":
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		return nil, errors.Join(copyTo(path, file, os.O_TRUNC), os.Chtimes(file, time.Time{}, info.ModTime().Truncate(time.Second)))
	case "put":
		return nil, copyTo(file, path, os.O_TRUNC)
	case "new":
		return nil, copyTo(file, path, os.O_EXCL)
	case "delete":
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, nil
	}
	return nil, fmt.Errorf("no operation %q", op)
}

func copyTo(from, to string, flag int) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|flag, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func list(dir, prefix string) (objects []bucket.Object, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && e.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		name, _ := filepath.Rel(dir, path)
		if name = filepath.ToSlash(name); err == nil && strings.HasPrefix(name, prefix) {
			objects = append(objects, bucket.Object{Name: name, Bytes: info.Size(), MTime: info.ModTime().UTC().Truncate(time.Second)})
		}
		return err
	})
	slices.SortFunc(objects, func(a, b bucket.Object) int { return strings.Compare(a.Name, b.Name) })
	return objects, err
}
