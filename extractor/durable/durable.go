// Package durable writes files that appear whole or not at all.
//
// A file is written under a temporary name in the folder it is meant for, flushed to the disk,
// renamed, and then the folder is flushed too. Whoever looks sees the old file or the new one,
// also after a crash, a full disk or a power cut; the old file stays until the rename.
//
// A temporary file is called
//
//	.NAME.RANDOM.graft-tmp
//
// where NAME is the name it will have, or the first 200 bytes of it. Its writer holds an advisory
// lock on it while it lives, so that leftovers of killed writers are told from the files of running
// ones: what can be locked has no living writer. Write and Create remove the leftovers of their own
// target; [Clean] removes all in a folder, also those of WriteNew, which does not list the folder,
// since it writes one of many files.
//
// [Write] makes a file from a function that writes it; [Create] gives one to write to. [Check] says
// beforehand why they would fail.
//
// # Who may share a folder
//
// Any number of processes, and of machines where the file system renames atomically and all of them
// see its locks: NFS on Linux, unless it is mounted with nolock or local_lock. Where there are no
// locks (some network file systems), a temporary file counts as a leftover after a day.
// Where a machine sees its own locks alone, it may take a file that another one is writing for a
// leftover: Commit then fails there. A file that is not whole appears in no case.
package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Write makes the file at path from what fill writes, or leaves everything as it was and returns
// an error: fill's own, or one that says what failed. An existing file keeps its permissions; a
// symbolic link keeps pointing, its target is replaced. A path that names a device or a pipe
// (/dev/stdout) is written to directly, since it cannot be replaced.
func Write(path string, fill func(io.Writer) error) error {
	return WriteFile(path, func(f *File) error { return fill(f) })
}

// WriteFile is Write for content that is not written from front to back.
func WriteFile(path string, fill func(*File) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	return f.finish(fill)
}

// finish fills and commits the file, or drops it.
func (f *File) finish(fill func(*File) error) error {
	defer f.Abort()
	if err := fill(f); err != nil {
		return f.explain(err)
	}
	return f.Commit()
}

// WriteNew is Write for a file that must not be there yet; if it is, also if it appears meanwhile,
// the error wraps fs.ErrExist and the file is left alone.
func WriteNew(path string, fill func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("write %q: %w", path, fs.ErrExist)
	}
	f, err := create(path)
	if err != nil {
		return fmt.Errorf("write %q: %w", path, reason(err))
	}
	f.fresh = true
	return f.finish(func(f *File) error { return fill(f) })
}

// Check says why Write would fail, before there is anything to write: there is no folder for the
// file, or nothing may be written to it. It leaves no trace. What will be written to directly, a
// device or a pipe, is not opened.
func Check(path string) error {
	info, err := os.Stat(withoutLinks(path))
	if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil
	}
	f, err := Create(path)
	if err != nil {
		return err
	}
	f.Abort()
	return nil
}

// A File is being written and not yet there. Exactly one of Commit and Abort decides about it;
// Abort after Commit does nothing, so it can be deferred. Not safe for concurrent use.
type File struct {
	file   *os.File
	path   string // as the caller named it, for messages
	target string // what the rename replaces: path without links; "" when writing directly
	fresh  bool   // the target must not be replaced
	done   bool
}

// Create starts a file that will be at path after Commit.
func Create(path string) (*File, error) {
	dir, name := filepath.Split(withoutLinks(path))
	if _, err := clean(filepath.Clean(dir), name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("write %q: %w", path, reason(err))
	}
	f, err := create(path)
	if err != nil {
		return nil, fmt.Errorf("write %q: %w", path, reason(err))
	}
	return f, nil
}

// withoutLinks is where a path leads, if it leads anywhere.
func withoutLinks(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return path
}

func create(path string) (*File, error) {
	target, mode := withoutLinks(path), fs.FileMode(0o666)
	switch info, err := os.Stat(target); {
	case err == nil && info.IsDir():
		return nil, errors.New("it is a folder")
	case err == nil && !info.Mode().IsRegular():
		file, err := os.OpenFile(target, os.O_WRONLY, 0)
		return &File{file: file, path: path}, err
	case err == nil:
		mode = info.Mode().Perm()
	}
	dir, name := filepath.Split(target)
	file, err := openTemp(dir, name)
	if err != nil {
		return nil, err
	}
	f := &File{file: file, path: path, target: target}
	if mode != 0o666 {
		if err := file.Chmod(mode); err != nil {
			f.Abort()
			return nil, err
		}
	}
	return f, nil
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) { return f.file.Write(p) }

// WriteAt overwrites bytes that were written before: a checksum that is known only at the end.
func (f *File) WriteAt(p []byte, off int64) (int, error) { return f.file.WriteAt(p, off) }

// ReadAt reads back what was written.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.file.ReadAt(p, off) }

// Commit flushes the file to the disk and gives it its name. After an error there is no new file
// and the old one, if any, is unchanged.
func (f *File) Commit() error {
	if f.done {
		return fmt.Errorf("write %q: committed or aborted before", f.path)
	}
	if err := f.commit(); err != nil {
		f.Abort()
		return f.explain(err)
	}
	return nil
}

func (f *File) commit() error {
	if f.target == "" {
		f.done = true
		return f.file.Close()
	}
	if err := f.file.Sync(); err != nil {
		return err
	}
	if f.fresh {
		switch err := os.Link(f.file.Name(), f.target); {
		case err == nil:
			f.Abort() // drops the second name
			return syncDir(filepath.Dir(f.target))
		case errors.Is(err, fs.ErrExist):
			return err
		} // else the file system has no links: rename
	}
	if err := publish(f.file, f.target); err != nil {
		return err
	}
	f.done = true
	return syncDir(filepath.Dir(f.target))
}

// Abort drops what was written.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	if f.target != "" {
		os.Remove(f.file.Name()) // while it is open, and so locked: nobody takes it for a leftover
	}
	f.file.Close()
	if f.target != "" {
		os.Remove(f.file.Name()) // where open files cannot be removed
	}
}

// explain names the file in an error of writing it.
func (f *File) explain(err error) error {
	return fmt.Errorf("write %q: %w", f.path, reason(err))
}

// reason puts the frequent causes into words; errors.Is still finds the cause.
func reason(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("the disk is full; nothing was replaced: %w", err)
	case errors.Is(err, fs.ErrNotExist):
		return folderError{err}
	case inUse(err):
		return fmt.Errorf("another program has it open; close it there and try again: %w", err)
	}
	var path *fs.PathError
	if errors.As(err, &path) && IsTemp(filepath.Base(path.Path)) {
		return path.Err // nobody knows the temporary name
	}
	return err
}

// A folderError says that there is no folder for a file.
type folderError struct{ cause error }

func (folderError) Error() string   { return "its folder does not exist; make it first" }
func (e folderError) Unwrap() error { return e.cause }
