package onnx

import (
	"encoding/binary"
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// payload collects the elements of a tensor from the typed fields, which
// other writers use instead of raw_data.
type payload struct {
	raw    []byte
	given  protowire.Number // the field the elements came from
	values []uint64         // of typed fields, widened
}

// typedFields says for each typed field which element types it may hold;
// onnx.proto's comments on TensorProto. Elements smaller than int32 are
// widened in int32_data; packed ones come a byte at a time.
var typedFields = map[protowire.Number][]DataType{
	4: {Float32, Complex64},
	5: {Int32, Int16, Int8, Uint16, Uint8, Bool, Float16, BFloat16, Int4, Uint4, Int2, Uint2, Float4E2M1,
		Float8E4M3FN, Float8E4M3FNUZ, Float8E5M2, Float8E5M2FNUZ, Float8E8M0},
	7:  {Int64},
	10: {Float64, Complex128},
	11: {Uint64, Uint32},
}

// partWidth is the number of bytes that one entry of a typed field stands
// for.
func partWidth(n protowire.Number, t DataType) int {
	switch {
	case n == 4:
		return 4
	case n == 10:
		return 8
	}
	return int(max(t.bits(), 8) / 8)
}

func (d decoder) tensorField(x field) (t *Tensor, err error) {
	return t, x.sub(func(b []byte) error {
		t, err = d.tensor(b)
		return err
	})
}

func (d decoder) tensor(b []byte) (*Tensor, error) {
	t, p := new(Tensor), new(payload)
	var external bool
	err := fields(b, func(x field) error {
		switch x.n {
		case 1:
			return x.ints(&t.Dims)
		case 2:
			return x.dataType(&t.Type)
		case 6:
			return appendSub(&t.Strings, x, text)
		case 8:
			return x.str(&t.Name)
		case 4, 5, 7, 9, 10, 11:
			return p.read(x)
		case 12:
			return x.str(&t.Doc)
		case 13:
			external = true
		case 14:
			external = external || x.v == 1
		}
		if !slices.Contains([]protowire.Number{13, 14}, x.n) {
			t.unknown = append(t.unknown, x.raw...)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
	case external:
		return nil, fmt.Errorf("tensor %q keeps its values in another file, which graft does not read; "+
			"save the model as one file (in Python: onnx.save(model, path, save_as_external_data=False))", t.Name)
	}
	if err := p.fill(t); err != nil {
		return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	return t, t.Check()
}

// read takes one of the fields that hold elements.
func (p *payload) read(x field) error {
	if p.given != 0 && p.given != x.n {
		return fmt.Errorf("elements are given twice, in fields %d and %d", p.given, x.n)
	}
	p.given = x.n
	switch x.n {
	case 9:
		p.raw = slices.Clip(x.bytes)
		if p.raw == nil {
			p.raw = []byte{}
		}
		return x.want(protowire.BytesType)
	case 4:
		return x.fixed(&p.values, 4)
	case 10:
		return x.fixed(&p.values, 8)
	}
	var list []int64
	err := x.ints(&list)
	for _, v := range list {
		p.values = append(p.values, uint64(v))
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

// fill sets the tensor's elements from whatever field they came in.
func (p *payload) fill(t *Tensor) error {
	if p.given == 0 {
		if n, err := t.Len(); err == nil && n == 0 && t.Type != String {
			t.Raw = []byte{} // nothing to give
		}
		return nil
	}
	if p.given == 9 {
		t.Raw = p.raw
		return nil
	}
	if !slices.Contains(typedFields[p.given], t.Type) {
		return fmt.Errorf("field %d does not hold %s", p.given, t.Type)
	}
	width := partWidth(p.given, t.Type)
	t.Raw = make([]byte, 0, width*len(p.values))
	var buf [8]byte
	for _, v := range p.values {
		binary.LittleEndian.PutUint64(buf[:], v)
		t.Raw = append(t.Raw, buf[:width]...)
	}
	return nil
}
