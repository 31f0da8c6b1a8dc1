package durable

import "golang.org/x/sys/windows"

// Free is how many bytes the user may still write in a folder; ok is false where that is not known.
func Free(dir string) (bytes int64, ok bool) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free uint64 // to this user, within a quota
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, false
	}
	return int64(free), true
}
