package ort

import (
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"
)

// Processor names the machine as far as it decides about speeds: the CPU's model,
// how many cores are used, and which instructions for matrices it has, since
// virtual machines hide the model.
func Processor() string {
	text := fmt.Sprintf("%s, %d cores", strings.Join(strings.Fields(model()), " "), runtime.GOMAXPROCS(0))
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"avx2", cpu.X86.HasAVX2}, {"avx512", cpu.X86.HasAVX512F}, {"vnni", HasVNNI()}, {"avx512_bf16", cpu.X86.HasAVX512BF16},
		{"amx_bf16", cpu.X86.HasAMXBF16}, {"amx_int8", cpu.X86.HasAMXInt8}, {"asimddp", cpu.ARM64.HasASIMDDP}, {"sve", cpu.ARM64.HasSVE},
	} {
		if f.has {
			text += " " + f.name
		}
	}
	return text
}

// HasVNNI reports whether the CPU multiplies 8-bit integers into 32-bit sums
// that do not overflow in between. Arm's CPUs always do.
func HasVNNI() bool {
	return runtime.GOARCH != "amd64" || cpu.X86.HasAVX512VNNI || cpu.X86.HasAVXVNNI
}

// HasBF16 reports whether the CPU has instructions for bf16, which says nothing
// about their speed.
func HasBF16() bool { return cpu.X86.HasAVX512BF16 || cpu.X86.HasAMXBF16 }
