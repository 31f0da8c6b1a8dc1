//go:build !linux

package ort

// keepSignals does nothing: CUDA, whose libraries replace signal handlers, is
// there under Linux only.
func keepSignals() (restore func()) { return func() {} }
