package durable

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const suffix = ".graft-tmp"

// IsTemp reports whether a file of this name (without folder) is an unfinished one.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, suffix)
}

// Clean removes the unfinished files in dir whose writers are gone, and returns how many.
func Clean(dir string) (int, error) { return clean(dir, "") }

// clean is Clean for the leftovers of one target, or of all with name "".
func clean(dir, name string) (removed int, err error) {
	if dir == "" {
		dir = "."
	}
	pattern := "."
	if name != "" {
		pattern = tempPrefix(name)
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if IsTemp(e.Name()) && strings.HasPrefix(e.Name(), pattern) && e.Type().IsRegular() &&
			removeDead(filepath.Join(dir, e.Name())) {
			removed++
		}
	}
	return removed, err
}

// tempPrefix begins the temporary names for name; 255 bytes is all that file systems allow.
func tempPrefix(name string) string { return "." + name[:min(len(name), 200)] + "." }

// removeDead removes the file if no living writer holds its lock.
func removeDead(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	if !abandoned(f) {
		return false
	}
	return removeLeftover(f) == nil
}

// openTemp makes and locks the temporary file for name in dir. A cleaner can come between making
// and locking; the file that it removed is then made again.
func openTemp(dir, name string) (*os.File, error) {
	const attempts = 100
	for range attempts {
		path := filepath.Join(dir, tempPrefix(name)+strings.ToLower(rand.Text()[:12])+suffix)
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		held, err := TryLock(f, Exclusive)
		if err != nil || held && isStill(f, path) {
			return f, nil // a file system without locks: its leftovers are told by their age
		}
		f.Close()
	}
	return nil, errors.New("could not make a temporary file")
}

func isStill(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Lstat(path)
	return err == nil && os.SameFile(a, b)
}
