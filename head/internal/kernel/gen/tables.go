//go:build avo

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var tables = map[string]Mem{}

// table is constants of size bytes each.
func (t dotTile) table(name string, values []uint64, size int) Mem {
	if m, ok := tables[name]; ok {
		return m
	}
	m := GLOBL(name, RODATA|NOPTR)
	for i, v := range values {
		if size == 4 {
			DATA(4*i, U32(v))
		} else {
			DATA(8*i, U64(v))
		}
	}
	tables[name] = m
	return m
}

// mask sets a vector's lanes to −1 for the columns in use, those from from on.
func (t dotTile) mask(from int, to reg.VecPhysical) {
	table := t.table(fmt.Sprint("mask", t.kind.suffix), append(repeat(1<<(8*t.kind.size)-1, 8), repeat(0, 12)...), t.kind.size)
	base, n := GP64(), load("cols")
	LEAQ(table, base)
	NEGQ(n)
	VMOVUPS(Mem{Base: base, Index: n, Scale: uint8(t.kind.size), Disp: (8 + from) * t.kind.size}, to)
}

func repeat(v uint64, n int) (r []uint64) {
	for range n {
		r = append(r, v)
	}
	return r
}
