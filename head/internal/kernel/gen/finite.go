//go:build avo

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// finite looks for an exponent of ones alone, NaN's or infinity's: it and one more carry into the top bit.
func finite(l level) {
	TEXT("notFinite"+l.name, NOSPLIT, "func(x *float32, n uint64) uint32")
	Pragma("noescape")
	Doc(fmt.Sprintf("notFinite%s is 0 if [finiteGo] is true, for n a multiple of %d and not 0.", l.name, l.size/4))
	x, n := load("x"), load("n")
	exponent, one, carry, v := everywhere(l, 0, 0x7f800000), everywhere(l, 1, 0x00800000), l.v(2), l.v(3)
	zero(carry)
	Label("next")
	VANDPS(mem(x, 0), exponent, v)
	VPADDD(one, v, v)
	VORPS(v, carry, carry)
	ADDQ(U32(l.size), x)
	SUBQ(U32(l.size/4), n)
	JNZ(LabelRef("next"))
	top := GP32()
	if l.wide() {
		VPMOVD2M(carry, reg.K1)
		KMOVW(reg.K1, top)
	} else {
		VMOVMSKPS(carry, top)
	}
	Store(top, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// everywhere is an integer in all lanes.
func everywhere(l level, i int, bits uint32) reg.VecPhysical {
	r := GP32()
	MOVL(U32(bits), r)
	VMOVD(r, l.v(i).AsX())
	VPBROADCASTD(l.v(i).AsX(), l.v(i))
	return l.v(i)
}
