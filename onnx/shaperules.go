package onnx

import (
	"math/bits"
	"slices"
)

// shapedNode is one node with the shapes of its inputs.
type shapedNode struct {
	s  *shapes
	n  *Node
	in [][]int64 // nil: not known
}

// shapeRule computes the shape of a node's first output, nil if it cannot.
type shapeRule struct {
	apply      func(*shapedNode) []int64
	all        bool // needs the shapes of all inputs, not only of the first
	multiplies bool // counts multiply-adds
	fits       bool // that there is no shape means that those of the inputs do not go together
}

var (
	elementwise  = shapeRule{apply: (*shapedNode).same}
	broadcasting = shapeRule{apply: (*shapedNode).broadcast, all: true, fits: true}
	pooling      = shapeRule{apply: (*shapedNode).pool}
	globalPool   = shapeRule{apply: (*shapedNode).globalPool}
	reduction    = shapeRule{apply: (*shapedNode).reduce}
)

// shapeRules are the operators of image networks; ONNX operator
// specification, https://onnx.ai/onnx/operators/, opset 13 and those around it.
var shapeRules = map[string]shapeRule{
	"Relu": elementwise, "LeakyRelu": elementwise, "Elu": elementwise, "Selu": elementwise, "Celu": elementwise, "Gelu": elementwise, "Mish": elementwise,
	"Sigmoid": elementwise, "HardSigmoid": elementwise, "HardSwish": elementwise, "Swish": elementwise, "Softplus": elementwise, "Softsign": elementwise,
	"Tanh": elementwise, "ThresholdedRelu": elementwise, "Clip": elementwise, "Erf": elementwise, "Sqrt": elementwise, "Exp": elementwise, "Log": elementwise,
	"Sin": elementwise, "Cos": elementwise, "Sign": elementwise, "Reciprocal": elementwise, "IsNaN": elementwise, "IsInf": elementwise,
	"Neg": elementwise, "Abs": elementwise, "Not": elementwise, "Floor": elementwise, "Ceil": elementwise, "Round": elementwise,
	"Softmax": elementwise, "LogSoftmax": elementwise, "Hardmax": elementwise, "Identity": elementwise, "Dropout": elementwise, "Cast": elementwise, "CastLike": elementwise,
	"LRN": elementwise, "LpNormalization": elementwise, "BatchNormalization": elementwise, "InstanceNormalization": elementwise, "GroupNormalization": elementwise,
	"LayerNormalization": elementwise, "RMSNormalization": elementwise, "QuantizeLinear": elementwise, "DequantizeLinear": elementwise,
	"CumSum": elementwise, "Trilu": elementwise, "ScatterND": elementwise, "ScatterElements": elementwise, "EyeLike": elementwise,

	"Add": broadcasting, "Sub": broadcasting, "Mul": broadcasting, "Div": broadcasting, "Pow": broadcasting, "Mod": broadcasting, "PRelu": broadcasting,
	"Max": broadcasting, "Min": broadcasting, "Sum": broadcasting, "Mean": broadcasting, "Equal": broadcasting, "Greater": broadcasting, "Less": broadcasting,
	"GreaterOrEqual": broadcasting, "LessOrEqual": broadcasting, "And": broadcasting, "Or": broadcasting, "Xor": broadcasting, "Where": broadcasting,

	"MaxPool": pooling, "AveragePool": pooling, "LpPool": pooling, "GlobalMaxPool": globalPool, "GlobalAveragePool": globalPool,
	"ReduceMean": reduction, "ReduceSum": reduction, "ReduceMax": reduction, "ReduceMin": reduction, "ReduceProd": reduction, "ReduceL1": reduction,
	"ReduceL2": reduction, "ReduceSumSquare": reduction, "ReduceLogSumExp": reduction,
	"ArgMax": {apply: (*shapedNode).argMax}, "ArgMin": {apply: (*shapedNode).argMax},

	"Conv":          {apply: (*shapedNode).conv, all: true, multiplies: true, fits: true},
	"ConvTranspose": {apply: (*shapedNode).convTranspose, all: true, multiplies: true},
	"Gemm":          {apply: (*shapedNode).gemm, all: true, multiplies: true, fits: true},
	"MatMul":        {apply: (*shapedNode).matMul, all: true, multiplies: true, fits: true},
	"Einsum":        {apply: (*shapedNode).einsum, all: true, multiplies: true},
	"Attention":     {apply: (*shapedNode).attention, all: true, multiplies: true},

	"Concat":          {apply: (*shapedNode).concat, all: true, fits: true},
	"Gather":          {apply: (*shapedNode).gather, all: true},
	"GatherElements":  {apply: (*shapedNode).second, all: true},
	"GatherND":        {apply: (*shapedNode).gatherND, all: true},
	"Flatten":         {apply: (*shapedNode).flatten},
	"Transpose":       {apply: (*shapedNode).transpose},
	"Reshape":         {apply: (*shapedNode).reshape, fits: true},
	"Squeeze":         {apply: (*shapedNode).squeeze},
	"Unsqueeze":       {apply: (*shapedNode).unsqueeze},
	"Slice":           {apply: (*shapedNode).slice},
	"Split":           {apply: (*shapedNode).split},
	"Expand":          {apply: (*shapedNode).expand, fits: true},
	"Tile":            {apply: (*shapedNode).tile},
	"ConstantOfShape": {apply: (*shapedNode).constantOfShape},
	"Range":           {apply: (*shapedNode).numberRange},
	"Resize":          {apply: (*shapedNode).resize},
	"Upsample":        {apply: (*shapedNode).resize},
	"DepthToSpace":    {apply: (*shapedNode).depthToSpace},
	"SpaceToDepth":    {apply: (*shapedNode).spaceToDepth},
	"Pad":             {apply: (*shapedNode).pad},
	"Shape":           {apply: (*shapedNode).shape},
	"Size":            {apply: func(*shapedNode) []int64 { return []int64{} }},
	"Constant":        {apply: (*shapedNode).constant},
	"TopK":            {apply: (*shapedNode).topK},
	"OneHot":          {apply: (*shapedNode).oneHot},
}

