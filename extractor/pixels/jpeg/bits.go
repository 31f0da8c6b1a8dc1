package jpeg

import "encoding/binary"

// bits reads entropy-coded bytes as bits, the highest first (T.81 F.2.2.5; jpeg_fill_bit_buffer in
// jdhuff.c). A marker ends them, and zeros follow for ever.
type bits struct {
	data []byte
	pos  int    // the next byte to take in
	acc  uint64 // bits not yet used, from the top; below the lowest n they may be anything that follows
	n    uint   // how many of them are valid
	fake uint   // how many of the bits taken in since the last restart are zeros after the end
	end  bool   // pos is at a marker, or at the end of the data
}

// restart begins anew at pos.
func (b *bits) restart(pos int) {
	b.pos, b.acc, b.n, b.fake, b.end = pos, 0, 0, 0, false
}

// exhausted says whether bits were used that the data did not have.
func (b *bits) exhausted() bool { return b.n < b.fake }

// refill returns acc with at least 56 valid bits. Eight bytes are taken at once if none is FF.
func (b *bits) refill(acc uint64, n uint) (uint64, uint) {
	if b.pos+8 <= len(b.data) {
		w := binary.BigEndian.Uint64(b.data[b.pos : b.pos+8 : b.pos+8])
		const ones, tops = 0x0101010101010101, 0x8080808080808080
		if (^w-ones)&w&tops == 0 { // no byte of ^w is zero
			b.pos += int((63 - n) >> 3)
			return acc | w>>(n&63), n | 56
		}
	}
	return b.refillSlowly(acc, n)
}

// refillSlowly takes in one byte at a time, drops the zero after FF, and stops at a marker.
func (b *bits) refillSlowly(acc uint64, n uint) (uint64, uint) {
	acc &^= 1<<(64-n) - 1
	for ; n <= 56; n += 8 {
		var v byte
		if !b.end {
			v, b.end = b.next()
		}
		if b.end {
			b.fake += 8
		}
		acc |= uint64(v) << (56 - n)
	}
	return acc, n
}

// next takes one byte of data; end says that there is none before the next marker.
func (b *bits) next() (v byte, end bool) {
	if b.pos >= len(b.data) {
		return 0, true
	}
	if v = b.data[b.pos]; v != 0xff {
		b.pos++
		return v, false
	}
	at := b.pos + 1
	for at < len(b.data) && b.data[at] == 0xff {
		at++
	}
	if at == len(b.data) || b.data[at] != 0 {
		return 0, true
	}
	b.pos = at + 1
	return 0xff, false
}

// take returns the next n bits, n from 1 to 16.
func (b *bits) take(n uint) int32 {
	if b.n < n {
		b.acc, b.n = b.refill(b.acc, b.n)
	}
	v := int32(b.acc >> (64 - n))
	b.acc <<= n
	b.n -= n
	return v
}
