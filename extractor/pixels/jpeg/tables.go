package jpeg

import "encoding/binary"

// zigzag gives the place in a block, row by row, of the k-th coefficient of the stream (T.81
// figure A.6). Runs that lead past the block end on its last place, as in libjpeg.
var zigzag = [128]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
	63, 63, 63, 63, 63, 63, 63, 63,
	63, 63, 63, 63, 63, 63, 63, 63,
}

// quantTable is a quantisation table (B.2.4.1), in row order.
type quantTable struct {
	defined bool
	step    [64]int32
}

// quantTables reads a DQT segment.
func (h *header) quantTables(s []byte) error {
	for len(s) > 0 {
		wide, slot := s[0]>>4 != 0, s[0]&15
		size := 1 + 64
		if wide {
			size = 1 + 128
		}
		if slot > 3 {
			return broken("it defines quantisation table %d; there are 0 to 3", slot)
		}
		if len(s) < size {
			return errLength
		}
		t := &h.quant[slot]
		t.defined = true
		for k := range 64 {
			if wide {
				t.step[zigzag[k]] = int32(binary.BigEndian.Uint16(s[1+2*k:]))
			} else {
				t.step[zigzag[k]] = int32(s[1+k])
			}
		}
		s = s[size:]
	}
	return nil
}

// huffmanSpec is a Huffman table as it is written (B.2.4.2): how many codes there are of 1 to 16
// bits, and the symbols in the order of their codes. It is comparable.
type huffmanSpec struct {
	defined bool
	counts  [16]uint8
	symbols [256]uint8
}

// huffmanTables reads a DHT segment. The codes are checked when a scan uses them.
func (h *header) huffmanTables(s []byte) error {
	for len(s) > 16 {
		class, slot := s[0]>>4, s[0]&15
		total := 0
		for _, n := range s[1:17] {
			total += int(n)
		}
		if class > 1 || slot > 3 {
			return broken("it defines Huffman table %02X; there are 00 to 03 and 10 to 13", s[0])
		}
		if total > 256 || total > len(s)-17 {
			return broken("a Huffman table has too many codes")
		}
		t := &h.huffman[class][slot]
		*t = huffmanSpec{defined: true}
		copy(t.counts[:], s[1:17])
		copy(t.symbols[:], s[17:17+total])
		s = s[17+total:]
	}
	if len(s) != 0 {
		return errLength
	}
	return nil
}
