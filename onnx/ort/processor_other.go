//go:build !linux && !windows && !darwin

package ort

// model is not known on this system.
func model() string { return "" }
