//go:build avo

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// combine adds to up to six rows of out, of four vectors (AVX2: two), the sum over n rows of x, xstride bytes apart, times delta.
func combine(k kind, l level) {
	TEXT("combine"+k.suffix+l.name, NOSPLIT, fmt.Sprintf("func(x *%s, xstride, n uint64, delta *%[1]s, stride, rows uint64, out *%[1]s, ostride uint64)", k.name))
	Pragma("noescape")
	p := panelVectors(l)
	Doc(fmt.Sprintf("combine%s%s is [combineGo] for panels of %d bytes.", k.suffix, l.name, p*l.size))
	acc := func(row, i int) reg.VecPhysical { return l.v(row*p + i) }
	x, d := func(i int) reg.VecPhysical { return l.v(cols*p + i) }, l.v(cols*p+p)
	out := clamped(cols, load("out"), load("ostride"), load("rows"))
	for r := range cols {
		for i := range p {
			k.move(mem(out[r], i*l.size), acc(r, i))
		}
	}
	size := GP64()
	MOVQ(U32(k.size), size)
	delta, stride, n, at0 := clamped(cols, load("delta"), size, load("rows")), load("stride"), load("n"), GP64()
	panel, next := load("x"), load("xstride")
	XORQ(at0, at0)
	TESTQ(n, n)
	JZ(LabelRef("combined"))
	Label("combine")
	for i := range p {
		k.move(mem(panel, i*l.size), x(i))
	}
	for r := range cols {
		k.broadcast(at(delta[r], at0, 0), d)
		for i := range p {
			tmp := l.v(cols*p + p + 1 + (r*p+i)%(l.registers()-cols*p-p-1))
			k.mul(d, x(i), tmp)
			k.add(tmp, acc(r, i), acc(r, i))
		}
	}
	ADDQ(next, panel)
	ADDQ(stride, at0)
	DECQ(n)
	JNZ(LabelRef("combine"))
	Label("combined")
	out = clamped(cols, load("out"), load("ostride"), load("rows"))
	for r := range cols {
		for i := range p {
			k.move(acc(r, i), mem(out[r], i*l.size))
		}
	}
	VZEROUPPER()
	RET()
}

// panelVectors is how many vectors a row of a panel has.
func panelVectors(l level) int {
	if l.wide() {
		return 4
	}
	return 2
}
