package jpeg

// block is the coefficients of one block, dequantised, row by row.
type block struct {
	c     coefficients
	w     [4][8]int64 // between the passes of the transform, see turn
	total int32       // sum of the absolute values, bounds what the transform can reach
	seen  seen        // where coefficients were sent, other than the first
}

// seen has a bit for each column of a block that has coefficients, bits 8–15, and for each row, bits
// 16–23. They count before they are multiplied: a step may be 0.
type seen uint32

func (s seen) columns() uint8 { return uint8(s >> 8) }
func (s seen) rows() uint8    { return uint8(s >> 16) }

// places has, for the k-th coefficient of the stream, its place in the block in bits 0–7, and above
// what to add to seen.
var places = func() (p [len(zigzag)]seen) {
	for k, at := range zigzag {
		p[k] = seen(at) | 1<<(8+at%8) | 1<<(16+at/8)
	}
	return p
}()

// clear makes all coefficients zero.
func (blk *block) clear() {
	blk.c, blk.total, blk.seen = coefficients{}, 0, 0
}

// unit are quantisation steps that leave coefficients as they are.
var unit = func() (u [64]int32) {
	for i := range u {
		u[i] = 1
	}
	return u
}()

// Shift counts are masked throughout: they are always less than 64, which the compiler cannot see.

// sequential decodes one block of a sequential scan (T.81 F.2.2; decode_mcu_slow in jdhuff.c) and
// multiplies it by the quantisation steps. libjpeg keeps products to 16 bits.
func (s *scan) sequential(blk *block, c *component, step *[64]int32) {
	blk.clear()
	c.predict += s.difference(&s.dc[c.dc&3])
	blk.c[0] = int32(int16(c.predict * step[0]))
	s.ac63(blk, &s.ac[c.ac&3], step)
}

// difference decodes what a DC coefficient adds to the one before (F.2.2.1).
func (s *scan) difference(table *huffman) int32 {
	b := &s.bits
	acc, n := b.acc, b.n
	if n < 32 {
		acc, n = b.refill(acc, n)
	}
	e := table.look[acc>>(64-lookBits)]
	diff, size, length := e>>16, uint(e>>12&15), uint(e&0xff)
	if length == 0 {
		var symbol byte
		symbol, length = table.long(acc)
		size = uint(symbol)
	}
	acc <<= length & 63
	n -= length
	if diff == 0 && size > 0 {
		diff = extend(int32(acc>>((64-size)&63)), size)
		acc <<= size & 63
		n -= size
	}
	b.acc, b.n = acc, n
	return diff
}

// ac63 decodes the AC coefficients (F.2.2.2).
func (s *scan) ac63(blk *block, table *huffman, step *[64]int32) {
	b := &s.bits
	acc, n := b.acc, b.n
	total := abs(blk.c[0])
	where := seen(0)
	for k := 1; k < 64; k++ {
		if n < 32 {
			acc, n = b.refill(acc, n)
		}
		e := table.look[acc>>(64-lookBits)]
		v, length := e>>16, uint(e&0xff)
		if v == 0 {
			run, size := e>>8&15, uint(e>>12&15)
			if length == 0 {
				var symbol byte
				symbol, length = table.long(acc)
				run, size = int32(symbol>>4), uint(symbol&15)
			}
			acc <<= length & 63
			n -= length
			if size == 0 {
				if run != 15 {
					break
				}
				k += 15
				continue
			}
			v, length = extend(int32(acc>>((64-size)&63)), size), size
			k += int(run)
		} else {
			k += int(e >> 8 & 15)
		}
		acc <<= length & 63
		n -= length
		at := places[k&127]
		v = int32(int16(v * step[at&63]))
		blk.c[at&63] = v
		total += abs(v)
		where |= at
	}
	b.acc, b.n = acc, n
	blk.seen, blk.total = where, total
}

func abs(v int32) int32 {
	m := v >> 31
	return (v ^ m) - m
}
