// Package crosscheck reads a model a second time, with onnx-go, and compares
// that reading with graft's own. Call onnx.Inspect first, then [Check].
package crosscheck

import (
	"fmt"
	"slices"

	onnxgo "github.com/owulveryck/onnx-go"
	"gonum.org/v1/gonum/graph/simple"

	"graft/onnx"
)

// SecondReading is what onnx-go, an independent reader, finds in the same
// file, and where it disagrees.
type SecondReading struct {
	Operators int   `json:"operators"`
	Edges     int   `json:"edges"`    // between values, in the gonum graph
	Weights   int   `json:"weights"`  // constants
	Elements  int64 `json:"elements"` // of all of them
	// Problems: cycles, nodes that reach no output, counts that differ.
	Problems []string `json:"problems"`
	// WeightsUnread says why only the graph was compared: onnx-go knows no
	// float16, for one.
	WeightsUnread string `json:"weights_unread"`
	// Unread says why onnx-go could not read the file at all.
	Unread string `json:"unread"`
}

// String says how the two readings compare, in one line.
func (r SecondReading) String() string {
	switch {
	case r.Unread != "":
		return "not possible: " + r.Unread
	case len(r.Problems) > 0:
		return fmt.Sprintf("disagrees: %s", r.Problems[0])
	case r.WeightsUnread != "":
		return fmt.Sprintf("the graph agrees (%d operators); its weights could not be compared: %s", r.Operators, r.WeightsUnread)
	}
	return fmt.Sprintf("agrees (%d operators, %d weights, acyclic, every node reaches an output)", r.Operators, r.Weights)
}

// Check reads the model in file with onnx-go into a gonum graph, checks that
// graph, and compares it with own, which onnx.Inspect returned for the same
// file.
func Check(file []byte, own *onnx.Inspection) (r SecondReading) {
	if len(own.External) > 0 {
		return SecondReading{Unread: "its weights are in other files", Problems: []string{}}
	}
	m, err := onnx.Decode(file)
	if err != nil {
		return SecondReading{Unread: err.Error(), Problems: []string{}}
	}
	r.WeightsUnread = unreadableWeights(m.Graph)
	var g *valueGraph
	var model *onnxgo.Model
	if r.WeightsUnread == "" {
		if g, model, err = read(file, weightNodes); err != nil {
			r.WeightsUnread = err.Error()
		}
	}
	if r.WeightsUnread != "" {
		g, model, err = read(file, valueNodes)
	}
	if err != nil {
		return SecondReading{Unread: err.Error(), Problems: []string{}}
	}
	r.Operators, r.Edges = len(g.operators), g.Edges().Len()
	r.Problems = slices.Concat([]string{}, g.check(model), g.compare(own.Operators))
	if r.WeightsUnread == "" {
		r.Weights, r.Elements = g.weights(model)
		r.Problems = append(r.Problems, r.compareWeights(len(m.Graph.Initializers), own.Parameters)...)
	}
	return r
}

// read runs onnx-go over the file with the given kind of nodes. It panics on
// some files it does not know; that becomes an error.
func read(file []byte, kind nodeKind) (g *valueGraph, m *onnxgo.Model, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("onnx-go gave up: %v", p)
		}
	}()
	g = &valueGraph{WeightedDirectedGraph: simple.NewWeightedDirectedGraph(0, 0), kind: kind}
	m = onnxgo.NewModel(g)
	if err := m.UnmarshalBinary(file); err != nil {
		return nil, nil, fmt.Errorf("onnx-go: %w", err)
	}
	return g, m, nil
}

// maxValue is the number of elements up to which onnx-go, which allocates
// every value that has a shape, may do so.
const maxValue = 1 << 28

// unreadableWeights names the first tensor or value that onnx-go v0.5.0 has no
// type for, or that it would allocate too much memory for.
func unreadableWeights(g *onnx.Graph) string {
	for _, t := range g.Initializers {
		switch t.Type {
		case onnx.Float32, onnx.Float64, onnx.Int32, onnx.Int64:
		default:
			return fmt.Sprintf("onnx-go does not read constants of type %s, such as %q", t.Type, t.Name)
		}
	}
	for _, list := range [][]*onnx.Value{g.Inputs, g.Outputs, g.Values} {
		for _, v := range list {
			if tooLarge(v.Dims) {
				return fmt.Sprintf("onnx-go would allocate %q, %s", v.Name, v)
			}
			if v.Type == onnx.Float16 || v.Type > onnx.Float64 {
				return fmt.Sprintf("onnx-go does not read values of type %s, such as %q", v.Type, v.Name)
			}
		}
	}
	return ""
}

// tooLarge reports whether a value has more than maxValue elements, where an
// open dimension, or one of size 0, counts as 1.
func tooLarge(dims []onnx.Dim) bool {
	size := int64(1)
	for _, d := range dims {
		n := max(d.Size, 1)
		if n > maxValue/size {
			return true
		}
		size *= n
	}
	return false
}

// compareWeights compares the constants with those of graft's own reader.
func (r SecondReading) compareWeights(constants int, elements int64) (problems []string) {
	if r.Weights != constants {
		problems = append(problems, fmt.Sprintf("onnx-go finds %d constants, graft %d", r.Weights, constants))
	}
	if r.Elements != elements {
		problems = append(problems, fmt.Sprintf("onnx-go finds %d parameters, graft %d", r.Elements, elements))
	}
	return problems
}
