package jpeg

import (
	"encoding/binary"
	"encoding/hex"
)

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

// standardTables puts the tables of T.81 annex K.3 in the place of those that the file has not
// defined before its first scan (std_huff_tables in jstdhuff.c): frames of Motion JPEG leave them
// out. Only sequential files may.
func (h *header) standardTables() {
	if h.frame.progressive {
		return
	}
	for class := range 2 {
		for slot := range 2 {
			if t := &h.huffman[class][slot]; !t.defined {
				*t = standard[class][slot]
			}
		}
	}
}

// standard are tables K.3 and K.4 for DC, K.5 and K.6 for AC, of luminance and chrominance.
var standard = [2][2]huffmanSpec{
	{
		spec("00010501010101010100000000000000", "000102030405060708090a0b"),
		spec("00030101010101010101010000000000", "000102030405060708090a0b"),
	},
	{
		spec("0002010303020403050504040000017d",
			"01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a16"+
				"1718191a25262728292a3435363738393a434445464748494a535455565758595a63646566676869"+
				"6a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6"+
				"b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8"+
				"f9fa"),
		spec("00020102040403040705040400010277",
			"0001020311040521310612415107617113223281081442"+
				"91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748"+
				"494a535455565758595a636465666768696a737475767778797a82838485868788898a9293949596"+
				"9798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9da"+
				"e2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"),
	},
}

func spec(counts, symbols string) huffmanSpec {
	s := huffmanSpec{defined: true}
	copy(s.counts[:], unhex(counts))
	copy(s.symbols[:], unhex(symbols))
	return s
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic("jpeg: standard table: " + err.Error())
	}
	return b
}
