package pixels

import "io"

// scan reads one filtered row of n bytes, filter type first, and leaves it, unfiltered, in p.above.
func (p *pngReader) scan(n int) error {
	now, above := p.now[:n], p.above[:n]
	if _, err := io.ReadFull(p.inflate, now); err != nil {
		return p.explain(err)
	}
	pixel := max(p.depth*pngChannels[p.colour]/8, 1)
	if !unfilter(now[0], now[1:], above[1:], pixel) {
		return broken("PNG is damaged: unknown filter %d in row %d of %d", now[0], p.y+1, p.height)
	}
	p.now, p.above = p.above, p.now
	return nil
}

// unfilter undoes a row's filter (section 9.2); pixel is the distance to the corresponding byte of
// the pixel to the left.
func unfilter(kind byte, row, above []byte, pixel int) bool {
	above = above[:len(row)]
	switch kind {
	case 0:
	case 1: // Sub
		for i := pixel; i < len(row); i++ {
			row[i] += row[i-pixel]
		}
	case 2: // Up
		for i, a := range above {
			row[i] += a
		}
	case 3: // Average
		for i := range min(pixel, len(row)) {
			row[i] += above[i] / 2
		}
		for i := pixel; i < len(row); i++ {
			row[i] += byte((int(row[i-pixel]) + int(above[i])) / 2)
		}
	case 4:
		paeth(row, above, pixel)
	default:
		return false
	}
	return true
}

// paeth adds the one of left, above and upper left that is nearest to left + above - upper left.
func paeth(row, above []byte, pixel int) {
	for i := range min(pixel, len(row)) {
		row[i] += above[i]
	}
	for i := pixel; i < len(row); i++ {
		left, up, corner := int(row[i-pixel]), int(above[i]), int(above[i-pixel])
		toLeft, toUp, toCorner := up-corner, left-corner, left+up-2*corner
		toLeft, toUp, toCorner = max(toLeft, -toLeft), max(toUp, -toUp), max(toCorner, -toCorner)
		switch {
		case toLeft <= toUp && toLeft <= toCorner:
			row[i] += byte(left)
		case toUp <= toCorner:
			row[i] += byte(up)
		default:
			row[i] += byte(corner)
		}
	}
}

// unpack turns the first n pixels of an unfiltered row into RGB.
func (p *pngReader) unpack(dst, row []byte, n int) {
	switch {
	case p.colour == pngPalette:
		for x := range n {
			copy(dst[3*x:3*x+3], p.palette[bitsAt(row, x, p.depth)][:])
		}
	case p.colour == pngGray && p.depth < 8:
		scale := 255 / (1<<p.depth - 1)
		for x := range n {
			spread(dst[3*x:], byte(int(bitsAt(row, x, p.depth))*scale))
		}
	case p.colour == pngGray && p.depth == 16 && !p.scale:
		for x := range n {
			spread(dst[3*x:], clip16(row[2*x], row[2*x+1]))
		}
	case p.colour == pngGray || p.colour == pngGrayAlpha:
		step := pngChannels[p.colour] * p.depth / 8
		for x := range n {
			spread(dst[3*x:], row[step*x])
		}
	case p.colour == pngRGB && p.depth == 8:
		copy(dst[:3*n], row)
	default:
		sample := p.depth / 8
		step := pngChannels[p.colour] * sample
		for x := range n {
			px := row[step*x : step*x+3*sample]
			dst[3*x], dst[3*x+1], dst[3*x+2] = px[0], px[sample], px[2*sample]
		}
	}
}

// lay puts the ground under the first n pixels of a row, whose colours are in dst.
func (p *pngReader) lay(dst, row []byte, n int) {
	if !p.ground.laid || !p.transparent && p.colour != pngGrayAlpha && p.colour != pngRGBA {
		return
	}
	for x := range n {
		if a := p.alphaAt(row, x); a < 255 {
			p.ground.under(dst[3*x:3*x+3], a)
		}
	}
}

// alphaAt is the alpha of pixel x of a row.
func (p *pngReader) alphaAt(row []byte, x int) byte {
	size := p.depth / 8
	switch p.colour {
	case pngPalette:
		return p.alphas[bitsAt(row, x, p.depth)]
	case pngGrayAlpha:
		return row[(2*x+1)*size]
	case pngRGBA:
		return row[(4*x+3)*size]
	}
	if p.isKey(row, x) {
		return 0
	}
	return 255
}

// isKey says whether pixel x has the transparent gray or colour, in all bits.
func (p *pngReader) isKey(row []byte, x int) bool {
	channels := pngChannels[p.colour]
	switch {
	case p.depth < 8:
		return bitsAt(row, x, p.depth) == p.key[1]
	case p.depth == 8:
		px := row[x*channels:][:channels]
		return px[0] == p.key[1] && (channels == 1 || px[1] == p.key[3] && px[2] == p.key[5])
	}
	return string(row[2*x*channels:][:2*channels]) == string(p.key[:2*channels])
}

// bitsAt returns sample x of a row of samples of 1, 2, 4 or 8 bits, the first in the high bits.
func bitsAt(row []byte, x, depth int) byte {
	bit := x * depth
	return row[bit/8] >> (8 - depth - bit%8) & byte(1<<depth-1)
}

// spread makes a gray pixel.
func spread(dst []byte, v byte) { dst[0], dst[1], dst[2] = v, v, v }

// clip16 is what Pillow's convert makes of a 16-bit gray: not the high byte, but 255 for all that is more.
func clip16(high, low byte) byte {
	if high > 0 {
		return 255
	}
	return low
}

// adam7 are the seven passes of an interlaced image (section 8.2): first column and row, steps.
var adam7 = [7]struct{ x, y, dx, dy int }{
	{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
}

// deinterlace decodes an interlaced image as a whole.
func (p *pngReader) deinterlace() error {
	p.plane = grow(p.plane, 3*p.width*p.height)
	bits := p.depth * pngChannels[p.colour]
	for _, pass := range adam7 {
		w := (p.width - pass.x + pass.dx - 1) / pass.dx
		if w <= 0 {
			continue
		}
		clear(p.above)
		for p.y = pass.y; p.y < p.height; p.y += pass.dy {
			if err := p.scan(1 + (w*bits+7)/8); err != nil {
				return err
			}
			p.unpack(p.out, p.above[1:], w)
			p.lay(p.out, p.above[1:], w)
			for i := range w {
				x := pass.x + i*pass.dx
				copy(p.plane[3*(p.y*p.width+x):][:3], p.out[3*i:])
			}
		}
	}
	return nil
}
