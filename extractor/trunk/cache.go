package trunk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"graft/onnx"
)

// A Cache is the folder of what can be made again:
//
//	onnxruntime/<flavour>-<version>/   libraries
//	trunks/*.onnx                      inception_v3.onnx is the default trunk
//	features/<hash>/                   features, a folder a trunk and transform
//	downloads/                         unfinished downloads
type Cache struct {
	Dir string // "": graft in the user's cache directory
}

// defaultName is the trunk that is used when none is named.
const defaultName = "inception_v3.onnx"

// Path joins names to the place of the cache.
func (c Cache) Path(names ...string) (string, error) {
	dir := c.Dir
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", &CacheError{fmt.Errorf("find the user's cache directory: %w", err)}
		}
		dir = filepath.Join(base, "graft")
	}
	return filepath.Join(append([]string{dir}, names...)...), nil
}

// Make is Path for a file in a folder of the cache; the folder is made.
func (c Cache) Make(folder, name string) (string, error) {
	dir, err := c.Path(folder)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", &CacheError{fmt.Errorf("make the cache folder: %w", err)}
	}
	return filepath.Join(dir, name), nil
}

// Check makes the cache and sees whether it can be written to; the error is a
// [*CacheError].
func (c Cache) Check() error {
	root, err := c.Path()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return &CacheError{fmt.Errorf("make the cache: %w", err)}
	}
	probe, err := os.CreateTemp(root, ".probe-*")
	if err != nil {
		return &CacheError{fmt.Errorf("write to the cache: %w", err)}
	}
	probe.Close()
	os.Remove(probe.Name())
	return nil
}

// A CacheError says that the cache cannot be found or written to.
type CacheError struct{ Err error }

// Error is what was being done, and what went wrong.
func (e *CacheError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *CacheError) Unwrap() error { return e.Err }

// ErrNone says that no trunk was named and the cache has no default one yet.
var ErrNone = errors.New("there is no trunk yet")

// Default is the path of the trunk that is used when none is named, whether it
// is there or not.
func (c Cache) Default() (string, error) { return c.Path("trunks", defaultName) }

// MakeDefault is Default with its folder made.
func (c Cache) MakeDefault() (string, error) { return c.Make("trunks", defaultName) }

// Find reads the trunk at path, or of "" the cache's default; if that is not
// there the error is [ErrNone].
func (c Cache) Find(path string) (*File, error) {
	if path != "" {
		return Read(path)
	}
	path, err := c.Default()
	if err != nil {
		return nil, err
	}
	f, err := Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	return f, err
}

// Trunks lists the paths of the cached trunks.
func (c Cache) Trunks() ([]string, error) {
	folder, err := c.Path("trunks")
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.onnx"))
	if err != nil {
		return nil, fmt.Errorf("look for trunks: %w", err)
	}
	return paths, nil
}

// FindBy reads the trunk with a fingerprint: the one at path, which must have
// it, or of "" the one of the cached trunks that has it. If there is none the
// error is a [*MissingError].
func (c Cache) FindBy(sha256, path string) (*File, error) {
	if path != "" {
		f, err := Read(path)
		if err == nil && f.SHA256 != sha256 {
			err = &MissingError{SHA256: sha256, Path: path, Found: f.SHA256}
		}
		return f, err
	}
	paths, err := c.Trunks()
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		encoded, err := readFile(p)
		if err == nil && onnx.Fingerprint(encoded) == sha256 {
			return decode(p, encoded, sha256)
		}
	}
	folder, err := c.Path("trunks")
	if err != nil {
		return nil, err
	}
	return nil, &MissingError{SHA256: sha256, Folder: folder, Cached: len(paths)}
}

// A MissingError says that the trunk with a fingerprint could not be had.
type MissingError struct {
	SHA256 string // wanted
	Path   string // of the trunk that was named instead; "" if none was
	Found  string // its SHA-256
	Folder string // that was searched
	Cached int    // trunks in it
}

// Error begins where the name of what wants the trunk ends.
func (e *MissingError) Error() string {
	if e.Path != "" {
		return fmt.Sprintf("the trunk with SHA-256 %.16s…, not on %q (%.16s…)", e.SHA256, e.Path, e.Found)
	}
	return fmt.Sprintf("the trunk with SHA-256 %.16s…, which is not among the %d in %s", e.SHA256, e.Cached, e.Folder)
}

// DiskUse gives the size in bytes of all files at or below path, and the time of
// the newest. What cannot be read counts nothing.
func DiskUse(path string) (bytes int64, newest time.Time) {
	filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		bytes += info.Size()
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return nil
	})
	return bytes, newest
}
