package durable

import (
	"os"
	"path/filepath"
)

// lockName is the file that stands for its folder where folders cannot be locked. It is called like
// an unfinished file, which nobody takes for content, and which Clean may remove while it is not
// open.
const lockName = ".lock" + suffix

// OpenFolder opens what stands for a folder when it is locked, a file in it. Who opens it closes it;
// the file stays until it is cleaned away.
func OpenFolder(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o666)
}
