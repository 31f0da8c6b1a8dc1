package precision

import (
	"slices"

	"graft/onnx"
)

// halfOps are the operators that have a float16 form in every opset, with all
// their floating-point inputs of that type. Others stay float32, between casts.
var halfOps = []string{
	"Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum", "Attention", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Gelu", "Mish", "Sigmoid", "HardSigmoid", "HardSwish",
	"Softplus", "Softsign", "Tanh", "Softmax", "LogSoftmax", "Clip", "Erf", "Sqrt", "Exp", "Log", "Sin", "Cos", "Reciprocal", "Neg", "Abs", "Sign", "Ceil", "Floor", "Round",
	"Add", "Sub", "Mul", "Div", "Pow", "Mod", "Max", "Min", "Sum", "Mean", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Where",
	"Concat", "Split", "Slice", "Pad", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Tile", "Gather", "GatherElements", "GatherND", "ScatterND", "ScatterElements",
	"DepthToSpace", "SpaceToDepth", "Resize", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Identity", "Dropout", "Shape", "Size", "Cast", "ConstantOfShape", "Trilu",
	"ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ArgMax", "ArgMin",
	"BatchNormalization", "InstanceNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization", "LpNormalization", "LRN",
}

// halfMost is where values begin to round to infinity in float16.
const halfMost = 65520

// Half returns a copy of a trunk in float32 whose weights and arithmetic are
// float16. Its input stays uint8 pixels, its outputs float32. Operators that have
// no float16 form stay float32, and so do those with a weight outside its range
// and those that compute or take one of the wide values, which a run has shown to
// be outside; kept lists them. Arithmetic on shapes is left alone.
func Half(trunk *onnx.Model, wide ...string) (half *onnx.Model, kept []string, err error) {
	m, err := prepared(trunk)
	if err != nil {
		return nil, nil, err
	}
	g := m.Graph
	h := newHalver(g, wide)
	if err := h.decide(); err != nil {
		return nil, nil, err
	}
	if err := h.rewrite(); err != nil {
		return nil, nil, err
	}
	h.castOutputs()
	g.Values = nil
	g.Prune()
	return m, h.kept, nil
}

// prepared is a copy of a trunk whose graph is that of Half, in float32.
func prepared(trunk *onnx.Model) (*onnx.Model, error) {
	if _, err := check(trunk); err != nil {
		return nil, err
	}
	m := trunk.Clone()
	if err := simplify(m.Graph); err != nil {
		return nil, err
	}
	return m, scaleFirst(m.Graph)
}

// pixelScale brings pixels to a range in which the first weights, which are
// small where the pixels' normalisation is folded into them, use all bits of
// float16. It is a power of two, so that nothing is rounded.
const pixelScale = 128

// scaleFirst divides raw pixels by pixelScale before the convolutions that
// take them, and multiplies the weights of those with it.
func scaleFirst(g *onnx.Graph) error {
	in, known := preprocessingOf(g), constantsOf(g)
	if in.nodes == nil || !in.isIdentity() || !in.feedsConvolutions(known) {
		return nil
	}
	last := in.nodes[len(in.nodes)-1]
	if last.Op != "Cast" {
		return nil
	}
	names := namerOf(g)
	scaled := names.fresh(in.output + ".scaled")
	factor := onnx.NewFloats(names.fresh("pixels.factor"), nil, []float32{1.0 / pixelScale})
	g.Initializers = append(g.Initializers, factor)
	for _, conv := range in.consumers {
		t := known[conv.Inputs[1]]
		data, err := t.Floats()
		if err != nil {
			return err
		}
		for i := range data {
			data[i] *= pixelScale
		}
		w := onnx.NewFloats(names.fresh(t.Name+".scaled"), t.Dims, data)
		g.Initializers = append(g.Initializers, w)
		conv.Inputs[0], conv.Inputs[1] = scaled, w.Name
	}
	node := &onnx.Node{Op: "Mul", Name: scaled, Inputs: []string{in.output, factor.Name}, Outputs: []string{scaled}}
	g.Nodes = slices.Insert(g.Nodes, slices.Index(g.Nodes, last)+1, node)
	g.Prune()
	return nil
}
