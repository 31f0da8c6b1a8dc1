//go:build avo

package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmax is what a row of logits goes through, and one of features before it.
func softmax() {
	for _, l := range levels {
		largest(l)
		exponentials(l, "exp32", "float32")
		exponentials(l, "exp64", "float64")
		slopes(l)
		standardize(l)
		widen(l)
	}
}

// largest keeps a maximum a lane. MAX gives its second operand if one is NaN: the one so far.
func largest(l level) {
	TEXT("max"+l.name, NOSPLIT, "func(x *float32, n uint64, lanes *float32)")
	Pragma("noescape")
	Doc(fmt.Sprintf("max%s raises %d lanes to the largest of every so many numbers; n is a multiple of it.", l.name, l.size/4))
	x, n, lanes := load("x"), load("n"), load("lanes")
	VMOVUPS(mem(lanes, 0), l.v(0))
	Label("next")
	VMOVUPS(mem(x, 0), l.v(1))
	VMAXPS(l.v(0), l.v(1), l.v(0))
	ADDQ(U32(l.size), x)
	SUBQ(U32(l.size/4), n)
	JNZ(LabelRef("next"))
	VMOVUPS(l.v(0), mem(lanes, 0))
	VZEROUPPER()
	RET()
}

// constant is a number in all lanes.
func constant(l level, i int, v float64) reg.VecPhysical {
	name := fmt.Sprintf("f%016x", math.Float64bits(v))
	m, ok := tables[name]
	if !ok {
		m = GLOBL(name, RODATA|NOPTR)
		DATA(0, U64(math.Float64bits(v)))
		tables[name] = m
	}
	VBROADCASTSD(m, l.v(i))
	return l.v(i)
}

// half is the register of half the width with the number of v.
func half(l level, v reg.VecPhysical) reg.VecPhysical {
	if l.wide() {
		return v.AsY().(reg.VecPhysical)
	}
	return v.AsX().(reg.VecPhysical)
}

var taylor = []float64{1.6666666666666666667e-1, 4.1666666666666666667e-2, 8.3333333333333333333e-3, 1.3888888888888888889e-3, 1.9841269841269841270e-4, 2.4801587301587301587e-5}

func exponentials(l level, name, from string) {
	TEXT(name+l.name, NOSPLIT, fmt.Sprintf("func(x *%s, n uint64, shift float64, e *float64)", from))
	Pragma("noescape")
	Doc(fmt.Sprintf("%s%s is [expGo] of x − shift, for n a multiple of %d.", name, l.name, l.size/8))
	x, n, e := load("x"), load("n"), load("e")
	a, err := Param("shift").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSD(a.Addr, l.v(15))
	half2, one, two := constant(l, 14, 0.5), constant(l, 13, 1), constant(l, 12, 2)
	log2e, upper, lower := constant(l, 11, math.Log2E), constant(l, 10, 0.69314718055966295651160180568695068359375), constant(l, 9, 0.28235290563031577122588448175013436025525412068e-12)
	sixteenth, least := constant(l, 8, 0.0625), constant(l, 7, -708)
	Label("next")
	v, k, t, poly, keep := l.v(0), l.v(1), l.v(2), l.v(3), l.v(4)
	if from == "float32" {
		VCVTPS2PD(mem(x, 0), v)
		ADDQ(U32(l.size/2), x)
	} else {
		VMOVUPD(mem(x, 0), v)
		ADDQ(U32(l.size), x)
	}
	VSUBPD(l.v(15), v, v)
	notLess(l, v, least, keep)
	VMULPD(log2e, v, k)
	if l.wide() {
		VCVTPD2DQ(k, half(l, k))
	} else {
		VCVTPD2DQY(k, half(l, k))
	}
	VCVTDQ2PD(half(l, k), t)
	VFNMADD231PD(upper, t, v)
	VFNMADD231PD(lower, t, v)
	VMULPD(sixteenth, v, v)
	constant(l, 3, taylor[5])
	for i := 4; i >= 0; i-- {
		VFMADD213PD(constant(l, 5, taylor[i]), v, poly)
	}
	VFMADD213PD(half2, v, poly)
	VFMADD213PD(one, v, poly)
	VMULPD(poly, v, v)
	for range 3 {
		VADDPD(two, v, t)
		VMULPD(t, v, v)
	}
	VADDPD(two, v, t)
	VFMADD213PD(one, t, v)
	// times 2^k
	VPMOVSXDQ(half(l, k), k)
	VPSLLQ(Imm(52), k, k)
	if l.wide() {
		VPADDQ(k, one, k)
	} else {
		VPADDQ(k, one, k)
	}
	VMULPD(k, v, v)
	if l.wide() {
		VMOVUPD_Z(v, reg.K1, v)
	} else {
		VANDPD(keep, v, v)
	}
	VMOVUPD(v, mem(e, 0))
	ADDQ(U32(l.size), e)
	SUBQ(U32(l.size/8), n)
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}

