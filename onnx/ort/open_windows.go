package ort

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// openLibrary opens a shared library. What one with a whole path needs is looked
// for beside it first.
func openLibrary(path string) (uintptr, error) {
	flags := uintptr(0)
	if filepath.IsAbs(path) {
		flags = windows.LOAD_WITH_ALTERED_SEARCH_PATH
	}
	library, err := windows.LoadLibraryEx(path, 0, flags)
	return uintptr(library), err
}

// openDependency is the same: what a process has loaded, later ones find by name.
func openDependency(path string) (uintptr, error) { return openLibrary(path) }

func closeLibrary(library uintptr) { _ = windows.FreeLibrary(windows.Handle(library)) }

// symbolOf is the address of a function in a library.
func symbolOf(library uintptr, name string) (uintptr, error) {
	return windows.GetProcAddress(windows.Handle(library), name)
}
