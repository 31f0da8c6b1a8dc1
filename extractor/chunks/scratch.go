package chunks

import (
	"errors"
	"os"
	"path/filepath"

	"graft/extractor/durable"
)

// A scratch is a folder on the disk for what is in hand, such as parts that go to a bucket, or shards
// that came from one. It is locked while its process lives: what processes that were killed have
// left, the next one removes.
type scratch struct {
	dir  string
	lock *os.File
}

const scratchName = "graft-scratch-"

// newScratch makes a folder, and removes those that nobody has any more.
func newScratch() (*scratch, error) {
	if old, err := filepath.Glob(filepath.Join(os.TempDir(), scratchName+"*")); err == nil {
		for _, dir := range old {
			if f := lockFolder(dir); f != nil {
				os.RemoveAll(dir)
				f.Close()
				os.RemoveAll(dir) // where what is open cannot be removed
			}
		}
	}
	for {
		dir, err := os.MkdirTemp("", scratchName)
		if err != nil {
			return nil, err
		}
		f, err := durable.OpenFolder(dir)
		if err != nil {
			continue // another process has just taken it for one that nobody has
		}
		if held, err := durable.TryLock(f, durable.Exclusive); held || errors.Is(err, durable.ErrNoLocks) {
			return &scratch{dir, f}, nil
		}
		f.Close()
	}
}

// lockFolder locks a folder; nil: a process has it, or there are no locks.
func lockFolder(dir string) *os.File {
	f, err := durable.OpenFolder(dir)
	if err != nil {
		return nil
	}
	if held, err := durable.TryLock(f, durable.Exclusive); err != nil || !held {
		f.Close()
		return nil
	}
	return f
}

// Close removes it.
func (s *scratch) Close() error {
	if s == nil {
		return nil
	}
	os.RemoveAll(s.dir)
	s.lock.Close()
	return os.RemoveAll(s.dir) // where what is open cannot be removed
}
