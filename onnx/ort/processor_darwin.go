package ort

import "golang.org/x/sys/unix"

// model is what the CPU calls itself.
func model() string {
	name, err := unix.Sysctl("machdep.cpu.brand_string")
	if err != nil {
		return ""
	}
	return name
}