// notLess marks the lanes of a that are not less than those of b: NaN is not. With AVX-512 the
// mark is K1.
func notLess(l level, a, b, mark reg.VecPhysical) {
	const nlt = 5
	if l.wide() {
		VCMPPD(Imm(nlt), b, a, reg.K1)
		return
	}
	VCMPPD(Imm(nlt), b, a, mark)
}

func slopes(l level) {
	TEXT("slope"+l.name, NOSPLIT, "func(e *float64, n uint64, sum, factor, target, divisor float64, out *float32)")
	Pragma("noescape")
	Doc(fmt.Sprintf("slope%s is [slopeGo] for n a multiple of %d.", l.name, l.size/8))
	e, n, out := load("e"), load("n"), load("out")
	for i, name := range []string{"sum", "factor", "target", "divisor"} {
		a, err := Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		VBROADCASTSD(a.Addr, l.v(10+i))
	}
	Label("next")
	v := l.v(0)
	VMOVUPD(mem(e, 0), v)
	VDIVPD(l.v(10), v, v)
	VMULPD(l.v(11), v, v)
	VSUBPD(l.v(12), v, v)
	VDIVPD(l.v(13), v, v)
	if l.wide() {
		VCVTPD2PS(v, half(l, v))
	} else {
		VCVTPD2PSY(v, half(l, v))
	}
	VMOVUPS(half(l, v), mem(out, 0))
	ADDQ(U32(l.size), e)
	ADDQ(U32(l.size/2), out)
	SUBQ(U32(l.size/8), n)
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}

// standardize gives float32 the mean 0 and the deviation 1, as float64.
func standardize(l level) {
	TEXT("standardize"+l.name, NOSPLIT, "func(x *float32, n uint64, mean, inverse, out *float64)")
	Pragma("noescape")
	Doc(fmt.Sprintf("standardize%s is [Standardize] for n a multiple of %d.", l.name, l.size/8))
	x, n, mean, inverse, out, i := load("x"), load("n"), load("mean"), load("inverse"), load("out"), GP64()
	XORQ(i, i)
	Label("next")
	VCVTPS2PD(mem(x, 0), l.v(0))
	VSUBPD(at(mean, i, 0), l.v(0), l.v(0))
	VMULPD(at(inverse, i, 0), l.v(0), l.v(0))
	VMOVUPD(l.v(0), at(out, i, 0))
	ADDQ(U32(l.size/2), x)
	ADDQ(U32(l.size), i)
	SUBQ(U32(l.size/8), n)
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}

// widen needs F16C, which every processor with AVX2 has.
func widen(l level) {
	TEXT("widen"+l.name, NOSPLIT, "func(x *uint16, n uint64, out *float32)")
	Pragma("noescape")
	Doc(fmt.Sprintf("widen%s is [Widen] for n a multiple of %d.", l.name, l.size/4))
	x, n, out := load("x"), load("n"), load("out")
	Label("next")
	VCVTPH2PS(mem(x, 0), l.v(0))
	VMOVUPS(l.v(0), mem(out, 0))
	ADDQ(U32(l.size/2), x)
	ADDQ(U32(l.size), out)
	SUBQ(U32(l.size/4), n)
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}
