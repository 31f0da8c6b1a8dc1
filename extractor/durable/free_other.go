//go:build !(linux || darwin || freebsd || windows)

package durable

// Free is not asked for on this system.
func Free(string) (bytes int64, ok bool) { return 0, false }
