//go:build linux || darwin || freebsd

package durable

import "golang.org/x/sys/unix"

// Free is how many bytes the user may still write in a folder; ok is false where that is not known.
func Free(dir string) (bytes int64, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
