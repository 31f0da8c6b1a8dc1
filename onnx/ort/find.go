package ort

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	// Version is the version of ONNX Runtime that graft is tested with; flavours
	// that are made elsewhere lag behind, see [Flavour.Version].
	Version = "1.30.0"
	// APIVersion is the version of the C API that the Go binding v1.27.0 requests. A
	// library 1.n has the APIs up to n.
	APIVersion = 24
	// LibraryVariable names the library in the environment.
	LibraryVariable = "GRAFT_ORT_LIB"
)

// find returns the path of the library: named if it is not "", else
// $GRAFT_ORT_LIB, else that of the flavour in the user's cache, else for the
// flavour cpu one beside the executable, else a bare name, which leaves the
// search to the system's loader. A library that was named and is not there, and
// another flavour that is not installed, are a [*LibraryError].
func find(named string, f Flavour) (string, error) {
	for _, path := range []string{named, os.Getenv(LibraryVariable)} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return "", &LibraryError{Path: path, Flavour: f, Reason: cause(err)}
		}
		return path, nil
	}
	if path := f.installed(); path != "" {
		return path, nil
	}
	if f != FlavourCPU {
		return "", &LibraryError{Flavour: f, Reason: fmt.Sprintf("its flavour %s is not installed", f)}
	}
	if executable, err := os.Executable(); err == nil {
		path := filepath.Join(filepath.Dir(executable), LibraryName())
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return LibraryName(), nil
}

// cause is the reason in an error about a path that is named already.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
