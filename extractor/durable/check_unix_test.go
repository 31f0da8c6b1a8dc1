//go:build linux || darwin

package durable

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestCheckOpensNoPipe: it would wait for a reader, who would see the end.
func TestCheckOpensNoPipe(t *testing.T) {
	path := filepath.Join(emptyDir(t), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if err := Check(path); err != nil {
		t.Error(err)
	}
}
