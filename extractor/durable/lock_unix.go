//go:build unix && !solaris && !aix

package durable

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// TryLock takes an advisory lock on an open file or folder without waiting; false means that
// another open file holds it. The lock ends when f is closed or its process dies, however it dies.
func TryLock(f *os.File, m Mode) (bool, error) { return flock(f, m, unix.LOCK_NB) }

// Lock is TryLock that waits.
func Lock(f *os.File, m Mode) error {
	_, err := flock(f, m, 0)
	return err
}

func flock(f *os.File, m Mode, flags int) (bool, error) {
	how := unix.LOCK_SH
	if m == Exclusive {
		how = unix.LOCK_EX
	}
	for {
		switch err := unix.Flock(int(f.Fd()), how|flags); {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case errors.Is(err, unix.EINTR):
		default:
			return false, fmt.Errorf("lock %q: %w (%w)", f.Name(), ErrNoLocks, err)
		}
	}
}
