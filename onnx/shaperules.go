package onnx

import (
	"math/bits"
	"slices"
)

// site is one node with the shapes of its inputs.
type site struct {
	s  *shapes
	n  *Node
	in [][]int64 // nil: not known
}

// shapeRule computes the shape of a node's first output, nil if it cannot.
type shapeRule struct {
	apply      func(*site) []int64
	all        bool // needs the shapes of all inputs, not only of the first
	multiplies bool // counts multiply-adds
}

// shapeRules are the operators of image networks; ONNX operator
// specification, opset 13 and those around it.
var shapeRules = map[string]shapeRule{}

func init() {
	for _, op := range []string{"Relu", "Sigmoid", "Tanh", "Clip", "LeakyRelu", "Elu", "HardSigmoid", "HardSwish", "Erf",
		"Sqrt", "Exp", "Log", "Neg", "Abs", "Softmax", "LogSoftmax", "Identity", "Dropout", "Cast", "LRN", "BatchNormalization",
		"InstanceNormalization", "LayerNormalization", "QuantizeLinear", "DequantizeLinear", "Gelu", "Selu", "Softplus",
		"Floor", "Ceil", "Round", "Reciprocal", "LpNormalization", "Not", "Mish"} {
		shapeRules[op] = shapeRule{apply: (*site).same}
	}
	for _, op := range []string{"Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "PRelu", "Sum", "Equal", "Greater", "Less"} {
		shapeRules[op] = shapeRule{apply: (*site).broadcast, all: true}
	}
	for op, f := range map[string]func(*site) []int64{
		"MaxPool": (*site).pool, "AveragePool": (*site).pool, "GlobalAveragePool": (*site).globalPool,
		"GlobalMaxPool": (*site).globalPool, "Flatten": (*site).flatten, "Transpose": (*site).transpose,
		"Reshape": (*site).reshape, "Squeeze": (*site).squeeze, "Unsqueeze": (*site).unsqueeze,
		"ReduceMean": (*site).reduce, "ReduceSum": (*site).reduce, "ReduceMax": (*site).reduce, "ReduceL2": (*site).reduce,
		"Pad": (*site).pad, "Shape": (*site).shape, "Constant": (*site).constant,
		"TopK": (*site).topK, "OneHot": (*site).oneHot,
	} {
		shapeRules[op] = shapeRule{apply: f}
	}
	shapeRules["Concat"] = shapeRule{apply: (*site).concat, all: true}
	shapeRules["Gather"] = shapeRule{apply: (*site).gather, all: true}
	shapeRules["Conv"] = shapeRule{apply: (*site).conv, all: true, multiplies: true}
	shapeRules["Gemm"] = shapeRule{apply: (*site).gemm, all: true, multiplies: true}
	shapeRules["MatMul"] = shapeRule{apply: (*site).matMul, all: true, multiplies: true}
}

func (x *site) same() []int64 { return x.in[0] }

// axis brings an attribute counted from the end to a place in rank
// dimensions, or -1.
func axis(a int64, rank int) int {
	if a < 0 {
		a += int64(rank)
	}
	if a < 0 || a >= int64(rank) {
		return -1
	}
	return int(a)
}

// product multiplies sizes; it stays within maxSize² by giving up at maxSize.
func product(dims []int64) int64 {
	p := int64(1)
	for _, d := range dims {
		if hi, lo := bits.Mul64(uint64(p), uint64(d)); hi != 0 || lo > maxSize {
			return maxSize + 1
		}
		p *= d
	}
	return p
}

// count adds multiply-adds, or notes that there are too many to tell.
func (x *site) count(factors ...int64) {
	if p := product(factors); p <= maxSize {
		x.s.macs += p
	} else {
		x.s.miss(x.n.Op + " is too large")
	}
}

func (x *site) broadcast() []int64 {
	var out []int64
	for _, d := range x.in {
		out = broadcast(out, d)
		if out == nil && len(d) > 0 {
			return nil
		}
	}
	if out == nil {
		return []int64{}
	}
	return out
}

