package ort

import (
	"syscall"
	"unsafe"
)

// A handler is what the kernel knows of a signal: its struct sigaction, whose
// layout is the same on x86-64 and 64-bit Arm.
type handler struct {
	action   uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// signals is how many there are, numbered from 1.
const signals = 64

// onStack is SA_ONSTACK: the handler runs on the alternate stack, as every
// handler in a Go program must.
const onStack = 0x08000000

// fits reports whether the handler is safe in a Go program: it is the default (0),
// ignores the signal (1), or runs on the alternate stack.
func (h handler) fits() bool { return h.action <= 1 || h.flags&onStack != 0 }

// keepSignals saves all signal handlers and returns a function that restores
// those that were replaced by handlers without SA_ONSTACK, as the CUDA libraries
// do; Go's runtime crashes on those at the next Ctrl-C. Handlers that Go itself
// has set meanwhile stay.
//
// It makes system calls: the C library hides some signals, and Go's runtime has
// no function for it.
func keepSignals() (restore func()) {
	var before [signals + 1]handler
	var known [signals + 1]bool
	for s := 1; s <= signals; s++ {
		known[s] = sigaction(s, nil, &before[s])
	}
	return func() {
		for s := 1; s <= signals; s++ {
			var now handler
			if known[s] && sigaction(s, nil, &now) && now != before[s] && !now.fits() {
				sigaction(s, &before[s], nil)
			}
		}
	}
}

// sigaction reads a signal's handler into old, or sets it to set.
func sigaction(signal int, set, old *handler) bool {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(signal),
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(handler{}.mask), 0, 0)
	return errno == 0
}
