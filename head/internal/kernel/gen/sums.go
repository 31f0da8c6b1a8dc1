//go:build avo

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

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
