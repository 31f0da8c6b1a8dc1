//go:build avo

package main

import (
	"fmt"

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

// clamped gives the addresses of six rows from base on, stride bytes apart, of which
// the first n exist; the others are the last that does.
func clamped(base, stride, n reg.GPVirtual) []reg.GPVirtual {
	rows := []reg.GPVirtual{base}
	for i := 1; i < cols; i++ {
		row := GP64()
		LEAQ(at(rows[i-1], stride, 0), row)
		CMPQ(n, Imm(uint64(i)))
		CMOVQLE(rows[i-1], row)
		rows = append(rows, row)
	}
	return rows
}

// dots adds the products of a tile of x, interleaved by 32 bytes, and up to six rows of w.
// Accumulators hold one row of x and one of w each, or, AVX-512, two of x and one of w.
func dots(k kind, l level) {
	TEXT("dots"+k.suffix+l.name, NOSPLIT, fmt.Sprintf("func(x, w *%s, stride, cols uint64, z *%[1]s, zstride, rows, steps, tail uint64)", k.name))
	Pragma("noescape")
	Doc(fmt.Sprintf("dots%s%s is [dotsGo] for tiles of %d rows.", k.suffix, l.name, tileRows(l)))
	t := dotTile{k, l, load("x"), clamped(load("w"), load("stride"), load("cols")), GP64()}
	prefetch(tileRows(l))
	XORQ(t.at, t.at)
	for i := range t.vectors() * cols {
		zero(l.v(i))
	}
	t.loop("steps", 32, t.whole)
	if l.wide() {
		mask := GP32()
		MOVL(U32(1|1<<(32/k.size)), mask)
		KMOVW(mask, reg.K1)
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

// first loads one number, the others are 0.
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

// reduce adds up the partial sums and adds the dot products to z.
func (t dotTile) reduce() {
	switch {
	case t.wide() && t.kind.size == 4:
		t.reduceWide32()
	case t.wide():
		t.reduceWide64()
	case t.kind.size == 4:
		t.reduce32()
	default:
		t.reduce64()
	}
}

// eachRow hands out the rows of z and ends after the last.
func (t dotTile) eachRow(store func(row int, z reg.GPVirtual)) {
	z, stride, rows := load("z"), load("zstride"), load("rows")
	for i := range tileRows(t.level) {
		store(i, z)
		if i < tileRows(t.level)-1 {
			ADDQ(stride, z)
			CMPQ(rows, Imm(uint64(i+1)))
			JLE(LabelRef("stored"))
		}
	}
	Label("stored")
}

// pairs adds neighbours: of a = (a0 a1 a2 a3) and b it makes (a0+a1 a2+a3 b0+b1 b2+b3), in a. What the
// four are, numbers of each 128 bits or whole 128 bits, shuffle knows.
func pairs(a, b, tmp reg.VecPhysical, add, shuffle func(...Op)) {
	shuffle(Imm(0x88), b, a, tmp)
	shuffle(Imm(0xDD), b, a, a)
	add(tmp, a, a)
}

// colsMask sets K1 to a bit for each column in use.
func (t dotTile) colsMask() {
	mask, n := GP64(), load("cols")
	MOVQ(U32(1), mask)
	SHLXQ(n, mask, mask)
	DECQ(mask)
	KMOVW(mask.As32(), reg.K1)
}

func (t dotTile) reduceWide32() {
	order := t.table("order32", []uint64{0, 8, 1, 9, 2, 10, 2, 10, 4, 12, 5, 13, 6, 14, 6, 14}, 4)
	perm, tmp := reg.Z31, reg.Z30
	VMOVUPS(order, perm)
	t.colsMask()
	for p := range t.vectors() {
		a := func(c int) reg.VecPhysical { return t.acc(p, c) }
		for c := 0; c < cols; c += 2 {
			pairs(a(c), a(c+1), tmp, VADDPS, VSHUFF32X4)
		}
		pairs(a(0), a(2), tmp, VADDPS, VSHUFPS)
		pairs(a(4), a(4), tmp, VADDPS, VSHUFPS)
		pairs(a(0), a(4), tmp, VADDPS, VSHUFPS)
		VPERMPS(a(0), perm, a(0))
	}
	t.eachRow(func(row int, z reg.GPVirtual) {
		r := t.acc(row/2, 0)
		if row%2 == 1 {
			VEXTRACTF32X8(Imm(1), r, r.AsY())
		}
		VMOVUPS_Z(mem(z, 0), reg.K1, reg.Y30)
		VADDPS(r.AsY(), reg.Y30, reg.Y30)
		VMOVUPS(reg.Y30, reg.K1, mem(z, 0))
	})
}

func (t dotTile) reduceWide64() {
	even := t.table("even64", []uint64{0, 4, 1, 5, 8, 12, 8, 12}, 8)
	odd := t.table("odd64", []uint64{2, 6, 3, 7, 10, 14, 10, 14}, 8)
	tmp := reg.Z30
	t.colsMask()
	for p := range t.vectors() {
		a := func(c int) reg.VecPhysical { return t.acc(p, c) }
		for c := 0; c < cols; c += 2 {
			pairs(a(c), a(c+1), tmp, VADDPD, VSHUFF64X2)
		}
		neighbours(a(0), a(2), tmp)
		neighbours(a(4), a(4), tmp)
		VMOVUPD(even, a(1))
		VMOVUPD(odd, a(3))
		VPERMI2PD(a(4), a(0), a(1))
		VPERMI2PD(a(4), a(0), a(3))
	}
	t.eachRow(func(row int, z reg.GPVirtual) {
		VMOVUPD_Z(mem(z, 0), reg.K1, reg.Z30)
		VADDPD(t.acc(row/2, 1+row%2*2), reg.Z30, reg.Z30)
		VMOVUPD(reg.Z30, reg.K1, mem(z, 0))
	})
}

// neighbours adds the two numbers of each 128 bits of a and b, into a.
func neighbours(a, b, tmp reg.VecPhysical) {
	VUNPCKLPD(b, a, tmp)
	VUNPCKHPD(b, a, a)
	VADDPD(tmp, a, a)
}

// halves adds the halves of a and those of b, into a.
func halves(a, b, tmp reg.VecPhysical, add func(...Op)) {
	VPERM2F128(Imm(0x20), b, a, tmp)
	VPERM2F128(Imm(0x31), b, a, a)
	add(tmp, a, a)
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

func (t dotTile) reduce32() {
	tmp, mask := reg.Y15, reg.Y14
	t.mask(0, mask)
	for p := range t.vectors() {
		a := func(c int) reg.VecPhysical { return t.acc(p, c) }
		for c := 0; c < cols; c += 2 {
			halves(a(c), a(c+1), tmp, VADDPS)
		}
		VHADDPS(a(2), a(0), a(0))
		VHADDPS(a(4), a(4), a(4))
		VHADDPS(a(4), a(0), a(0))
		VEXTRACTF128(Imm(1), a(0), a(1).AsX())
		VUNPCKHPS(a(1).AsX(), a(0).AsX(), a(2).AsX())
		VUNPCKLPS(a(1).AsX(), a(0).AsX(), a(0).AsX())
		VINSERTF128(Imm(1), a(2).AsX(), a(0), a(0))
	}
	t.eachRow(func(row int, z reg.GPVirtual) {
		VMASKMOVPS(mem(z, 0), mask, tmp)
		VADDPS(t.acc(row, 0), tmp, tmp)
		VMASKMOVPS(tmp, mask, mem(z, 0))
	})
}

func (t dotTile) reduce64() {
	tmp := reg.Y15
	t.mask(0, reg.Y14)
	t.mask(4, reg.Y13)
	for p := range t.vectors() {
		a := func(c int) reg.VecPhysical { return t.acc(p, c) }
		for c := 0; c < cols; c += 2 {
			halves(a(c), a(c+1), tmp, VADDPD)
		}
		VHADDPD(a(2), a(0), a(0))
		VHADDPD(a(4), a(4), a(4))
		VPERMPD(Imm(0xD8), a(0), a(0))
		VPERMPD(Imm(0x08), a(4), a(4))
	}
	t.eachRow(func(row int, z reg.GPVirtual) {
		for i, mask := range []reg.VecPhysical{reg.Y14, reg.Y13} {
			VMASKMOVPD(mem(z, i*32), mask, tmp)
			VADDPD(t.acc(row, 4*i), tmp, tmp)
			VMASKMOVPD(tmp, mask, mem(z, i*32))
		}
	})
}

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

// combine adds to up to six rows of out, of four vectors (AVX2: two), the sum over n rows of x, times delta.
func combine(k kind, l level) {
	TEXT("combine"+k.suffix+l.name, NOSPLIT, fmt.Sprintf("func(x *%s, n uint64, delta *%[1]s, stride, rows uint64, out *%[1]s, ostride uint64)", k.name))
	Pragma("noescape")
	p := panelVectors(l)
	Doc(fmt.Sprintf("combine%s%s is [combineGo] for panels of %d bytes.", k.suffix, l.name, p*l.size))
	acc := func(row, i int) reg.VecPhysical { return l.v(row*p + i) }
	x, d := func(i int) reg.VecPhysical { return l.v(cols*p + i) }, l.v(cols*p+p)
	out := clamped(load("out"), load("ostride"), load("rows"))
	for r := range cols {
		for i := range p {
			k.move(mem(out[r], i*l.size), acc(r, i))
		}
	}
	size := GP64()
	MOVQ(U32(k.size), size)
	delta, stride, panel, n, at0 := clamped(load("delta"), size, load("rows")), load("stride"), load("x"), load("n"), GP64()
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
	ADDQ(U32(p*l.size), panel)
	ADDQ(stride, at0)
	DECQ(n)
	JNZ(LabelRef("combine"))
	Label("combined")
	out = clamped(load("out"), load("ostride"), load("rows"))
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
