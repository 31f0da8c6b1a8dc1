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

// An Origin is the reason for which a library was taken.
type Origin string

// The origins, in the order in which they are looked at.
const (
	OriginNamed       Origin = "as it was named"
	OriginEnvironment Origin = "named by $" + LibraryVariable
	OriginShipped     Origin = "beside the program"
	OriginCache       Origin = "in the cache"
	OriginSystem      Origin = "found by the system"
)

// find returns the path of the library: named if it is not "", else
// $GRAFT_ORT_LIB, else for the flavour cpu one beside the executable, else that
// of the flavour in the user's cache, else for the flavour cpu a bare name, which
// leaves the search to the system's loader. A library that was named and is not
// there, and another flavour that is not installed, are a [*LibraryError].
func find(named string, f Flavour) (string, Origin, error) {
	for i, path := range []string{named, os.Getenv(LibraryVariable)} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return "", "", &LibraryError{Path: path, Flavour: f, Reason: cause(err)}
		}
		return path, [...]Origin{OriginNamed, OriginEnvironment}[i], nil
	}
	if f == FlavourCPU {
		if path := Shipped(); path != "" {
			return path, OriginShipped, nil
		}
	}
	if path := f.installed(); path != "" {
		return path, OriginCache, nil
	}
	if f != FlavourCPU {
		return "", "", &LibraryError{Flavour: f, Reason: fmt.Sprintf("its flavour %s is not installed", f)}
	}
	return LibraryName(), OriginSystem, nil
}

// Shipped is the path of the library beside the executable, wherever links to
// that lead; "" if there is none.
func Shipped() string {
	executable, err := os.Executable()
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(executable); err == nil {
		executable = real
	}
	return libraryIn(filepath.Dir(executable))
}

// libraryIn is the path of the library in a folder, by the name that it has in
// graft's cache or one of those that it has in ONNX Runtime's own packages; "" if
// there is none.
func libraryIn(dir string) string {
	for _, name := range libraryNames() {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// cause is the reason in an error about a path that is named already.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
