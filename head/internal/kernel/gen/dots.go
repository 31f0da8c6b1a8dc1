//go:build avo

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dots adds the products of a tile of x, interleaved by 32 bytes, and up to six rows of w.
// Accumulators hold one row of x and one of w each, or, AVX-512, two of x and one of w.
func dots(k kind, l level) {
	TEXT("dots"+k.suffix+l.name, NOSPLIT, fmt.Sprintf("func(x, w *%s, stride, cols uint64, z *%[1]s, zstride, rows, steps, tail uint64)", k.name))
	Pragma("noescape")
	Doc(fmt.Sprintf("dots%s%s is [dotsGo] for tiles of %d rows.", k.suffix, l.name, tileRows(l)))
	t := dotTile{k, l, load("x"), clamped(cols, load("w"), load("stride"), load("cols")), GP64()}
	prefetch(tileRows(l))
	XORQ(t.at, t.at)
	for i := range t.vectors() * cols {
		zero(l.v(i))
	}
	t.loop("steps", 32, t.whole)
	if l.wide() {
		t.tailMask()
	}
	t.loop("tail", k.size, t.first)
	t.reduce()
	VZEROUPPER()
	RET()
}

// prefetch asks for the rows of z, which are needed at the end.
func prefetch(rows int) {
	z, stride := load("z"), load("zstride")
	for i := range rows {
		PREFETCHT0(mem(z, 0))
		if i < rows-1 {
			ADDQ(stride, z)
		}
	}
}

type dotTile struct {
	kind
	level
	x  reg.GPVirtual
	w  []reg.GPVirtual
	at reg.GPVirtual // bytes into the rows of w
}

func tileRows(l level) int {
	if l.wide() {
		return 8
	}
	return 2
}

// vectors is how many vectors of x a step has.
func (t dotTile) vectors() int { return tileRows(t.level) * 32 / t.level.size }

func (t dotTile) acc(vector, col int) reg.VecPhysical { return t.v(vector*cols + col) }

func zero(v reg.VecPhysical) {
	if v.ID() >= reg.Z16.ID() && v.Size() == 64 {
		VPXORD(v, v, v)
		return
	}
	VXORPS(v.AsX(), v.AsX(), v.AsX())
}

// loop runs steps, each of which goes size bytes on in w.
func (t dotTile) loop(count string, size int, loadW func(row reg.GPVirtual, to reg.VecPhysical)) {
	n := load(count)
	TESTQ(n, n)
	end := fmt.Sprint(count, "Done")
	JZ(LabelRef(end))
	Label(count)
	p := t.vectors()
	w, temps := t.v(p*cols+p), t.temps()
	for i := range p {
		t.move(mem(t.x, i*t.level.size), t.v(p*cols+i))
	}
	for c := range cols {
		loadW(t.w[c], w)
		for i := range p {
			tmp := temps[(c*p+i)%len(temps)]
			t.mul(w, t.v(p*cols+i), tmp)
			t.add(tmp, t.acc(i, c), t.acc(i, c))
		}
	}
	ADDQ(U32(p*t.level.size), t.x)
	ADDQ(U32(size), t.at)
	DECQ(n)
	JNZ(LabelRef(count))
	Label(end)
}

// temps is the registers that are free.
func (t dotTile) temps() []reg.VecPhysical {
	p := t.vectors()
	var free []reg.VecPhysical
	for i := p*cols + p + 1; i < t.registers(); i++ {
		free = append(free, t.v(i))
	}
	return free
}

func (l level) registers() int {
	if l.wide() {
		return 32
	}
	return 16
}

func (t dotTile) whole(row reg.GPVirtual, to reg.VecPhysical) {
	if t.wide() {
		t.half(at(row, t.at, 0), to)
		return
	}
	t.move(at(row, t.at, 0), to)
}

// tailMask sets K1 to the first lane of both halves, for first.
func (t dotTile) tailMask() {
	mask := GP32()
	MOVL(U32(1|1<<(32/t.kind.size)), mask)
	KMOVW(mask, reg.K1)
}

// first loads one number, to the first lane of both halves; the others are 0.
func (t dotTile) first(row reg.GPVirtual, to reg.VecPhysical) {
	switch {
	case !t.wide():
		t.moveScalar(at(row, t.at, 0), to.AsX())
	case t.kind.size == 4:
		VBROADCASTSS_Z(at(row, t.at, 0), reg.K1, to)
	default:
		VBROADCASTSD_Z(at(row, t.at, 0), reg.K1, to)
	}
}
