package durable

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// TryLock takes a lock on an open file, or on a folder that OpenFolder opened, without waiting;
// false means that another open file holds it. The lock ends when f is closed or its process dies,
// however it dies. Who holds a lock of the other mode through f gives it up, also in vain.
func TryLock(f *os.File, m Mode) (bool, error) { return lock(f, m, windows.LOCKFILE_FAIL_IMMEDIATELY) }

// Lock is TryLock that waits.
func Lock(f *os.File, m Mode) error {
	_, err := lock(f, m, 0)
	return err
}

// lock locks one byte that no file reaches to: Windows keeps others from reading and writing what
// is locked, and the lock is meant for those only who ask for it.
func lock(f *os.File, m Mode, flags uint32) (bool, error) {
	if m == Exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	handle := windows.Handle(f.Fd())
	at := func() *windows.Overlapped { return &windows.Overlapped{Offset: 0xFFFFFFFE, OffsetHigh: 0x7FFFFFFF} }
	_ = windows.UnlockFileEx(handle, 0, 1, 0, at()) // a handle's own lock would be in its way
	switch err := windows.LockFileEx(handle, flags, 0, 1, 0, at()); {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return false, nil
	default:
		return false, fmt.Errorf("lock %q: %w (%w)", f.Name(), ErrNoLocks, err)
	}
}
