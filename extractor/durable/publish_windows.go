package durable

import "os"

// publish closes the flushed file first: Windows does not rename open files.
func publish(f *os.File, target string) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), target)
}

// syncDir does nothing: Windows cannot flush folders.
func syncDir(string) error { return nil }
