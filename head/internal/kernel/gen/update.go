//go:build avo

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// updates are the steps of parameters: RMSprop in its four shapes, and a multiple of one
// vector added to another.
func updates() {
	for _, l := range levels {
		rmsprop(l, false, false)
		rmsprop(l, true, false)
		rmsprop(l, false, true)
		rmsprop(l, true, true)
		axpy(l)
	}
}

// floats loads float32 arguments into all lanes of vectors.
func floats(l level, first int, names ...string) map[string]reg.VecPhysical {
	m := map[string]reg.VecPhysical{}
	for i, name := range names {
		v := l.v(first + i)
		m[name] = v
		a, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		VBROADCASTSS(a.Addr, v)
	}
	return m
}

func rmsprop(l level, mean, momentum bool) {
	name, params := "rmsprop", "p, square"
	if mean {
		name, params = name+"Centered", params+", mean"
	}
	if momentum {
		name, params = name+"Momentum", params+", momentum"
	}
	TEXT(name+l.name, NOSPLIT, fmt.Sprintf("func(%s, gradient *float32, n uint64, alpha, rest, eps, rate, mu float32)", params))
	Pragma("noescape")
	Doc(fmt.Sprintf("%s%s is [stepGo] for n a multiple of %d.", name, l.name, l.size/4))
	c := floats(l, 10, "alpha", "rest", "eps", "rate", "mu")
	p, square, g, n := load("p"), load("square"), load("gradient"), load("n")
	var averages, velocity reg.GPVirtual
	if mean {
		averages = load("mean")
	}
	if momentum {
		velocity = load("momentum")
	}
	i := GP64()
	XORQ(i, i)
	SHLQ(Imm(2), n)
	at := func(base reg.GPVirtual) Mem { return at(base, i, 0) }
	Label("next")
	gi, v, t := l.v(0), l.v(1), l.v(2)
	VMOVUPS(at(g), gi)
	VMULPS(gi, c["rest"], t)
	VMULPS(at(square), c["alpha"], v)
	if mean {
		a := l.v(3)
		VMULPS(at(averages), c["alpha"], a)
		VADDPS(t, a, a)
		VMOVUPS(a, at(averages))
		VMULPS(a, a, a)
	}
	VMULPS(gi, t, t)
	VADDPS(t, v, v)
	VMOVUPS(v, at(square))
	if mean {
		VSUBPS(l.v(3), v, v)
		zero(l.v(4))
		VMAXPS(v, l.v(4), v)
	}
	VSQRTPS(v, v)
	VADDPS(c["eps"], v, v)
	VDIVPS(v, gi, gi)
	if momentum {
		VMULPS(at(velocity), c["mu"], t)
		VADDPS(t, gi, gi)
		VMOVUPS(gi, at(velocity))
	}
	VMULPS(gi, c["rate"], gi)
	VMOVUPS(at(p), v)
	VSUBPS(gi, v, v)
	VMOVUPS(v, at(p))
	ADDQ(U32(l.size), i)
	CMPQ(i, n)
	JLT(LabelRef("next"))
	VZEROUPPER()
	RET()
}

func axpy(l level) {
	TEXT("axpy"+l.name, NOSPLIT, "func(a float32, x, y *float32, n uint64)")
	Pragma("noescape")
	Doc(fmt.Sprintf("axpy%s is [axpyGo] for n a multiple of %d.", l.name, l.size/4))
	c := floats(l, 10, "a")
	x, y, n, i := load("x"), load("y"), load("n"), GP64()
	XORQ(i, i)
	SHLQ(Imm(2), n)
	Label("next")
	VMULPS(at(x, i, 0), c["a"], l.v(0))
	VADDPS(at(y, i, 0), l.v(0), l.v(0))
	VMOVUPS(l.v(0), at(y, i, 0))
	ADDQ(U32(l.size), i)
	CMPQ(i, n)
	JLT(LabelRef("next"))
	VZEROUPPER()
	RET()
}
