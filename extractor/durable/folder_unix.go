//go:build !windows

package durable

import "os"

// OpenFolder opens a folder to lock it. Who opens it closes it.
func OpenFolder(dir string) (*os.File, error) { return os.Open(dir) }
