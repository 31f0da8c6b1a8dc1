package onnx

import "fmt"

// DataType is the type of a tensor's elements, numbered as TensorProto.DataType.
type DataType int32

// The data types of ONNX.
const (
	Undefined DataType = iota
	Float32
	Uint8
	Int8
	Uint16
	Int16
	Int32
	Int64
	String
	Bool
	Float16
	Float64
	Uint32
	Uint64
	Complex64
	Complex128
	BFloat16
	Float8E4M3FN
	Float8E4M3FNUZ
	Float8E5M2
	Float8E5M2FNUZ
	Uint4
	Int4
	Float4E2M1
	Float8E8M0
	Uint2
	Int2
)

// dataTypes lists each type's name and the bits of one element; 0 bits: not of a
// fixed size.
var dataTypes = [...]struct {
	name string
	bits int64
}{
	Undefined: {"undefined", 0},
	Float32:   {"float32", 32}, Float64: {"float64", 64}, Float16: {"float16", 16}, BFloat16: {"bfloat16", 16},
	Uint8: {"uint8", 8}, Uint16: {"uint16", 16}, Uint32: {"uint32", 32}, Uint64: {"uint64", 64},
	Int8: {"int8", 8}, Int16: {"int16", 16}, Int32: {"int32", 32}, Int64: {"int64", 64},
	String: {"string", 0}, Bool: {"bool", 8},
	Complex64: {"complex64", 64}, Complex128: {"complex128", 128},
	Float8E4M3FN: {"float8e4m3fn", 8}, Float8E4M3FNUZ: {"float8e4m3fnuz", 8},
	Float8E5M2: {"float8e5m2", 8}, Float8E5M2FNUZ: {"float8e5m2fnuz", 8}, Float8E8M0: {"float8e8m0", 8},
	Uint4: {"uint4", 4}, Int4: {"int4", 4}, Float4E2M1: {"float4e2m1", 4},
	Uint2: {"uint2", 2}, Int2: {"int2", 2},
}

// String is the name of the type as in "float32".
func (t DataType) String() string {
	if t < 0 || int(t) >= len(dataTypes) {
		return fmt.Sprintf("data type %d", int32(t))
	}
	return dataTypes[t].name
}

// bits is the size of one element, or 0 if it is unknown or not fixed.
func (t DataType) bits() int64 {
	if t < 0 || int(t) >= len(dataTypes) {
		return 0
	}
	return dataTypes[t].bits
}

// isFloat reports whether the type is one of the floating-point types of images
// and features.
func (t DataType) isFloat() bool {
	return t == Float32 || t == Float16 || t == BFloat16 || t == Float64
}
