package features

import (
	"fmt"
	"os"
	"sync"
)

// scratch holds buffers for reading where files are not mapped.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// readView is view.at by reading.
func readView(f *os.File, off int64, n int, use func([]byte) error) error {
	if f == nil {
		return os.ErrClosed
	}
	buf := scratch.Get().(*[]byte)
	defer scratch.Put(buf)
	if cap(*buf) < n {
		*buf = make([]byte, n)
	}
	b := (*buf)[:n]
	if _, err := f.ReadAt(b, off); err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	return use(b)
}
