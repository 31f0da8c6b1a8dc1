package kernel

import "unsafe"

// Float is the numbers that there are kernels for.
type Float interface{ float32 | float64 }

// A Block is n rows x of d numbers, copied into the two orders in which products read them. The zero
// value is ready for Reset.
//
// For dot products the rows of a tile are interleaved by 32 bytes: a step is the same 32 bytes
// of each row. The numbers after the last 32 bytes have a step each, in which the others of
// the 32 bytes are 0. For combinations columns are cut into panels, in which rows follow one
// another; the last panel is filled up with zeros. A block in rows is in neither order: it has the rows as
// they are, which is faster where few products are made of it.
type Block[T Float] struct {
	n, d     int
	kit      *kit[T]
	dotsOnly bool
	tiles    []T // tiles × steps × tile rows × lanes
	panels   []T // panels × n × panel width
	rows     []T // n × rowSize; nil unless the block is in rows
}

// tileCols is how many rows of w, or of a combination, a kernel makes at a time.
const tileCols = 6

// tileCache is how many bytes of tiles are gone through again and again: they stay in the second cache.
const tileCache = 128 << 10

// lanes is how many numbers 32 bytes hold: the number of partial sums.
func lanes[T Float]() int { return 32 / int(size[T]()) }

func size[T Float]() uint64 {
	var zero T
	return uint64(unsafe.Sizeof(zero))
}

// Reset makes room for n rows of d numbers, which Set fills in.
func (b *Block[T]) Reset(n, d int) {
	b.shape(n, d, false)
	b.panels = room(b.panels, b.Panels()*n*b.kit.panel)
}

// ResetRows is Reset for products with a few rows of w, at most some twenty: the block is in rows, if there
// are kernels for that.
func (b *Block[T]) ResetRows(n, d int) {
	b.n, b.d, b.kit, b.dotsOnly = n, d, kitOf[T](), false
	if b.kit.rowDots == nil {
		b.Reset(n, d)
		return
	}
	b.rows = room(b.rows, max(n*b.rowSize(), 1))
	for i := range n {
		clear(b.rows[i*b.rowSize()+d : (i+1)*b.rowSize()])
	}
}

// rowSize is the numbers of a row of a block in rows: whole panels, and a cache line more, so that rows of
// powers of two do not compete for the same places of the cache.
func (b *Block[T]) rowSize() int { return b.Panels()*b.kit.panel + 2*lanes[T]() }

// Pack makes the block the rows of x, of d numbers each, for Dots only.
func (b *Block[T]) Pack(x []T, d int) {
	b.shape(len(x)/d, d, true)
	for i := range b.n {
		b.Set(i, x[i*d:(i+1)*d])
	}
}

func (b *Block[T]) shape(n, d int, dotsOnly bool) {
	b.n, b.d, b.kit, b.dotsOnly, b.rows = n, d, kitOf[T](), dotsOnly, nil
	if dotsOnly && n <= 2 && current == AVX512 { // tiles of two rows: less of them is not there
		b.kit = kitAt[T](AVX2)
	}
	b.tiles = room(b.tiles, (n+b.kit.rows-1)/b.kit.rows*b.tileSize())
	if n%b.kit.rows != 0 { // rows that are not there are multiplied all the same
		clear(b.tiles[n/b.kit.rows*b.tileSize():])
	}
}

