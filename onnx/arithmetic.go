package onnx

import "slices"

// quantisedOps are the operators of models that compute in integers.
var quantisedOps = []string{"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"}

// Arithmetic is what the layers of the graph compute in: Int8, Float16 or
// Float32. Weights that are only stored in float16 and cast to float32 before
// they are used do not count.
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
