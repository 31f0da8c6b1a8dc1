package pixels

import (
	"bytes"
	"image"
	"math"
	"strconv"
)

// pnmReader decodes P1…P6 as Pillow's PpmImagePlugin does: samples are scaled to 0…255, but gray
// with a maximum over 255 is scaled to 0…65535 and then clipped at 255.
type pnmReader struct {
	kind     byte // '1'…'6'
	width    int
	height   int
	maximum  int
	channels int
	data     []byte // behind the header
	window   image.Rectangle
	y        int
	out      []byte
	scaled   []byte // what becomes of each sample value, once for all pixels
	scale    bool   // gray with a maximum over 255 keeps its high byte
}

// isPNMSpace: the bytes that separate words.
func isPNMSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// pnmSeparates: a comment too ends a word.
func pnmSeparates(c byte) bool { return isPNMSpace(c) || c == '#' }

func isPNM(b []byte) bool {
	return len(b) > 2 && b[0] == 'P' && b[1] >= '1' && b[1] <= '6' && isPNMSpace(b[2])
}

func openPNM(d *Decoder, file []byte) (picture, header, error) {
	p := &d.pnm
	*p = pnmReader{kind: file[1], data: file[3:], channels: 1, maximum: 1, out: p.out, scaled: p.scaled, scale: d.transform.Gray16 == ScaleGray16}
	if p.kind == '3' || p.kind == '6' {
		p.channels = 3
	}
	fields := []*int{&p.width, &p.height, &p.maximum}
	if p.bitmap() {
		fields = fields[:2]
	}
	for _, f := range fields {
		if err := p.number(f); err != nil {
			return nil, header{}, err
		}
	}
	if p.maximum < 1 || p.maximum > 65535 {
		return nil, header{}, broken("PNM has a maximum of %d; it must be 1…65535", p.maximum)
	}
	if err := d.limits.checkPixels("PNM", p.width, p.height); err != nil {
		return nil, header{}, err
	}
	return p, header{width: p.width, height: p.height, orientation: 1, depth: p.depth(), gray: p.channels == 1}, nil
}

// depth is the bits of a sample in a binary file; those of plain files are counted alike.
func (p *pnmReader) depth() int {
	switch {
	case p.bitmap():
		return 1
	case p.maximum > 255:
		return 16
	}
	return 8
}

// bitmap: one bit a pixel, 1 is black; plain: numbers as text.
func (p *pnmReader) bitmap() bool { return p.kind == '1' || p.kind == '4' }
func (p *pnmReader) plain() bool  { return p.kind <= '3' }

// number reads a word of the header. A comment reaches from # to the end of its line.
func (p *pnmReader) number(n *int) error {
	var word []byte
	for len(word) <= 10 && len(p.data) > 0 {
		c := p.data[0]
		p.data = p.data[1:]
		switch {
		case c == '#':
			p.skipComment()
			continue
		case !isPNMSpace(c):
			word = append(word, c)
			continue
		case len(word) == 0:
			continue
		}
		break
	}
	v, err := strconv.ParseUint(string(word), 10, 31)
	if err != nil {
		return broken("PNM has %q in its header where a number must be", word)
	}
	*n = int(v)
	return nil
}

func (p *pnmReader) skipComment() {
	if end := bytes.IndexAny(p.data, "\r\n"); end >= 0 {
		p.data = p.data[end+1:]
	} else {
		p.data = nil
	}
}

func (p *pnmReader) rows(window image.Rectangle) (rows, error) {
	p.window, p.y = window, window.Min.Y
	p.out = grow(p.out, 3*p.width)
	p.tabulate()
	if p.plain() {
		return p, p.skipPlain()
	}
	if have := len(p.data) / p.stride(); have < p.height {
		return nil, truncated("PNM", have, p.height)
	}
	return p, nil
}

// stride is the size of a binary row.
func (p *pnmReader) stride() int {
	switch {
	case p.kind == '4':
		return (p.width + 7) / 8
	case p.maximum > 255:
		return 2 * p.channels * p.width
	}
	return p.channels * p.width
}

// tabulate scales all sample values: value/maximum·255, rounded half to even as Python does.
func (p *pnmReader) tabulate() {
	full := 255.0
	if p.channels == 1 && p.maximum > 255 {
		full = 65535
	}
	n := 256
	if p.maximum > 255 {
		n = 65536
	}
	p.scaled = grow(p.scaled, n)
	for v := range p.scaled {
		s := math.RoundToEven(float64(float64(v)/float64(p.maximum)) * full)
		if full > 255 && p.scale {
			s = math.Floor(s / 256)
		}
		p.scaled[v] = byte(min(s, 255))
	}
}

func (p *pnmReader) next() ([]byte, error) {
	y := p.y
	p.y++
	if p.plain() {
		if err := p.plainRow(y); err != nil {
			return nil, err
		}
	} else {
		p.binaryRow(p.data[y*p.stride():])
	}
	return p.out[3*p.window.Min.X : 3*p.window.Max.X], nil
}

func (p *pnmReader) binaryRow(row []byte) {
	n := p.width * p.channels
	for i := range n {
		var v byte
		switch {
		case p.kind == '4':
			v = bitsAt(row, i, 1) - 1 // 0 becomes 255
		case p.maximum > 255:
			v = p.scaled[int(row[2*i])<<8|int(row[2*i+1])]
		case p.maximum == 255:
			v = row[i]
		default:
			v = p.scaled[row[i]]
		}
		p.store(i, v)
	}
}

// store puts sample i of a row into the output.
func (p *pnmReader) store(i int, v byte) {
	if p.channels == 1 {
		spread(p.out[3*i:], v)
	} else {
		p.out[i] = v
	}
}

// skipPlain reads the rows above the window.
func (p *pnmReader) skipPlain() error {
	for y := range p.window.Min.Y {
		if err := p.plainRow(y); err != nil {
			return err
		}
	}
	return nil
}

func (p *pnmReader) plainRow(y int) error {
	for i := range p.width * p.channels {
		word := p.word()
		if len(word) == 0 {
			return truncated("PNM", y, p.height)
		}
		v, err := strconv.ParseUint(string(word), 10, 16)
		if err != nil || int(v) > p.maximum {
			return broken("PNM has %.12q in row %d of %d where a number up to %d must be", word, y+1, p.height, p.maximum)
		}
		if p.bitmap() {
			v = 1 - v
		}
		p.store(i, p.scaled[v])
	}
	return nil
}

// word is the next sample of a plain file; in a bitmap the digits may stand without space.
func (p *pnmReader) word() []byte {
	for len(p.data) > 0 {
		switch c := p.data[0]; {
		case c == '#':
			p.skipComment()
			continue
		case isPNMSpace(c):
			p.data = p.data[1:]
			continue
		}
		break
	}
	longest := 12 // more digits than any number has
	if p.bitmap() {
		longest = 1
	}
	n := 0
	for n < min(longest, len(p.data)) && !pnmSeparates(p.data[n]) {
		n++
	}
	word := p.data[:n]
	p.data = p.data[n:]
	return word
}

// finish reads the rest of a plain file's numbers; a binary file's length was checked at the start.
func (p *pnmReader) finish() error {
	if !p.plain() {
		return nil
	}
	for ; p.y < p.height; p.y++ {
		if err := p.plainRow(p.y); err != nil {
			return err
		}
	}
	return nil
}
