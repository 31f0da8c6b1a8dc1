package ort

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

const (
	// Version is the version of ONNX Runtime that graft is tested with and that
	// scripts/setup installs.
	Version = "1.30.0"
	// APIVersion is the C API that the Go binding v1.27.0 asks for. A library
	// 1.n offers the APIs up to n.
	APIVersion = 24
	// Flavour is the build that scripts/setup installs.
	Flavour = "cpu"
	// LibraryVariable names the library in the environment.
	LibraryVariable = "GRAFT_ORT_LIB"
)

// setupHint is the cure for a library that is missing or unusable.
const setupHint = "scripts/setup installs ONNX Runtime " + Version + "; --ort-lib or $" + LibraryVariable + " names another library"

// A LibraryError says why ONNX Runtime cannot be used.
type LibraryError struct {
	Path   string // of the library; "" if none was found
	Reason string
}

func (e *LibraryError) Error() string {
	if e.Path == "" {
		return "ONNX Runtime: " + e.Reason
	}
	return fmt.Sprintf("ONNX Runtime %q: %s", e.Path, e.Reason)
}

// Hint is what to do.
func (e *LibraryError) Hint() string { return setupHint }

// LibraryName is the file name of the library on this system.
func LibraryName() string {
	switch runtime.GOOS {
	case "windows":
		return "onnxruntime.dll"
	case "darwin":
		return "libonnxruntime.dylib"
	}
	return "libonnxruntime.so"
}

// Find returns the path of the library: named if it is not "", else the first
// that is there of those listed in the package's documentation. A bare name
// leaves the search to the system's loader. A library that was named, by the
// caller or by the environment, and is not there is a [*LibraryError].
func Find(named string) (string, error) {
	for _, path := range []string{named, os.Getenv(LibraryVariable)} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return "", &LibraryError{Path: path, Reason: cause(err)}
		}
		return path, nil
	}
	for _, path := range places() {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return LibraryName(), nil
}

// places lists where the library may lie, in the order of preference.
func places() []string {
	var list []string
	if cache, err := os.UserCacheDir(); err == nil {
		list = append(list, filepath.Join(cache, "graft", "onnxruntime", Flavour+"-"+Version, LibraryName()))
	}
	if executable, err := os.Executable(); err == nil {
		list = append(list, filepath.Join(filepath.Dir(executable), LibraryName()))
	}
	return list
}

// cause is the reason in an error about a path that is named already.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
