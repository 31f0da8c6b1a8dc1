//go:build avo

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A kind is the type of the numbers.
type kind struct {
	name, suffix               string // of the Go type; of the functions
	size                       int    // bytes
	mul, add, move, moveScalar func(...Op)
	broadcast                  func(...Op) // one number to all lanes
	half                       func(...Op) // 32 bytes to both halves
}

var (
	single = kind{"float32", "32", 4, VMULPS, VADDPS, VMOVUPS, VMOVSS, VBROADCASTSS, VBROADCASTF32X8}
	double = kind{"float64", "64", 8, VMULPD, VADDPD, VMOVUPD, VMOVSD, VBROADCASTSD, VBROADCASTF64X4}
)

// cols is how many rows of w, or of the combination, a tile has.
const cols = 6

func both(write func(kind, level), k kind) {
	for _, l := range levels {
		write(k, l)
	}
}

// clamped gives the addresses of count rows from base on, stride bytes apart, of which
// the first n exist; the others are the last that does.
func clamped(count int, base, stride, n reg.GPVirtual) []reg.GPVirtual {
	rows := []reg.GPVirtual{base}
	for i := 1; i < count; i++ {
		row := GP64()
		LEAQ(at(rows[i-1], stride, 0), row)
		CMPQ(n, Imm(uint64(i)))
		CMOVQLE(rows[i-1], row)
		rows = append(rows, row)
	}
	return rows
}