// broadcast joins two shapes by numpy's rule, or returns nil.
func broadcast(a, b []int64) []int64 {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := slices.Clone(a)
	for i, d := range b {
		at := len(a) - len(b) + i
		switch {
		case out[at] == d || d == 1:
		case out[at] == 1:
			out[at] = d
		default:
			return nil
		}
	}
	return out
}

// window computes what a sliding window of size kernel leaves of the
// dimensions after the first two.
func (x *site) window(kernel []int64) []int64 {
	spatial := x.in[0][2:]
	if len(kernel) != len(spatial) {
		return nil
	}
	stride, dilate, pads := x.n.Ints("strides"), x.n.Ints("dilations"), x.n.Ints("pads")
	auto, _ := x.n.Attr("auto_pad").(string)
	out := make([]int64, len(spatial))
	for i, size := range spatial {
		st, di, pad := int64(1), int64(1), int64(0)
		if i < len(stride) {
			st = stride[i]
		}
		if i < len(dilate) {
			di = dilate[i]
		}
		if i+len(spatial) < len(pads) {
			pad = pads[i] + pads[i+len(spatial)]
		}
		if st <= 0 || di <= 0 || di > maxSize || kernel[i] <= 0 || kernel[i] > maxSize/di || pad < -maxSize || pad > maxSize {
			return nil
		}
		extent := di*(kernel[i]-1) + 1
		switch {
		case auto == "SAME_UPPER" || auto == "SAME_LOWER":
			out[i] = (size + st - 1) / st
		case x.n.Int("ceil_mode", 0) == 1:
			out[i] = (size+pad-extent+st-1)/st + 1
			if (out[i]-1)*st >= size+pad/2 { // a window may not begin in the padding at the end
				out[i]--
			}
		default:
			out[i] = (size+pad-extent)/st + 1
		}
		if size+pad < extent && auto == "" {
			return nil
		}
	}
	return out
}

func (x *site) conv() []int64 {
	if len(x.in) < 2 || len(x.in[0]) < 3 || len(x.in[1]) != len(x.in[0]) {
		return nil
	}
	in, w := x.in[0], x.in[1]
	spatial := x.window(w[2:])
	if group := x.n.Int("group", 1); spatial == nil || group < 1 || group > maxSize || w[1] > maxSize || in[1] != w[1]*group {
		return nil
	}
	out := append([]int64{in[0], w[0]}, spatial...)
	x.count(slices.Concat(out, w[1:])...)
	return out
}

func (x *site) pool() []int64 {
	if len(x.in[0]) < 3 {
		return nil
	}
	spatial := x.window(x.n.Ints("kernel_shape"))
	if spatial == nil {
		return nil
	}
	return append(slices.Clone(x.in[0][:2]), spatial...)
}

func (x *site) globalPool() []int64 {
	if len(x.in[0]) < 2 {
		return nil
	}
	out := slices.Clone(x.in[0])
	for i := range out[2:] {
		out[2+i] = 1
	}
	return out
}

func (x *site) gemm() []int64 {
	if len(x.in) < 2 || len(x.in[0]) != 2 || len(x.in[1]) != 2 {
		return nil
	}
	a, b := slices.Clone(x.in[0]), slices.Clone(x.in[1])
	if x.n.Int("transA", 0) != 0 {
		slices.Reverse(a)
	}
	if x.n.Int("transB", 0) != 0 {
		slices.Reverse(b)
	}
	if a[1] != b[0] {
		return nil
	}
	x.count(a[0], a[1], b[1])
	return []int64{a[0], b[1]}
}

func (x *site) matMul() []int64 {
	if len(x.in) != 2 || len(x.in[0]) < 2 || len(x.in[1]) < 2 {
		return nil
	}
	a, b := x.in[0], x.in[1]
	m, k, n := a[len(a)-2], a[len(a)-1], b[len(b)-1]
	front := broadcast(a[:len(a)-2], b[:len(b)-2])
	if k != b[len(b)-2] || front == nil && len(a)+len(b) > 4 {
		return nil
	}
	out := append(front, m, n)
	x.count(product(out), k)
	return out
}
