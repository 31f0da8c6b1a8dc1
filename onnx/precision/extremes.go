package precision

import (
	"fmt"

	"graft/onnx"
)

// Extremes returns a model whose output features, 1×k, is the largest absolute
// values of a trunk's values between its operators, for one image, and the names
// of these. It says what float16 cannot hold. Running the float16 model does not:
// a CPU computes most of its operators in float32, and what overflows on a GPU
// comes out finite.
func Extremes(trunk *onnx.Model) (*onnx.Model, []string, error) {
	m, err := prepared(trunk)
	if err != nil {
		return nil, nil, err
	}
	g := m.Graph
	h := newHalver(g, nil)
	var names, rows []string
	add := func(op, out string, in ...string) string {
		out = h.names.fresh(out)
		g.Nodes = append(g.Nodes, &onnx.Node{Op: op, Name: out, Inputs: in, Outputs: []string{out}})
		return out
	}
	shape := onnx.NewInt64s(h.names.fresh("one.by.one"), []int64{2}, []int64{1, 1})
	g.Initializers = append(g.Initializers, shape)
	for _, n := range g.Nodes {
		for _, out := range n.Outputs {
			if t := h.types[out]; t != onnx.Float32 || out == "" {
				continue
			}
			names = append(names, out)
			most := add("ReduceMax", out+".most", add("Abs", out+".abs", out))
			g.Nodes[len(g.Nodes)-1].Attributes = []*onnx.Attribute{{Name: "keepdims", Value: int64(0)}}
			rows = append(rows, add("Reshape", out+".row", most, shape.Name))
		}
	}
	if len(rows) == 0 {
		return nil, nil, fmt.Errorf("it computes nothing in float32")
	}
	g.Rename(func(name string) string {
		if g.Output(name) != nil {
			return name + ".of.trunk"
		}
		return name
	})
	g.Nodes = append(g.Nodes, &onnx.Node{Op: "Concat", Name: h.names.fresh(onnx.Features), Inputs: rows, Outputs: []string{onnx.Features},
		Attributes: []*onnx.Attribute{{Name: "axis", Value: int64(1)}}})
	g.Outputs = []*onnx.Value{{Name: onnx.Features, Type: onnx.Float32, Dims: []onnx.Dim{{Size: 1}, {Size: int64(len(rows))}}}}
	g.Values = nil
	return m, names, nil
}

// TooWide lists the values whose largest absolute value, as a run of Extremes
// gave them, leaves float16 no room of a factor of two.
func TooWide(names []string, most []float32) (wide []string) {
	for i, name := range names {
		if !(float64(most[i]) < halfMost/2) {
			wide = append(wide, name)
		}
	}
	return wide
}

// Vanishing lists the values that are not zero and lose bits in float16, since
// even the largest is near its smallest numbers.
func Vanishing(names []string, most []float32) (small []string) {
	for i, name := range names {
		if v := most[i]; v > 0 && v < 1e-3 {
			small = append(small, name)
		}
	}
	return small
}
