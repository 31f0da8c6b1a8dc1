//go:build !windows && (!unix || solaris || aix)

package durable

import "os"

// TryLock returns ErrNoLocks on this system.
func TryLock(*os.File, Mode) (bool, error) { return false, ErrNoLocks }

// Lock returns ErrNoLocks on this system.
func Lock(*os.File, Mode) error { return ErrNoLocks }
