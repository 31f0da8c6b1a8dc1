package precision

import (
	"fmt"
	"math"
	"slices"

	"graft/onnx"
)

// halfOps are the operators that have a float16 form in every opset, with all
// their floating-point inputs of that type.
var halfOps = []string{
	"Conv", "Gemm", "MatMul", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softmax", "Clip", "Erf", "Sqrt",
	"Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Concat", "Split", "Slice", "Pad", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze",
	"MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax", "ReduceSum", "Identity", "Dropout", "Shape", "Gather", "Cast",
	"BatchNormalization", "InstanceNormalization", "LayerNormalization", "LRN",
}

// Half returns a copy of a trunk in float32 whose weights and arithmetic are
// float16. Its input stays uint8 pixels, its outputs float32. A weight outside
// the range of float16, and an operator that has no float16 form, are errors
// that name it.
func Half(trunk *onnx.Model) (*onnx.Model, error) {
	m, err := prepared(trunk)
	if err != nil {
		return nil, err
	}
	g := m.Graph
	for _, n := range g.Nodes {
		if !slices.Contains(halfOps, n.Op) || n.Domain != "" && n.Domain != "ai.onnx" {
			return nil, fmt.Errorf("operator %s (%q) does not compute in float16", n.Op, n.Name)
		}
		if n.Op == "Cast" && onnx.DataType(n.Int("to", 0)) == onnx.Float32 {
			if err := n.Set("to", int64(onnx.Float16)); err != nil {
				return nil, err
			}
		}
	}
	if err := halveWeights(g); err != nil {
		return nil, err
	}
	castOutputs(g)
	g.Values = nil
	return m, nil
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

// halveWeights rounds every float32 constant to float16.
func halveWeights(g *onnx.Graph) error {
	for i, t := range g.Initializers {
		if t.Type != onnx.Float32 {
			continue
		}
		data, err := t.Floats()
		if err != nil {
			return err
		}
		for _, v := range data {
			if math.Abs(float64(v)) >= HalfLimit {
				return fmt.Errorf("weight %q holds %g, and float16 ends at 65504", t.Name, v)
			}
		}
		g.Initializers[i] = onnx.NewFloat16s(t.Name, t.Dims, data)
	}
	return nil
}

// castOutputs casts every output back to float32.
func castOutputs(g *onnx.Graph) {
	names := namerOf(g)
	inner := map[string]string{}
	for _, v := range g.Outputs {
		inner[v.Name] = names.fresh(v.Name + ".half")
	}
	for _, n := range g.Nodes {
		for _, list := range [][]string{n.Inputs, n.Outputs} {
			for i, name := range list {
				if to := inner[name]; to != "" {
					list[i] = to
				}
			}
		}
	}
	for _, v := range g.Outputs {
		cast := &onnx.Node{Op: "Cast", Name: names.fresh(v.Name + ".cast"), Inputs: []string{inner[v.Name]}, Outputs: []string{v.Name}}
		cast.Attributes = []*onnx.Attribute{{Name: "to", Value: int64(onnx.Float32)}}
		g.Nodes = append(g.Nodes, cast)
	}
}