// microsoftRules are operators of ONNX Runtime's own, which its optimiser
// writes into models.
var microsoftRules = map[string]shapeRule{
	"Gelu": elementwise, "FastGelu": elementwise, "QuickGelu": elementwise, "BiasGelu": elementwise, "LayerNormalization": elementwise,
	"SimplifiedLayerNormalization": elementwise, "SkipLayerNormalization": elementwise,
	"FusedConv":   {apply: (*shapedNode).conv, all: true, multiplies: true, fits: true},
	"FusedGemm":   {apply: (*shapedNode).gemm, all: true, multiplies: true, fits: true},
	"FusedMatMul": {apply: (*shapedNode).fusedMatMul, all: true, multiplies: true},
}

// ruleOf finds the rule of a node's operator.
func ruleOf(n *Node) (shapeRule, bool) {
	rules := shapeRules
	switch {
	case n.Domain == "com.microsoft":
		rules = microsoftRules
	case !isStandard(n.Domain):
		rules = nil
	}
	rule, ok := rules[n.Op]
	return rule, ok
}

// same is the rule of operators whose output has the shape of their first input.
func (x *shapedNode) same() []int64 { return x.in[0] }

// axis normalises an axis, which may count from the end, to 0…rank−1; -1 if it is
// out of range.
func axis(a int64, rank int) int {
	if a < 0 {
		a += int64(rank)
	}
	if a < 0 || a >= int64(rank) {
		return -1
	}
	return int(a)
}

// product multiplies sizes; it saturates at maxSize+1.
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

// count adds multiply-adds; too many of them count as unknown.
func (x *shapedNode) count(factors ...int64) {
	if p := product(factors); p <= maxSize {
		x.s.macs += p
		weight := input(x.n, 1)
		if w := x.s.dims[weight]; x.s.fixed[weight] && len(w) > 1 && !(x.n.Op == "Conv" && w[1] == 1 && x.n.Int("group", 1) > 1) {
			x.s.layers, x.s.weights[weight] = x.s.layers+p, product(w)
		}
	} else {
		x.s.miss(x.n.Op + " is too large")
	}
}

// broadcast is the rule of elementwise operators with several inputs.
func (x *shapedNode) broadcast() []int64 {
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

// broadcast is the shape that a and b broadcast to by NumPy's rule, or nil.
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

// gemm is the rule of Gemm: A′·B′, where transA and transB transpose.
func (x *shapedNode) gemm() []int64 {
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

// matMul is the rule of MatMul of vectors, matrices or stacks of matrices.
func (x *shapedNode) matMul() []int64 {
	if len(x.in) != 2 || len(x.in[0]) < 1 || len(x.in[1]) < 1 {
		return nil
	}
	return x.matrixProduct(x.in[0], x.in[1])
}

// matrixProduct is the shape of the product of two stacks of matrices, by
// NumPy's rules of matmul.
func (x *shapedNode) matrixProduct(a, b []int64) []int64 {
	row, column := len(a) == 1, len(b) == 1
	if row {
		a = []int64{1, a[0]}
	}
	if column {
		b = []int64{b[0], 1}
	}
	m, k, n := a[len(a)-2], a[len(a)-1], b[len(b)-1]
	batch := broadcast(a[:len(a)-2], b[:len(b)-2])
	if k != b[len(b)-2] || batch == nil && len(a)+len(b) > 4 {
		return nil
	}
	x.count(product(batch), m, n, k)
	out := append([]int64{}, batch...)
	if !row {
		out = append(out, m)
	}
	if !column {
		out = append(out, n)
	}
	return out
}

// fusedMatMul is MatMul whose factors may be transposed in their last two
// dimensions.
func (x *shapedNode) fusedMatMul() []int64 {
	if len(x.in) != 2 || len(x.in[0]) < 2 || len(x.in[1]) < 2 || x.n.Int("transBatchA", 0) != 0 || x.n.Int("transBatchB", 0) != 0 {
		return nil
	}
	a, b := slices.Clone(x.in[0]), slices.Clone(x.in[1])
	if x.n.Int("transA", 0) != 0 {
		slices.Reverse(a[len(a)-2:])
	}
	if x.n.Int("transB", 0) != 0 {
		slices.Reverse(b[len(b)-2:])
	}
	return x.matrixProduct(a, b)
}
