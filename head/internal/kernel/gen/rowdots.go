//go:build avo

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows is what is done with rows as they lie.
func rows() {
	for _, l := range levels {
		rowDots(single, l)
		finite(l)
	}
}

// rowsAtOnce is how many rows of x rowDots takes at a time.
const rowsAtOnce = 4

// rowTile is the products of four rows of x, which lie as they are, with a few rows of w. Accumulators hold one row of x
// and one of w each, or, AVX-512, two of x and one of w.
type rowTile struct {
	dotTile
	rows []reg.GPVirtual // of x
}

// rowCols is how many rows of w there are: the accumulators are eight then.
func rowCols(l level) int { return l.size / 16 }

// rowDots adds the products of rows of x and up to two rows of w, AVX-512 four: for so few that putting x in
// the order of dots takes longer than the products.
func rowDots(k kind, l level) {
	name := "rowDots" + k.suffix + l.name
	TEXT(name, NOSPLIT, fmt.Sprintf("func(x *%s, xstride uint64, w *%[1]s, stride, cols uint64, z *%[1]s, zstride, rows, steps, tail uint64)", k.name))
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is [rowDotsGo] for up to %d rows of x and %d of w.", name, rowsAtOnce, rowCols(l)))
	t := rowTile{dotTile{kind: k, level: l, at: GP64()}, clamped(rowsAtOnce, load("x"), load("xstride"), load("rows"))}
	t.w = clamped(rowCols(l), load("w"), load("stride"), load("cols"))
	XORQ(t.at, t.at)
	for i := range t.vectors() * rowCols(l) {
		zero(l.v(i))
	}
	t.loop("steps", 32, t.wholeX, t.whole)
	if l.wide() {
		t.tailMask()
	}
	t.loop("tail", k.size, t.firstX, t.first)
	t.reduce()
	VZEROUPPER()
	RET()
}

func (t rowTile) vectors() int { return rowsAtOnce * 32 / t.level.size }

func (t rowTile) acc(vector, col int) reg.VecPhysical { return t.v(vector*rowCols(t.level) + col) }

// loop runs steps, each of which goes size bytes on. Vectors from 8 on hold w, then one of x, then products.
func (t rowTile) loop(count string, size int, loadX func(vector int, to reg.VecPhysical), loadW func(row reg.GPVirtual, to reg.VecPhysical)) {
	n := load(count)
	TESTQ(n, n)
	JZ(LabelRef(count + "Done"))
	Label(count)
	c := rowCols(t.level)
	for j := range c {
		loadW(t.w[j], t.v(8+j))
	}
	for i := range t.vectors() {
		x := t.v(8 + c)
		loadX(i, x)
		for j := range c {
			tmp := t.v(9 + c + (i*c+j)%(7-c))
			t.mul(t.v(8+j), x, tmp)
			t.add(tmp, t.acc(i, j), t.acc(i, j))
		}
	}
	ADDQ(U32(size), t.at)
	DECQ(n)
	JNZ(LabelRef(count))
	Label(count + "Done")
}

func (t rowTile) wholeX(vector int, to reg.VecPhysical) {
	if !t.wide() {
		t.move(at(t.rows[vector], t.at, 0), to)
		return
	}
	t.move(at(t.rows[2*vector], t.at, 0), to.AsY())
	VINSERTF32X8(Imm(1), at(t.rows[2*vector+1], t.at, 0), to, to)
}

// firstX loads one number of each row, the others are 0.
func (t rowTile) firstX(vector int, to reg.VecPhysical) {
	if !t.wide() {
		t.moveScalar(at(t.rows[vector], t.at, 0), to.AsX())
		return
	}
	second := t.v(15)
	t.moveScalar(at(t.rows[2*vector], t.at, 0), to.AsX())
	t.moveScalar(at(t.rows[2*vector+1], t.at, 0), second.AsX())
	VINSERTF32X8(Imm(1), second.AsY(), to, to)
}

// reduce adds up the partial sums, row after row, and adds the products to z.
func (t rowTile) reduce() {
	c, mask := rowCols(t.level), reg.Y14
	t.mask(0, mask)
	z, stride, rows := load("z"), load("zstride"), load("rows")
	for row := range rowsAtOnce {
		first := row * c
		if t.wide() {
			first = row / 2 * c
			if row%2 == 0 { // the sums of the next row, before those of this one are overwritten
				for j := range c {
					VEXTRACTF32X8(Imm(1), t.acc(row/2, j), ymm[8+j])
				}
			} else {
				first = 8
			}
		}
		sums := reduceRow(ymm[first : first+c])
		VMASKMOVPS(mem(z, 0), mask.AsX(), reg.X15)
		VADDPS(sums, reg.X15, reg.X15)
		VMASKMOVPS(reg.X15, mask.AsX(), mem(z, 0))
		if row < rowsAtOnce-1 {
			ADDQ(stride, z)
			CMPQ(rows, Imm(uint64(row+1)))
			JLE(LabelRef("stored"))
		}
	}
	Label("stored")
}

// reduceRow gives the sums of two or four vectors.
func reduceRow(a []reg.VecPhysical) reg.Register {
	for j := 0; j < len(a); j += 2 {
		halves(a[j], a[j+1], reg.Y15, VADDPS)
	}
	VHADDPS(a[len(a)-2], a[0], a[0])
	VHADDPS(a[0], a[0], a[0])
	VEXTRACTF128(Imm(1), a[0], a[1].AsX())
	VUNPCKLPS(a[1].AsX(), a[0].AsX(), a[0].AsX())
	return a[0].AsX()
}
