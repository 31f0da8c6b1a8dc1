package pixels

import "io"

// packBits expands Apple's run lengths (TIFF 6.0, section 9).
type packBits struct {
	data    []byte
	literal int // bytes to copy
	repeat  int // times that value is to come
	value   byte
}

func (p *packBits) Read(dst []byte) (int, error) {
	n := 0
	for n < len(dst) {
		switch {
		case p.repeat > 0:
			dst[n] = p.value
			n++
			p.repeat--
		case p.literal > 0 && len(p.data) > 0:
			k := copy(dst[n:], p.data[:min(p.literal, len(p.data))])
			p.data = p.data[k:]
			p.literal -= k
			n += k
		case len(p.data) < 2:
			return n, io.EOF
		default:
			p.start(int8(p.data[0]))
		}
	}
	return n, nil
}

// start begins the run that a count announces; -128 announces none.
func (p *packBits) start(count int8) {
	switch {
	case count >= 0:
		p.literal = int(count) + 1
		p.data = p.data[1:]
	case count == -128:
		p.data = p.data[1:]
	default:
		p.repeat, p.value = 1-int(count), p.data[1]
		p.data = p.data[2:]
	}
}
