//go:build unix && !solaris && !aix

package features

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync"

	"golang.org/x/sys/unix"
)

// A view reads an immutable file: mapped into memory where that is possible.
type view struct{ *mapping }

type mapping struct {
	file *os.File // where it could not be mapped

	mu  sync.RWMutex // against reading what is unmapped
	mem []byte
}

// newView takes over f.
func newView(f *os.File, size int64) (view, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return view{&mapping{file: f}}, nil
	}
	return view{&mapping{mem: mem}}, f.Close()
}

// at hands n bytes at off to use, which must not keep them.
func (v view) at(off int64, n int, use func([]byte) error) (err error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.mem == nil {
		return readView(v.file, off, n, use)
	}
	// A page that cannot be read (a failing disk, a file that somebody cut short) is a fault.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be read: %v", r)
		}
	}()
	return use(v.mem[off : off+int64(n)])
}

// forget tells the system that the pages are not needed soon; they stay readable.
func (v view) forget() {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.mem != nil {
		unix.Madvise(v.mem, unix.MADV_DONTNEED)
	}
}

func (v view) close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.mem != nil {
		mem := v.mem
		v.mem = nil
		return unix.Munmap(mem)
	}
	if v.file == nil {
		return nil
	}
	file := v.file
	v.file = nil
	return file.Close()
}
