//go:build !windows

package ort

import "github.com/ebitengine/purego"

// openLibrary opens a shared library for this package alone.
func openLibrary(path string) (uintptr, error) {
	return purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
}

// openDependency opens one so that libraries that are opened later find it by
// its name.
func openDependency(path string) (uintptr, error) {
	return purego.Dlopen(path, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
}

func closeLibrary(library uintptr) { _ = purego.Dlclose(library) }

// symbolOf is the address of a function in a library.
func symbolOf(library uintptr, name string) (uintptr, error) { return purego.Dlsym(library, name) }
