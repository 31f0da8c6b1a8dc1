package pixels

// expand decodes run lengths into palette numbers, line after line as they are stored. It follows
// Pillow's BmpRleDecoder to the letter, also where files break the rules, except that Pillow too
// refuses data that end before the last pixel.
func (b *bmpReader) expand() error {
	r := bmpRuns{file: b.file, at: min(b.offset, len(b.file)), width: b.width, four: b.compression == bmpRLE4}
	r.total = b.width * b.height
	r.out = grow(b.indices, r.total)[:0]
	for len(r.out) < r.total && r.step() {
	}
	b.indices = r.out[:min(len(r.out), r.total)]
	if len(b.indices) < r.total {
		return truncated("BMP", len(r.out)/b.width, b.height)
	}
	return nil
}

// bmpRuns is the state of the decoder.
type bmpRuns struct {
	file  []byte
	at    int
	width int
	total int
	four  bool // two pixels a byte
	x     int
	out   []byte
}

// step decodes one pair of bytes and says whether there may be more.
func (r *bmpRuns) step() bool {
	if r.at+2 > len(r.file) {
		return false
	}
	count, value := int(r.file[r.at]), r.file[r.at+1]
	r.at += 2
	if count > 0 {
		r.run(count, value)
		return true
	}
	switch value {
	case 0: // end of line
		r.zeros((r.width - len(r.out)%r.width) % r.width)
		r.x = 0
	case 1: // end of bitmap
		return false
	case 2: // move right and up
		return r.move()
	default:
		return r.literal(int(value))
	}
	return true
}

func (r *bmpRuns) zeros(n int) {
	for range min(n, r.total-len(r.out)) {
		r.out = append(r.out, 0)
	}
}

// run repeats a pixel, or two in turn, to the end of the line at most.
func (r *bmpRuns) run(count int, value byte) {
	if r.x+count > r.width {
		count = max(0, r.width-r.x)
	}
	for i := range count {
		v := value
		if r.four {
			v = nibble(value, i)
		}
		r.out = append(r.out, v)
	}
	r.x += count
}

func (r *bmpRuns) move() bool {
	if r.at+2 > len(r.file) {
		return false
	}
	right, up := int(r.file[r.at]), int(r.file[r.at+1])
	r.at += 2
	r.zeros(right + up*r.width)
	r.x = len(r.out) % r.width
	return true
}

// literal copies pixels as they are; they are padded to a whole number of 16-bit words.
func (r *bmpRuns) literal(value int) bool {
	count := min(r.total-len(r.out), value)
	size := count
	if r.four {
		size = (count + 1) / 2
	}
	have := min(size, len(r.file)-r.at)
	data := r.file[r.at : r.at+have]
	r.at += have
	for i := range count {
		at := i
		if r.four {
			at = i / 2
		}
		if at >= len(data) {
			return false
		}
		v := data[at]
		if r.four {
			v = nibble(v, i)
		}
		r.out = append(r.out, v)
	}
	if len(r.out) == r.total {
		return false
	}
	r.x += value
	r.at += r.at & 1
	return true
}

// nibble is the high half of a byte for even i, else the low one.
func nibble(b byte, i int) byte {
	if i%2 == 0 {
		return b >> 4
	}
	return b & 15
}
