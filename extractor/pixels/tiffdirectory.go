package pixels

import (
	"encoding/binary"
	"iter"
	"math"
)

// field is an entry of a TIFF directory (TIFF 6.0, page 14) with its values.
type field struct {
	tag, kind uint16
	values    []byte // as they are stored; nil if the file ends before them
	order     binary.ByteOrder
}

// Kinds of values.
const (
	kindByte      = 1
	kindShort     = 3
	kindLong      = 4
	kindRational  = 5
	kindSByte     = 6
	kindUndefined = 7
	kindSShort    = 8
	kindSLong     = 9
	kindSRational = 10
	kindFloat     = 11
	kindDouble    = 12
	kindIFD       = 13
	kindLong8     = 16
)

// kindSizes has the size of a value of each kind, in bytes; 0 where there is no such kind.
var kindSizes = [...]uint64{
	kindByte: 1, 2: 1, kindShort: 2, kindLong: 4, kindRational: 8, kindSByte: 1, kindUndefined: 1, kindSShort: 2,
	kindSLong: 4, kindSRational: 8, kindFloat: 4, kindDouble: 8, kindIFD: 4, kindLong8: 8,
}

// directory says where the first directory of a TIFF file or an EXIF block is.
type directory struct {
	order   binary.ByteOrder
	big     bool   // BigTIFF: counts and offsets have 8 bytes
	count   uint64 // of entries
	entries []byte
}

// openDirectory reads the header: byte order, 42 and an offset, or 43, 8, 0 and a longer offset.
func openDirectory(b []byte) (d directory, ok bool) {
	d.order = byteOrder(b)
	if d.order == nil {
		return d, false
	}
	d.big = d.order.Uint16(b[2:]) == 43
	start, head := uint64(d.order.Uint32(b[4:])), uint64(2)
	if d.big {
		start, head = d.order.Uint64(b[8:]), 8
	}
	if start > uint64(len(b)) || uint64(len(b))-start < head {
		return d, false
	}
	b = b[start:]
	d.count, d.entries = uint64(d.order.Uint16(b)), b[head:]
	if d.big {
		d.count = d.order.Uint64(b)
	}
	return d, true
}

// byteOrder returns nil if b does not begin with a whole TIFF header.
func byteOrder(b []byte) binary.ByteOrder {
	switch {
	case len(b) < 8:
	case string(b[:4]) == "II*\x00", len(b) >= 16 && string(b[:8]) == "II+\x00\x08\x00\x00\x00":
		return binary.LittleEndian
	case string(b[:4]) == "MM\x00*", len(b) >= 16 && string(b[:8]) == "MM\x00+\x00\x08\x00\x00":
		return binary.BigEndian
	}
	return nil
}

// fields are the entries of the first directory of a TIFF file or an EXIF block that have values. A
// broken block just ends early.
func fields(b []byte) iter.Seq[field] {
	return func(yield func(field) bool) {
		d, ok := openDirectory(b)
		size := 12
		if d.big {
			size = 20
		}
		for ; ok && d.count > 0 && len(d.entries) >= size; d.count-- {
			f, found := d.field(d.entries[:size], b)
			d.entries = d.entries[size:]
			if found && !yield(f) {
				return
			}
		}
	}
}

// field reads an entry. One without values, of an unknown kind, or with more values than there are
// bytes is as good as none.
func (d directory) field(e, b []byte) (f field, found bool) {
	f = field{tag: d.order.Uint16(e), kind: d.order.Uint16(e[2:]), order: d.order}
	count, place, size := uint64(d.order.Uint32(e[4:])), e[8:], uint64(0)
	if d.big {
		count, place = d.order.Uint64(e[4:]), e[12:]
	}
	if int(f.kind) < len(kindSizes) {
		size = kindSizes[f.kind]
	}
	if size == 0 || count == 0 || count > uint64(len(b))/size {
		return f, false
	}
	n := count * size
	if n <= uint64(len(place)) {
		f.values = place[:n]
		return f, true
	}
	at := uint64(d.order.Uint32(place))
	if d.big {
		at = d.order.Uint64(place)
	}
	if at <= uint64(len(b)) && n <= uint64(len(b))-at {
		f.values = b[at : at+n]
	}
	return f, true
}

// integers are all values of a field of bytes, or of unsigned integers of 16, 32 or 64 bits. What is
// too large for 32 bits is the largest number that is not, since it is wrong in any case.
func (f field) integers() []uint32 {
	var at func([]byte) uint32
	switch f.kind {
	case kindByte:
		at = func(b []byte) uint32 { return uint32(b[0]) }
	case kindShort:
		at = func(b []byte) uint32 { return uint32(f.order.Uint16(b)) }
	case kindLong, kindIFD:
		at = f.order.Uint32
	case kindLong8:
		at = func(b []byte) uint32 { return uint32(min(f.order.Uint64(b), math.MaxUint32)) }
	default:
		return nil
	}
	size := int(kindSizes[f.kind])
	values := make([]uint32, len(f.values)/size)
	for i := range values {
		values[i] = at(f.values[i*size:])
	}
	return values
}

// first is the first value as a number; what is no number, such as text, is NaN.
func (f field) first() float64 {
	v := f.values
	switch f.kind {
	case kindShort:
		return float64(f.order.Uint16(v))
	case kindLong, kindIFD:
		return float64(f.order.Uint32(v))
	case kindSByte:
		return float64(int8(v[0]))
	case kindSShort:
		return float64(int16(f.order.Uint16(v)))
	case kindSLong:
		return float64(int32(f.order.Uint32(v)))
	case kindLong8:
		return float64(f.order.Uint64(v))
	case kindFloat:
		return float64(math.Float32frombits(f.order.Uint32(v)))
	case kindDouble:
		return math.Float64frombits(f.order.Uint64(v))
	case kindRational:
		return float64(f.order.Uint32(v)) / float64(f.order.Uint32(v[4:]))
	case kindSRational:
		return float64(int32(f.order.Uint32(v))) / float64(int32(f.order.Uint32(v[4:])))
	}
	return math.NaN()
}
