package durable

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// patience is how long a rename is tried again: virus scanners and indexers open new files for
// parts of a second, and readers of the old one may be about to close it.
const patience = 2 * time.Second

// publish closes the flushed file first: Windows does not rename open files. Its lock ends with
// that; settling keeps cleaners away from it until it has its name.
func publish(f *os.File, target string) error {
	if err := f.Close(); err != nil {
		return err
	}
	return eventually(func() error { return os.Rename(f.Name(), target) })
}

// eventually repeats what fails because somebody has the file open, for some time.
func eventually(do func() error) error {
	pause := time.Millisecond
	for end := time.Now().Add(patience); ; pause *= 2 {
		err := do()
		if err == nil || !inUse(err) || time.Now().Add(pause).After(end) {
			return err
		}
		time.Sleep(pause)
	}
}

// inUse reports whether an error may be due to another program that has the file open.
func inUse(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED) ||
		errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}

// syncDir does nothing: Windows cannot flush folders.
func syncDir(string) error { return nil }

// settling is how old an unfinished file without a living writer is before it counts as left over:
// longer than patience.
const settling = time.Minute

// removeLeftover closes a dead file, which Windows cannot remove before, and removes it. Who has
// opened it meanwhile keeps it.
func removeLeftover(f *os.File) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Remove(f.Name())
}
