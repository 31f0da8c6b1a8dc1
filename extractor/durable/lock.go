package durable

import (
	"errors"
	"os"
	"time"
)

// A Mode says who else may hold a lock at the same time.
type Mode int

const (
	Shared    Mode = iota // with other Shared holders
	Exclusive             // alone
)

// ErrNoLocks is returned where the file system has no advisory locks.
var ErrNoLocks = errors.New("the file system has no locks")

// age after which an unfinished file is taken for a leftover where there are no locks.
const age = 24 * time.Hour

// abandoned reports whether the unfinished file has no living writer.
func abandoned(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	old := time.Since(info.ModTime())
	held, err := TryLock(f, Exclusive)
	if err != nil {
		return old > age
	}
	return held && old >= settling
}
