package dataset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// folder reads files on the disk, below root or, with root "", wherever their paths say.
type folder struct{ root string }

func (f folder) Close() error { return nil }

func (f folder) read(s Sample, buf []byte, limit int64) ([]byte, error) {
	path := filepath.FromSlash(s.Path)
	if f.root != "" && !filepath.IsAbs(path) {
		path = filepath.Join(f.root, path)
	}
	// A pipe would keep the opening waiting, so look first and look again after it.
	if info, err := os.Stat(path); err != nil {
		return nil, missing(path, err)
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("not a file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a file")
	}
	return readAll(file, info.Size(), buf, limit)
}

// missing is the cause of an error about a path; of a link that leads nowhere it says so.
func missing(path string, err error) error {
	if target, broken := os.Readlink(path); broken == nil && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("a link to %q: %w", target, cause(err))
	}
	return cause(err)
}

// cause drops operation and path from an error that will be given the sample's path.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// readAll appends r, which says that it has size bytes, to buf. The size is believed only as far
// as it saves allocations.
func readAll(r io.Reader, size int64, buf []byte, limit int64) ([]byte, error) {
	if size > limit {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, size, limit)
	}
	const step = 64 << 10
	buf = slices.Grow(buf[:0], int(min(max(size, 0), 16<<20))+1)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return nil, fmt.Errorf("%w: over the limit of %d bytes", ErrTooLarge, limit)
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return nil, cause(err)
		}
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, step)
		}
	}
}
