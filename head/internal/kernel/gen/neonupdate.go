//go:build avo

package main

import "strings"

// rmsprop does four parameters at a time. V16… hold the constants.
func (n *neonText) rmsprop(mean, momentum bool) {
	name, params := "rmsprop", []string{"p", "square"}
	if mean {
		name, params = name+"Centered", append(params, "mean")
	}
	if momentum {
		name, params = name+"Momentum", append(params, "momentum")
	}
	params = append(params, "gradient")
	n.printf("\n// func %sNEON(%s *float32, n uint64, alpha, rest, eps, rate, mu float32)\n", name, strings.Join(params, ", "))
	at := len(params) * 8
	n.printf("TEXT ·%sNEON(SB), NOSPLIT, $0-%d\n", name, at+28)
	base := map[string]int{}
	for i, p := range params {
		n.op("MOVD %s+%d(FP), R%d", p, 8*i, i)
		base[p] = i
	}
	n.op("MOVD n+%d(FP), R10", at)
	c := map[string]int{}
	for i, name := range []string{"alpha", "rest", "eps", "rate", "mu"} {
		n.op("MOVWU %s+%d(FP), R11", name, at+8+4*i)
		n.op("VDUP R11, V%d.S4", 16+i)
		c[name] = 16 + i
	}
	n.op("VEOR V21.B16, V21.B16, V21.B16")
	load := func(p string, v int) { n.op("VLD1 (R%d), [V%d.S4]", base[p], v) }
	store := func(p string, v int) { n.op("VST1.P [V%d.S4], 16(R%d)", v, base[p]) }
	const g, v, t, a = 0, 1, 2, 3
	n.printf("next:\n")
	n.op("VLD1.P 16(R%d), [V%d.S4]", base["gradient"], g)
	n.mul(arm32, t, g, c["rest"])
	load("square", v)
	n.mul(arm32, v, v, c["alpha"])
	if mean {
		load("mean", a)
		n.mul(arm32, a, a, c["alpha"])
		n.add(arm32, a, a, t)
		store("mean", a)
		n.mul(arm32, a, a, a)
	}
	n.mul(arm32, t, t, g)
	n.add(arm32, v, v, t)
	store("square", v)
	if mean {
		n.sub(arm32, v, v, a)
		n.max(arm32, v, v, 21)
	}
	n.sqrt(v, v)
	n.add(arm32, v, v, c["eps"])
	n.div(arm32, g, g, v)
	if momentum {
		load("momentum", t)
		n.mul(arm32, t, t, c["mu"])
		n.add(arm32, g, g, t)
		store("momentum", g)
	}
	n.mul(arm32, g, g, c["rate"])
	load("p", v)
	n.sub(arm32, v, v, g)
	store("p", v)
	n.op("SUB $4, R10")
	n.op("CBNZ R10, next")
	n.op("RET")
}
