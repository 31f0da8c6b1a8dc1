package onnx

import (
	"encoding/binary"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// tensorData collects the elements of a tensor from raw_data or from one of the
// typed fields, which other writers use instead.
type tensorData struct {
	raw    []byte
	field  protowire.Number // the field that has the elements; 0 if none has been read
	values []uint64         // of typed fields, widened
}

// typedFields lists the element types that each typed field may hold, from
// onnx.proto's comments on TensorProto. Elements smaller than int32 are widened
// in int32_data; each entry for packed ones is a byte.
var typedFields = map[protowire.Number][]DataType{
	4: {Float32, Complex64},
	5: {Int32, Int16, Int8, Uint16, Uint8, Bool, Float16, BFloat16, Int4, Uint4, Int2, Uint2, Float4E2M1,
		Float8E4M3FN, Float8E4M3FNUZ, Float8E5M2, Float8E5M2FNUZ, Float8E8M0},
	7:  {Int64},
	10: {Float64, Complex128},
	11: {Uint64, Uint32},
}

// entryWidth is the number of bytes of Tensor.Raw for one entry of a typed field.
func entryWidth(n protowire.Number, t DataType) int {
	switch {
	case n == 4:
		return 4
	case n == 10:
		return 8
	}
	return int(max(t.bits(), 8) / 8)
}

func (d decoder) tensor(b []byte) (*Tensor, error) {
	t, data, elsewhere := new(Tensor), new(tensorData), new(external)
	err := fields(b, func(x field) error {
		switch x.n {
		case 1:
			return x.ints(&t.Dims)
		case 2:
			return x.dataType(&t.Type)
		case 6:
			return each(&t.Strings, text)(x)
		case 8:
			return x.str(&t.Name)
		case 4, 5, 7, 9, 10, 11:
			return data.read(x)
		case 12:
			return x.str(&t.Doc)
		case 13, 14:
			return elsewhere.read(x)
		}
		t.unknown = append(t.unknown, x.raw...)
		return nil
	})
	if err == nil && (elsewhere.is || elsewhere.raw != nil && data.field == 0) {
		err = d.elsewhere(t, elsewhere)
		if err == nil {
			return t, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	if err := data.fill(t); err != nil {
		return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	return t, t.check()
}

// read reads one of the fields that hold elements.
func (d *tensorData) read(x field) error {
	if d.field != 0 && d.field != x.n {
		return fmt.Errorf("elements are given twice, in fields %d and %d", d.field, x.n)
	}
	d.field = x.n
	switch x.n {
	case 9:
		d.raw = slices.Clip(x.bytes)
		if d.raw == nil {
			d.raw = []byte{}
		}
		return x.want(protowire.BytesType)
	case 4:
		return x.fixed(&d.values, 4)
	case 10:
		return x.fixed(&d.values, 8)
	}
	var list []int64
	err := x.ints(&list)
	for _, v := range list {
		d.values = append(d.values, uint64(v))
	}
	return err
}

// fixed appends a repeated field of 4 or 8 byte numbers to list, packed or
// not.
func (x field) fixed(list *[]uint64, width int) error {
	if x.typ == protowire.Fixed32Type && width == 4 || x.typ == protowire.Fixed64Type && width == 8 {
		*list = append(*list, x.v)
		return nil
	}
	if len(x.bytes)%width != 0 {
		return fmt.Errorf("field %d: %d bytes are not a list of %d byte numbers", x.n, len(x.bytes), width)
	}
	for b := x.bytes; len(b) > 0; b = b[width:] {
		if width == 4 {
			*list = append(*list, uint64(binary.LittleEndian.Uint32(b)))
		} else {
			*list = append(*list, binary.LittleEndian.Uint64(b))
		}
	}
	return x.want(protowire.BytesType)
}

// fill sets the tensor's elements.
func (d *tensorData) fill(t *Tensor) error {
	if d.field == 0 {
		if n, err := t.count(); err == nil && n == 0 && t.Type != String {
			t.Raw = []byte{} // a shape without elements
		}
		return nil
	}
	if d.field == 9 {
		t.Raw = d.raw
		return nil
	}
	if !slices.Contains(typedFields[d.field], t.Type) {
		return fmt.Errorf("field %d does not hold %s", d.field, t.Type)
	}
	width := entryWidth(d.field, t.Type)
	t.Raw = make([]byte, 0, width*len(d.values))
	var buf [8]byte
	for _, v := range d.values {
		binary.LittleEndian.PutUint64(buf[:], v)
		t.Raw = append(t.Raw, buf[:width]...)
	}
	return nil
}
