package checkpoint

import (
	"fmt"
	"io"
	"math"
	"math/bits"

	"graft/onnx"
)

// elementType is the type of a tensor's elements, named as in .safetensors: "F32".
type elementType string

// The types whose values can be read.
const (
	f32  elementType = "F32"
	f16  elementType = "F16"
	bf16 elementType = "BF16"
)

// sizes are the bytes an element of each type takes.
var sizes = map[elementType]int64{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1,
	"U16": 2, "I16": 2, f16: 2, bf16: 2,
	"U32": 4, "I32": 4, f32: 4,
	"U64": 8, "I64": 8, "F64": 8, "C64": 8,
}

// maxElements bounds one tensor, at 2 GB of float32: far more than any layer
// of a network has, and less than a wrong shape with stride 0 could claim.
const maxElements = 1 << 29

// An entry is a tensor in a file: a strided view of a storage.
type entry struct {
	dtype   elementType
	dims    []int64
	strides []int64 // in elements; as many as dims
	offset  int64   // of the first element, in elements from the storage's start
	count   int64   // product of dims
	from    *storage
}

// newEntry checks that a strided view is within its storage.
func newEntry(s *storage, dtype elementType, offset int64, dims, strides []int64) (*entry, error) {
	if len(dims) != len(strides) {
		return nil, fmt.Errorf("%d dimensions but %d strides", len(dims), len(strides))
	}
	count, err := product(dims)
	if err != nil {
		return nil, err
	}
	last := offset
	for i, d := range dims {
		if strides[i] < 0 || strides[i] > math.MaxInt32*8 {
			return nil, fmt.Errorf("stride %d of dimension %d", strides[i], i)
		}
		if d > 1 && count > 0 {
			last += (d - 1) * strides[i] // under 2^29 × 2^34 each, at most 2^64 only for absurd ranks
		}
		if last < offset {
			return nil, fmt.Errorf("strides %v overflow", strides)
		}
	}
	if offset < 0 || offset > s.count || count > 0 && last >= s.count {
		return nil, fmt.Errorf("shape %v with strides %v from element %d needs element %d, but %s has %d elements",
			dims, strides, offset, last, s.name, s.count)
	}
	return &entry{dtype, dims, strides, offset, count, s}, nil
}

// product multiplies dimensions. Negative dimensions and more than maxElements
// are errors.
func product(dims []int64) (int64, error) {
	const maxRank = 64
	if len(dims) > maxRank {
		return 0, fmt.Errorf("%d dimensions", len(dims))
	}
	n := int64(1)
	for _, d := range dims {
		if d < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", dims)
		}
		hi, lo := bits.Mul64(uint64(n), uint64(d))
		if hi != 0 || lo > maxElements {
			return 0, fmt.Errorf("shape %v has over %d elements", dims, maxElements)
		}
		n = int64(lo)
	}
	return n, nil
}

// floats reads the values in C order.
func (e *entry) floats() ([]float32, error) {
	switch e.dtype {
	case f32, f16, bf16:
	default:
		return nil, fmt.Errorf("is of type %s; only F32, F16 and BF16 hold weights", e.dtype)
	}
	if e.count == 0 {
		return []float32{}, nil
	}
	span := int64(1)
	for i, d := range e.dims {
		span += (d - 1) * e.strides[i]
	}
	raw, err := e.from.read(e.offset, span)
	if err != nil {
		return nil, err
	}
	values, err := decode(raw, span, e.dtype)
	if err != nil || e.contiguous() {
		return values, err
	}
	out := make([]float32, e.count)
	gather(out, values, e.dims, e.strides)
	return out, nil
}

// contiguous reports whether the elements are stored in C order without gaps.
func (e *entry) contiguous() bool {
	want := int64(1)
	for i := len(e.dims) - 1; i >= 0; i-- {
		if e.dims[i] != 1 && e.strides[i] != want {
			return false
		}
		want *= e.dims[i]
	}
	return true
}

// gather copies a strided view of src into dst in C order.
func gather(dst, src []float32, dims, strides []int64) []float32 {
	if len(dims) == 0 {
		dst[0] = src[0]
		return dst[1:]
	}
	for i := range dims[0] {
		dst = gather(dst, src[i*strides[0]:], dims[1:], strides[1:])
	}
	return dst
}

// decode turns n little-endian elements into float32.
func decode(raw []byte, n int64, t elementType) ([]float32, error) {
	as := map[elementType]onnx.DataType{f32: onnx.Float32, f16: onnx.Float16, bf16: onnx.BFloat16}[t]
	return (&onnx.Tensor{Type: as, Dims: []int64{n}, Raw: raw}).Floats()
}

// A storage is a run of elements of one type that tensors share.
type storage struct {
	name  string // in errors: `storage "3"`
	dtype elementType
	count int64 // elements
	at    int64 // bytes from the start of in
	in    io.ReaderAt
	check func(whole []byte) error // checks the bytes of the whole storage; may be nil
}

// read returns the bytes of n elements from element first.
func (s *storage) read(first, n int64) ([]byte, error) {
	size := sizes[s.dtype]
	raw := make([]byte, n*size)
	if got, err := s.in.ReadAt(raw, s.at+first*size); int64(got) < int64(len(raw)) {
		return nil, fmt.Errorf("%s: %d bytes at offset %d cannot be read: %w", s.name, len(raw), s.at+first*size, err)
	}
	if s.check != nil && n == s.count {
		if err := s.check(raw); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return raw, nil
}
