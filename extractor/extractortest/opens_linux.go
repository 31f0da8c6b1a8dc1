package extractortest

import (
	"encoding/binary"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Opens counts how often the files below dir are opened. The function that it
// returns gives the counts since it was last asked, by the path below dir; a file
// that nobody opened is not among them.
func Opens(t testing.TB, dir string) (counts func() map[string]int) {
	t.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		t.Skipf("what is opened cannot be watched here: %v", err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	folders := map[uint32]string{}
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		watch, err := syscall.InotifyAddWatch(fd, path, syscall.IN_OPEN)
		folders[uint32(watch)], _ = filepath.Rel(dir, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return func() map[string]int {
		t.Helper()
		return read(t, fd, folders)
	}
}

// read takes the events that have come. An event is a watch, a mask, a cookie
// and the length of a name padded with zeros, of four bytes each, and the name.
func read(t testing.TB, fd int, folders map[uint32]string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	buffer := make([]byte, 1<<16)
	for {
		n, err := syscall.Read(fd, buffer)
		if err == syscall.EAGAIN {
			return counts
		}
		if err != nil {
			t.Fatal(err)
		}
		for b := buffer[:n]; len(b) > 0; {
			watch, mask, length := binary.NativeEndian.Uint32(b), binary.NativeEndian.Uint32(b[4:]), binary.NativeEndian.Uint32(b[12:])
			name := strings.TrimRight(string(b[16:16+length]), "\x00")
			b = b[16+length:]
			switch {
			case mask&syscall.IN_Q_OVERFLOW != 0:
				t.Fatal("more was opened than can be counted")
			case mask&syscall.IN_ISDIR == 0:
				counts[filepath.ToSlash(filepath.Join(folders[watch], name))]++
			}
		}
	}
}
