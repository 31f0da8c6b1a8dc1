package kernel

import "unsafe"

// Float is the numbers that there are kernels for.
type Float interface{ float32 | float64 }

// tileCols is how many rows of w, or of g, a product makes at a time.
const tileCols = 6

// A Block is n rows of d numbers, copied into the two orders in which products read them.
// The zero value is ready for Reset.
//
// For dot products the rows of a tile are interleaved by 32 bytes: a step is the same 32 bytes
// of each row. The numbers after the last 32 bytes have a step each, in which the others of
// the 32 bytes are 0. For combinations columns are cut into panels, in which rows follow one
// another; the last panel is filled up with zeros.
type Block[T Float] struct {
	n, d   int
	kit    *kit[T]
	tiles  []T // tiles × steps × tile rows × lanes
	panels []T // panels × n × panel width
}

// lanes is how many numbers 32 bytes hold: the number of partial sums.
func lanes[T Float]() int {
	var zero T
	return 32 / int(unsafe.Sizeof(zero))
}

func size[T Float]() uint64 {
	var zero T
	return uint64(unsafe.Sizeof(zero))
}

// Reset makes room for n rows of d numbers, which Set fills in.
func (b *Block[T]) Reset(n, d int) {
	b.n, b.d, b.kit = n, d, kitOf[T]()
	tiles, panels := (n+b.kit.rows-1)/b.kit.rows, (d+b.kit.panel-1)/b.kit.panel
	b.tiles = room(b.tiles, tiles*b.tileSize())
	b.panels = room(b.panels, panels*n*b.kit.panel)
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

// Set makes x row i. Several goroutines may set different rows at once.
func (b *Block[T]) Set(i int, x []T) {
	l, r := lanes[T](), b.kit.rows
	whole, tail := b.steps()
	tile := b.tiles[i/r*b.tileSize():][:b.tileSize()]
	for s := range whole {
		copy(tile[(s*r+i%r)*l:][:l], x[s*l:])
	}
	for s := range tail {
		to := tile[((whole+s)*r+i%r)*l:][:l]
		clear(to)
		to[0] = x[whole*l+s]
	}
	w := b.kit.panel
	for p := 0; p*w < b.d; p++ {
		to := b.panels[(p*b.n+i)*w:][:w]
		clear(to[copy(to, x[p*w:b.d]):])
	}
}

// Dots adds the dot product of row i of b with row j of w to z[i·stride + j], for all rows of w,
// which have d numbers each. Several goroutines may use b at once.
func (b *Block[T]) Dots(w, z []T, stride int) {
	rows := len(w) / b.d
	if b.n == 0 || rows == 0 {
		return
	}
	_ = z[(b.n-1)*stride+rows-1]
	whole, tail := b.steps()
	block := b.kit.rows * max(1, cache/(b.tileSize()*int(size[T]())))
	for from := 0; from < b.n; from += block {
		for j := 0; j < rows; j += tileCols {
			for i := from; i < min(from+block, b.n); i += b.kit.rows {
				b.kit.dots(&b.tiles[i/b.kit.rows*b.tileSize()], &w[j*b.d], uint64(b.d)*size[T](), uint64(min(tileCols, rows-j)),
					&z[i*stride+j], uint64(stride)*size[T](), uint64(min(b.kit.rows, b.n-i)), uint64(whole), uint64(tail))
			}
		}
	}
}

// cache is how many bytes of tiles are gone through again and again: they should stay in the second cache.
const cache = 128 << 10

// Panels is how many panels there are. Different panels may be combined by several goroutines at once.
func (b *Block[T]) Panels() int { return (b.d + b.kit.panel - 1) / b.kit.panel }

// PanelWidth is how many columns a panel has; the last may have fewer.
func (b *Block[T]) PanelWidth() int { return b.kit.panel }

// CombinePanel adds panel p of the combinations Σ_i delta[r·n + i]·x_i to the rows of out, which
// are PanelWidth numbers each.
func (b *Block[T]) CombinePanel(p int, delta, out []T) {
	w, rows := b.kit.panel, len(delta)/b.n
	b.combine(p, delta, out[:rows*w], w)
}

func (b *Block[T]) combine(p int, delta, out []T, stride int) {
	w := b.kit.panel
	for r := 0; r*b.n < len(delta); r += tileCols {
		rows := min(tileCols, len(delta)/b.n-r)
		_ = out[(r+rows-1)*stride+w-1]
		b.kit.combine(&b.panels[p*b.n*w], uint64(b.n), &delta[r*b.n], uint64(b.n)*size[T](), uint64(rows),
			&out[r*stride], uint64(stride)*size[T]())
	}
}

// Combine adds Σ_i delta[r·n + i]·x_i to row r of out, for as many rows of d numbers as there
// are in delta.
func (b *Block[T]) Combine(delta, out []T) {
	if b.n == 0 {
		return
	}
	w, rows := b.kit.panel, len(delta)/b.n
	_ = out[:rows*b.d]
	for p := range b.d / w {
		b.combine(p, delta, out[p*w:], b.d)
	}
	if from := b.d / w * w; from < b.d { // a panel that is wider than what is left of the rows
		last := make([]T, rows*w)
		for r := range rows {
			copy(last[r*w:], out[r*b.d+from:(r+1)*b.d])
		}
		b.combine(b.d/w, delta, last, w)
		for r := range rows {
			copy(out[r*b.d+from:(r+1)*b.d], last[r*w:])
		}
	}
}
