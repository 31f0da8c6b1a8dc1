package durable

import (
	"os"
	"path/filepath"
)

// lockName is the file that stands for its folder where folders cannot be locked.
const lockName = ".graft-lock"

// OpenFolder opens what stands for a folder when it is locked, a file in it. Who opens it closes it;
// the file stays.
func OpenFolder(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o666)
}
