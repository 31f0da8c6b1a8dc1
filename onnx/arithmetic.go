package onnx

import "slices"

// quantisedOps are the operators of models that compute in integers.
var quantisedOps = []string{"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"}

// Arithmetic is the type that the layers of the graph compute in: Int8, Float16
// or Float32. Weights that are stored in float16 and cast to float32 count as
// Float32.
func (g *Graph) Arithmetic() DataType {
	half := false
	for _, n := range g.Nodes {
		if slices.Contains(quantisedOps, n.Op) {
			return Int8
		}
		if slices.Contains([]string{"Conv", "Gemm", "MatMul"}, n.Op) && len(n.Inputs) > 1 {
			t := g.Initializer(n.Inputs[1])
			half = half || t != nil && t.Type == Float16
		}
	}
	if half {
		return Float16
	}
	return Float32
}
