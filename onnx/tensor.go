package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Tensor is a constant: a weight of the graph or the value of an attribute.
type Tensor struct {
	Name string
	Doc  string
	Type DataType
	Dims []int64 // empty: a scalar

	// Raw holds the elements in C order, little-endian, whatever field of the
	// file they came from; elements of less than a byte are packed, the first
	// in the low bits. In a decoded model it may share the file's memory.
	Raw []byte
	// Strings holds the elements of a String tensor.
	Strings []string

	external *external // where the elements are, as long as Raw does not have them
	unknown  []byte
}

// count is the number of elements of the shape, or an error if a dimension is
// negative or the number does not fit memory.
func (t *Tensor) count() (int64, error) {
	n := int64(1)
	for _, d := range t.Dims {
		if d < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", t.Dims)
		}
		if d > 0 && n > math.MaxInt32*64/d {
			return 0, fmt.Errorf("shape %v is too large", t.Dims)
		}
		n *= d
	}
	return n, nil
}

// check returns an error if the number of elements in Raw or Strings is not that
// of the shape.
func (t *Tensor) check() error {
	n, err := t.count()
	if err != nil {
		return fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	if t.Type == String {
		if n != int64(len(t.Strings)) {
			return fmt.Errorf("tensor %q: %d strings for shape %v", t.Name, len(t.Strings), t.Dims)
		}
		return nil
	}
	bits := t.Type.bits()
	if bits == 0 {
		return nil
	}
	if want := (n*bits + 7) / 8; want != int64(len(t.Raw)) {
		return fmt.Errorf("tensor %q: %d bytes for %s of shape %v, want %d", t.Name, len(t.Raw), t.Type, t.Dims, want)
	}
	return nil
}

// Floats returns the elements of a float32, float64, float16 or bfloat16
// tensor, as a new slice.
func (t *Tensor) Floats() ([]float32, error) {
	var at func(b []byte) float32
	switch t.Type {
	case Float32:
		at = func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	case Float64:
		at = func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }
	case Float16:
		at = func(b []byte) float32 { return fromFloat16(binary.LittleEndian.Uint16(b)) }
	case BFloat16:
		at = func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) }
	default:
		return nil, fmt.Errorf("tensor %q holds %s, not floating-point numbers", t.Name, t.Type)
	}
	return elements(t, at)
}

// Ints returns the elements of a tensor of signed or unsigned integers or
// bools, as a new slice.
func (t *Tensor) Ints() ([]int64, error) {
	var at func(b []byte) int64
	switch t.Type {
	case Int8:
		at = func(b []byte) int64 { return int64(int8(b[0])) }
	case Uint8, Bool:
		at = func(b []byte) int64 { return int64(b[0]) }
	case Int16:
		at = func(b []byte) int64 { return int64(int16(binary.LittleEndian.Uint16(b))) }
	case Uint16:
		at = func(b []byte) int64 { return int64(binary.LittleEndian.Uint16(b)) }
	case Int32:
		at = func(b []byte) int64 { return int64(int32(binary.LittleEndian.Uint32(b))) }
	case Uint32:
		at = func(b []byte) int64 { return int64(binary.LittleEndian.Uint32(b)) }
	case Int64, Uint64:
		at = func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) }
	default:
		return nil, fmt.Errorf("tensor %q holds %s, not integers", t.Name, t.Type)
	}
	return elements(t, at)
}

// elements reads a tensor of a type of whole bytes, an element with at.
func elements[T any](t *Tensor, at func([]byte) T) ([]T, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	width := int(t.Type.bits() / 8)
	out := make([]T, len(t.Raw)/width)
	for i := range out {
		out[i] = at(t.Raw[i*width:])
	}
	return out, nil
}

// raw returns a slice of numbers as Tensor.Raw has them.
func raw(numbers any) []byte {
	b, err := binary.Append([]byte{}, binary.LittleEndian, numbers)
	if err != nil { // not a slice of numbers of a fixed size
		panic("onnx: " + err.Error())
	}
	return b
}

// NewFloats returns a float32 tensor of the given shape; data is copied.
func NewFloats(name string, dims []int64, data []float32) *Tensor {
	return &Tensor{Name: name, Type: Float32, Dims: dims, Raw: raw(data)}
}

// newFloatsOf returns a tensor of one of the floating-point types, each value
// rounded to it.
func newFloatsOf(t DataType, name string, dims []int64, values []float64) *Tensor {
	raw := make([]byte, 0, int64(len(values))*t.bits()/8)
	for _, v := range values {
		switch t {
		case Float64:
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		case Float16:
			raw = binary.LittleEndian.AppendUint16(raw, toFloat16(float32(v)))
		case BFloat16:
			b := math.Float32bits(float32(v))
			raw = binary.LittleEndian.AppendUint16(raw, uint16((b+0x7fff+b>>16&1)>>16))
		default:
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
		}
	}
	return &Tensor{Name: name, Type: t, Dims: dims, Raw: raw}
}

// NewFloat16s returns a float16 tensor of the given shape, each value rounded
// to the nearest half-precision number, ties to even; values out of range
// become infinite.
func NewFloat16s(name string, dims []int64, data []float32) *Tensor {
	half := make([]uint16, len(data))
	for i, v := range data {
		half[i] = toFloat16(v)
	}
	return &Tensor{Name: name, Type: Float16, Dims: dims, Raw: raw(half)}
}

// NewInt64s returns an int64 tensor of the given shape; data is copied.
func NewInt64s(name string, dims []int64, data []int64) *Tensor {
	return &Tensor{Name: name, Type: Int64, Dims: dims, Raw: raw(data)}
}

// NewInt32s returns an int32 tensor of the given shape; data is copied.
func NewInt32s(name string, dims []int64, data []int32) *Tensor {
	return &Tensor{Name: name, Type: Int32, Dims: dims, Raw: raw(data)}
}

// NewInt8s returns an int8 tensor of the given shape; data is copied.
func NewInt8s(name string, dims []int64, data []int8) *Tensor {
	return &Tensor{Name: name, Type: Int8, Dims: dims, Raw: raw(data)}
}

// NewUint8s returns a uint8 tensor of the given shape that shares data.
func NewUint8s(name string, dims []int64, data []uint8) *Tensor {
	return &Tensor{Name: name, Type: Uint8, Dims: dims, Raw: data}
}
