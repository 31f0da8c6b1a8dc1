//go:build !windows

package durable

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// publish renames the flushed file before it closes it, so that its lock holds until it has its
// name and no cleaner takes it for a leftover.
func publish(f *os.File, target string) error {
	if err := os.Rename(f.Name(), target); err != nil {
		return err
	}
	return f.Close()
}

// syncDir flushes a folder: after it, files renamed into it stay after a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// inUse is for systems that lock what is open.
func inUse(error) bool { return false }

// settling is how old an unfinished file without a living writer is before it counts as left over.
const settling time.Duration = 0

// removeLeftover removes a dead file while its lock is held, so that nobody else takes it for one
// in the making.
func removeLeftover(f *os.File) error {
	defer f.Close()
	return os.Remove(f.Name())
}