func room[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// steps is the number of steps of a tile with the numbers of all lanes, and that of the others.
func (b *Block[T]) steps() (whole, tail int) { return b.d / lanes[T](), b.d % lanes[T]() }

func (b *Block[T]) tileSize() int {
	whole, tail := b.steps()
	return (whole + tail) * b.kit.rows * lanes[T]()
}

// Len is n.
func (b *Block[T]) Len() int { return b.n }

// Row is row i of a block in rows, to be filled in; else nil. Several goroutines may do so at once.
func (b *Block[T]) Row(i int) []T {
	if b.rows == nil {
		return nil
	}
	return b.rows[i*b.rowSize():][:b.d]
}

// Set makes x row i. Several goroutines may set different rows at once.
func (b *Block[T]) Set(i int, x []T) {
	if row := b.Row(i); row != nil {
		copy(row, x)
		return
	}
	l, r := lanes[T](), b.kit.rows
	whole, tail := b.steps()
	tile := b.tiles[i/r*b.tileSize():][:b.tileSize()]
	if whole > 0 {
		x, tile := pieces(x[:whole*l]), pieces(tile[i%r*l:])
		for s, p := range x {
			tile[s*r] = p
		}
	}
	for s := range tail {
		to := tile[((whole+s)*r+i%r)*l:][:l]
		clear(to)
		to[0] = x[whole*l+s]
	}
	if b.dotsOnly {
		return
	}
	w := b.kit.panel
	for p := 0; p*w < b.d; p++ {
		to := b.panels[(p*b.n+i)*w:][:w]
		clear(to[copy(to, x[p*w:b.d]):])
	}
}

// piece is 32 bytes, which are copied without a call.
type piece [4]uint64

// pieces is x without what is left after the last 32 bytes.
func pieces[T Float](x []T) []piece {
	return unsafe.Slice((*piece)(unsafe.Pointer(unsafe.SliceData(x))), len(x)/lanes[T]())
}

// Dots adds the dot product of row i of x with row j of w to z[i·stride + j], for all rows of w,
// which have d numbers each. Several goroutines may use b at once.
func (b *Block[T]) Dots(w, z []T, stride int) {
	rows := len(w) / b.d
	if b.n == 0 || rows == 0 {
		return
	}
	_ = z[(b.n-1)*stride+rows-1]
	if b.rows != nil {
		b.rowDots(w, z, stride)
		return
	}
	whole, tail := b.steps()
	block := b.kit.rows * max(1, tileCache/(b.tileSize()*int(size[T]())))
	for from := 0; from < b.n; from += block {
		for j := 0; j < rows; j += tileCols {
			for i := from; i < min(from+block, b.n); i += b.kit.rows {
				b.kit.dots(&b.tiles[i/b.kit.rows*b.tileSize()], &w[j*b.d], uint64(b.d)*size[T](), uint64(min(tileCols, rows-j)),
					&z[i*stride+j], uint64(stride)*size[T](), uint64(min(b.kit.rows, b.n-i)), uint64(whole), uint64(tail))
			}
		}
	}
}

// rowDots is Dots of a block in rows.
func (b *Block[T]) rowDots(w, z []T, stride int) {
	const few = 4 // rows at a time
	whole, tail := b.steps()
	for i := 0; i < b.n; i += few {
		for j := 0; j*b.d < len(w); j += b.kit.rowCols {
			b.kit.rowDots(&b.rows[i*b.rowSize()], uint64(b.rowSize())*size[T](), &w[j*b.d], uint64(b.d)*size[T](), uint64(min(b.kit.rowCols, len(w)/b.d-j)),
				&z[i*stride+j], uint64(stride)*size[T](), uint64(min(few, b.n-i)), uint64(whole), uint64(tail))
		}
	}
}

// Factors is a matrix δ with as many rows as a block: number r of row i is Data[i·Stride + r].
type Factors[T Float] struct {
	Data         []T
	Cols, Stride int
}

// Panels is how many panels there are. They may be combined by several goroutines at once.
func (b *Block[T]) Panels() int { return (b.d + b.kit.panel - 1) / b.kit.panel }

// PanelWidth is how many columns a panel has; the last may have fewer.
func (b *Block[T]) PanelWidth() int { return b.kit.panel }

// Panel adds Σ_i δ_ir·x_i to row r of out, for the columns of panel p: rows of out are stride numbers
// apart, and all have PanelWidth numbers.
func (b *Block[T]) Panel(p int, delta Factors[T], out []T, stride int) {
	w := b.kit.panel
	if b.n == 0 {
		return
	}
	_ = delta.Data[(b.n-1)*delta.Stride+delta.Cols-1]
	x, apart := b.panels, w
	if b.rows != nil {
		x, apart = b.rows[p*w:], b.rowSize()
	} else {
		x = x[p*b.n*w:]
	}
	for r := 0; r < delta.Cols; r += tileCols {
		rows := min(tileCols, delta.Cols-r)
		_ = out[(r+rows-1)*stride+w-1]
		b.kit.combine(&x[0], uint64(apart)*size[T](), uint64(b.n), &delta.Data[r], uint64(delta.Stride)*size[T](), uint64(rows),
			&out[r*stride], uint64(stride)*size[T]())
	}
}

// Combine adds Σ_i δ_ir·x_i to row r of out, whose rows are d numbers.
func (b *Block[T]) Combine(delta Factors[T], out []T) {
	w, full := b.kit.panel, b.d/b.kit.panel
	for p := range full {
		b.Panel(p, delta, out[p*w:], b.d)
	}
	if full == b.Panels() {
		return
	}
	// The last panel is wider than what is left of the rows.
	last, from := make([]T, delta.Cols*w), full*w
	for r := range delta.Cols {
		copy(last[r*w:], out[r*b.d+from:(r+1)*b.d])
	}
	b.Panel(full, delta, last, w)
	for r := range delta.Cols {
		copy(out[r*b.d+from:(r+1)*b.d], last[r*w:])
	}
}
