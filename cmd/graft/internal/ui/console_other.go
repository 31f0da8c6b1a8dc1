//go:build !windows

package ui

// UnicodeConsole does nothing: on this system terminals show UTF-8.
func UnicodeConsole() (restore func()) { return func() {} }
