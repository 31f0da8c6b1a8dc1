package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"graft/extractor/durable"
)

// Every is how long an action waits at most before it is flushed to the disk. It
// is in the file at once: only a crash of the whole machine can lose it.
const Every = 500 * time.Millisecond

// A Journal is open for one process. It is safe for concurrent use.
type Journal struct {
	path  string
	over  chan struct{}
	ended sync.WaitGroup

	mu      sync.Mutex
	file    *os.File
	size    int64  // of what is whole in the file
	waiting []byte // lines that could not be written yet
	lines   int    // in waiting
	dirty   bool   // there is something to flush
	err     error  // of the last try to write or flush
}

// A BusyError says that another process labels with the same journal.
type BusyError struct{ Path string }

// Error names the journal.
func (e *BusyError) Error() string {
	return fmt.Sprintf("journal %q: another process is labelling with it", e.Path)
}

// A LineError says which line of a journal cannot be read.
type LineError struct {
	Path string
	Line int
	Err  error
}

// Error names the line.
func (e *LineError) Error() string {
	return fmt.Sprintf("journal %q: line %d: %v", e.Path, e.Line, e.Err)
}

// Unwrap gives the cause.
func (e *LineError) Unwrap() error { return e.Err }

// Open opens a journal, or begins one with the action begin, and gives what is in it, the first
// line included. One that another process has open is a *BusyError. Close it.
func Open(path string, begin Action) (*Journal, []Action, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, nil, fmt.Errorf("journal: %w", err)
	}
	j := &Journal{path: path, file: file, over: make(chan struct{})}
	list, err := j.begin(begin)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	j.ended.Go(j.flushing)
	return j, list, nil
}

// begin locks the file and reads it.
func (j *Journal) begin(begin Action) ([]Action, error) {
	switch free, err := durable.TryLock(j.file, durable.Exclusive); {
	case errors.Is(err, durable.ErrNoLocks):
	case err != nil:
		return nil, fmt.Errorf("journal %q: %w", j.path, err)
	case !free:
		return nil, &BusyError{j.path}
	}
	text, err := io.ReadAll(j.file)
	if err != nil {
		return nil, fmt.Errorf("journal %q: %w", j.path, err)
	}
	list, whole, err := Read(j.path, text)
	if err != nil {
		return nil, err
	}
	j.size = int64(whole)
	if whole < len(text) {
		if err := j.file.Truncate(j.size); err != nil {
			return nil, fmt.Errorf("journal %q: %w", j.path, err)
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	begin.Do, begin.Version = Begin, Version
	if err := j.Append(begin); err != nil {
		return nil, err
	}
	return []Action{begin}, nil
}

// Read reads the text of the journal that is called path; whole is how much of it
// ends with a line.
func Read(path string, text []byte) (list []Action, whole int, err error) {
	for line := 1; ; line++ {
		at := bytes.IndexByte(text[whole:], '\n')
		if at < 0 {
			return list, whole, nil
		}
		var a Action
		if err := json.Unmarshal(text[whole:whole+at], &a); err != nil {
			return nil, 0, &LineError{path, line, err}
		}
		if first := line == 1; first != (a.Do == Begin) {
			return nil, 0, &LineError{path, line, errors.New("the first line, and no other, must begin a journal")}
		}
		if a.Do == Begin && a.Version != Version {
			return nil, 0, &LineError{path, line, fmt.Errorf("a journal of version %d; this graft reads version %d", a.Version, Version)}
		}
		list, whole = append(list, a), whole+at+1
	}
}

// Append adds an action. If it cannot be written, the error says why, and it is
// kept and tried again until Close.
func (j *Journal) Append(a Action) error {
	line, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.waiting, j.lines = append(append(j.waiting, line...), '\n'), j.lines+1
	return j.write()
}

// write writes what waits, whole or not at all.
func (j *Journal) write() error {
	if len(j.waiting) > 0 {
		n, err := j.file.WriteAt(j.waiting, j.size)
		if err != nil {
			if n > 0 {
				j.file.Truncate(j.size) // else the next try writes over it
			}
			j.err = fmt.Errorf("journal %q: %w", j.path, err)
			return j.err
		}
		j.size += int64(n)
		j.waiting, j.lines, j.dirty = nil, 0, true
	}
	j.err = nil
	return nil
}

// flushing flushes what was written, and tries again what could not be.
func (j *Journal) flushing() {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-j.over:
			return
		case <-tick.C:
			j.Flush()
		}
	}
}

// Flush writes what waits and flushes the file to the disk.
func (j *Journal) Flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.write(); err != nil || !j.dirty {
		return err
	}
	if err := j.file.Sync(); err != nil {
		j.err = fmt.Errorf("journal %q: %w", j.path, err)
		return j.err
	}
	j.dirty = false
	return nil
}

// Unsaved is how many actions could not be written, and why.
func (j *Journal) Unsaved() (n int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines, j.err
}

// Close tries once more to write everything, and lets others have the journal.
func (j *Journal) Close() error {
	close(j.over)
	j.ended.Wait()
	return errors.Join(j.Flush(), j.file.Close())
}
