package precision

import (
	"fmt"

	"graft/onnx"
)

// HalfLimit is what becomes infinite in float16; the largest number that it holds
// is 65504.
const HalfLimit = 65520

// Magnitudes returns a model that computes a trunk in float32 and gives, for
// every value that [Half] would hold in float16, the largest magnitude in it: an
// output 1×1 for one image. names are those of the values.
//
// Running the float16 model does not tell: a CPU computes most of its operators
// in float32, and what overflows on a GPU comes out finite.
func Magnitudes(trunk *onnx.Model) (m *onnx.Model, names []string, err error) {
	if m, err = prepared(trunk); err != nil {
		return nil, nil, err
	}
	g := m.Graph
	fresh := namerOf(g)
	g.Outputs = nil
	for _, name := range floatValues(g) {
		out := fresh.fresh(fmt.Sprintf("magnitude%d", len(names)))
		chain := name
		for _, op := range []string{"Abs", "Flatten", "ReduceMax"} { // over all axes
			to := out
			if op != "ReduceMax" {
				to = fresh.fresh(out + "." + op)
			}
			node := &onnx.Node{Op: op, Name: to, Inputs: []string{chain}, Outputs: []string{to}}
			if op == "Flatten" {
				node.Attributes = []*onnx.Attribute{{Name: "axis", Value: int64(0)}}
			}
			g.Nodes, chain = append(g.Nodes, node), to
		}
		names = append(names, name)
		g.Outputs = append(g.Outputs, &onnx.Value{Name: out, Type: onnx.Float32, Dims: []onnx.Dim{{Size: 1}, {Size: 1}}})
	}
	g.Values = nil
	return m, names, nil
}

// floatValues are the results of the nodes that compute in floating point, in
// order.
func floatValues(g *onnx.Graph) (names []string) {
	float := map[string]bool{}
	for _, t := range g.Initializers {
		float[t.Name] = isFloat(t.Type)
	}
	for _, n := range g.Nodes {
		is := len(n.Inputs) > 0 && float[n.Inputs[0]] && n.Op != "Shape"
		if n.Op == "Cast" {
			is = isFloat(onnx.DataType(n.Int("to", 0)))
		}
		for i, out := range n.Outputs {
			if i > 0 && n.Op != "Split" { // the places of maxima, a mask
				break
			}
			if float[out] = is; is {
				names = append(names, out)
			}
		}
	}
	return names
}
