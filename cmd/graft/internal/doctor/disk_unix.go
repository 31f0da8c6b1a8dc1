//go:build linux || darwin || freebsd

package doctor

import "golang.org/x/sys/unix"

// freeDisk is how many bytes the user may still write in a folder.
func freeDisk(dir string) (bytes int64, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
