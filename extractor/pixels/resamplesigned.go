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
	i := 0
	for o, end := range t.byInput.until {
		at := 3 * i
		for _, w := range t.byInput.pairs[i:end] {
			px := src[at : at+3 : at+3]
			at += 3
			red, green, blue := uint64(px[0]), uint64(px[1]), uint64(px[2])
			r, g, b = r+red*w[0], g+green*w[0], b+blue*w[0]
			r2, g2, b2 = r2+red*w[1], g2+green*w[1], b2+blue*w[1]
		}
		i = end
		out := dst[3*o : 3*o+3 : 3*o+3]
		out[0], out[1], out[2] = clipped(uint32(r)), clipped(uint32(g)), clipped(uint32(b))
		r, g, b = r>>32|r2<<32, g>>32|g2<<32, b>>32|b2<<32
		r2, g2, b2 = r2>>32|next, g2>>32|next, b2>>32|next
	}
}

// rowSigned works for any weights, one output after another.
func (t *weights) rowSigned(dst, src []byte) {
	for o := range t.n {
		if w := t.of(o); len(w) == 4 { // upsampling bicubically, but for the ends
			at := 3 * (t.first[o] - t.begin)
			out := dst[3*o : 3*o+3 : 3*o+3]
			out[0], out[1], out[2] = four(src[at:at+12:at+12], w)
			continue
		}
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

// four weighs four pixels.
func four(px []byte, weights []int32) (r, g, b byte) {
	w0, w1, w2, w3 := uint64(weights[0]), uint64(weights[1]), uint64(weights[2]), uint64(weights[3])
	rg := (uint64(px[0])|uint64(px[1])<<32)*w0 + (uint64(px[3])|uint64(px[4])<<32)*w1 +
		(uint64(px[6])|uint64(px[7])<<32)*w2 + (uint64(px[9])|uint64(px[10])<<32)*w3 + raisedBoth
	blue := uint64(px[2])*w0 + uint64(px[5])*w1 + uint64(px[8])*w2 + uint64(px[11])*w3 + raised
	return clipped(uint32(rg)), clipped(uint32(rg >> 32)), clipped(uint32(blue))
}

// weighSigned sums rows of len(dst) bytes, a weight a row. Most of them go sixteen at a time where the
// processor can, with the same sums.
func weighSigned(dst, rows []byte, weights []int32) {
	weighSignedFrom(weighWide(dst, rows, weights), dst, rows, weights)
}

// weighSignedFrom is weighSigned from one byte on.
func weighSignedFrom(begin int, dst, rows []byte, weights []int32) {
	for x := begin; x < len(dst); x += 8 {
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
		putClipped(dst, x, s04, s15, s26, s37)
	}
}

// putClipped is put for raised sums.
func putClipped(dst []byte, x int, s04, s15, s26, s37 uint64) {
	if ((s04^inside)|(s15^inside)|(s26^inside)|(s37^inside))&outside != 0 {
		s04, s15, s26, s37 = clippedBoth(s04), clippedBoth(s15), clippedBoth(s26), clippedBoth(s37)
	}
	put(dst, x, s04, s15, s26, s37)
}

// clippedBoth clips both sums of a word and leaves their levels where they were.
func clippedBoth(sums uint64) uint64 {
	return uint64(clipped(uint32(sums)))<<weightBits | uint64(clipped(uint32(sums>>32)))<<(32+weightBits)
}
