package pixels

import "encoding/binary"

// Bicubic and Lanczos have negative weights. Their sums are those of resample.go with 256 levels
// added, so that each half of a word stays between 0 and 2³², and the levels are clipped to 0…255
// in the end. What a negative product borrows from a word's high half is back once all are added.
const (
	raised     = half + 1<<30
	raisedBoth = raised<<32 | raised
	// Sums whose level need not be clipped have these two bits of their half as they are in raised.
	outside = 0xc0000000_c0000000
	inside  = 0x40000000_40000000
)

// clipped is the level of a raised sum.
func clipped(sum uint32) byte {
	if sum>>30 == 1 {
		return byte(sum >> weightBits)
	}
	if sum>>31 == 0 {
		return 0
	}
	return 255
}

// rowByInput4 reads every pixel once, for four outputs: the halves of r, g and b are the sums of the
// present output and the next, those of r2, g2 and b2 of the two after them.
func (t *weights) rowByInput4(dst, src []byte) {
	const next = raised << 32
	r, g, b := uint64(raisedBoth), uint64(raisedBoth), uint64(raisedBoth)
	r2, g2, b2 := r, g, b
	values := t.byInput.values
	i := 0
	for o, end := range t.byInput.until {
		for ; i < end; i++ {
			v, w := values[2*i], values[2*i+1]
			px := src[3*i : 3*i+3 : 3*i+3]
			red, green, blue := uint64(px[0]), uint64(px[1]), uint64(px[2])
			r, g, b = r+red*v, g+green*v, b+blue*v
			r2, g2, b2 = r2+red*w, g2+green*w, b2+blue*w
		}
		out := dst[3*o : 3*o+3 : 3*o+3]
		out[0], out[1], out[2] = clipped(uint32(r)), clipped(uint32(g)), clipped(uint32(b))
		r, g, b = r>>32|r2<<32, g>>32|g2<<32, b>>32|b2<<32
		r2, g2, b2 = r2>>32|next, g2>>32|next, b2>>32|next
	}
}

// rowSigned works for any weights, one output after another.
func (t *weights) rowSigned(dst, src []byte) {
	for o := range t.n {
		rg, b := uint64(raisedBoth), uint64(raised)
		px := src[3*(t.first[o]-t.begin):]
		for _, w := range t.of(o) {
			b += uint64(px[2]) * uint64(w)
			rg += (uint64(px[0]) | uint64(px[1])<<32) * uint64(w)
			px = px[3:]
		}
		out := dst[3*o : 3*o+3 : 3*o+3]
		out[0], out[1], out[2] = clipped(uint32(rg)), clipped(uint32(rg>>32)), clipped(uint32(b))
	}
}

// weighSigned sums rows of len(dst) bytes, a weight a row.
func weighSigned(dst, rows []byte, weights []int32) {
	for x := 0; x < len(dst); x += 8 {
		s04, s15, s26, s37 := uint64(raisedBoth), uint64(raisedBoth), uint64(raisedBoth), uint64(raisedBoth)
		at := x
		for _, weight := range weights {
			p, w := binary.LittleEndian.Uint64(rows[at:at+8:at+8]), uint64(weight)
			s04 += p & bytes04 * w
			s15 += p >> 8 & bytes04 * w
			s26 += p >> 16 & bytes04 * w
			s37 += p >> 24 & bytes04 * w
			at += len(dst)
		}
		if ((s04^inside)|(s15^inside)|(s26^inside)|(s37^inside))&outside != 0 {
			s04, s15, s26, s37 = clippedBoth(s04), clippedBoth(s15), clippedBoth(s26), clippedBoth(s37)
		}
		put(dst, x, s04, s15, s26, s37)
	}
}

// clippedBoth clips both sums of a word and leaves their levels where they were.
func clippedBoth(sums uint64) uint64 {
	return uint64(clipped(uint32(sums)))<<weightBits | uint64(clipped(uint32(sums>>32)))<<(32+weightBits)
}
