// Package crosscheck reads a model a second time, with onnx-go, and compares
// that reading with graft's own. Call onnx.Inspect first, then [Check].
package crosscheck

import (
	"fmt"
	"slices"

	onnxgo "github.com/owulveryck/onnx-go"
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
	"gonum.org/v1/gonum/graph/traverse"
	"gorgonia.org/tensor"

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

// valueGraph is an onnx-go backend: a gonum graph whose nodes are values and
// whose edges lead from a result to what it is computed from.
type valueGraph struct {
	*simple.WeightedDirectedGraph
	operators []onnxgo.Operation
	kind      nodeKind
}

// nodeKind is what onnx-go is given for a value.
type nodeKind int

const (
	valueNodes  nodeKind = iota // the graph is read
	weightNodes                 // the graph and the tensors are read
)

// valueNode is a value; weightNode one that takes its tensor, too.
type valueNode struct {
	id       int64
	name     string
	computed bool
}

type weightNode struct {
	valueNode
	tensor tensor.Tensor
}

var (
	_ onnxgo.Backend     = (*valueGraph)(nil)
	_ onnxgo.DataCarrier = (*weightNode)(nil)
)

func (n *valueNode) ID() int64                 { return n.id }
func (n *valueNode) SetName(name string)       { n.name = name }
func (n *valueNode) GetName() string           { return n.name }
func (n *valueNode) base() *valueNode          { return n }
func (n *weightNode) GetTensor() tensor.Tensor { return n.tensor }
func (n *weightNode) SetTensor(t tensor.Tensor) error {
	n.tensor = t
	return nil
}

func base(n graph.Node) *valueNode { return n.(interface{ base() *valueNode }).base() }

// NewNode is called by onnx-go for every value.
func (g *valueGraph) NewNode() graph.Node {
	n := valueNode{id: g.WeightedDirectedGraph.NewNode().ID()}
	if g.kind == weightNodes {
		return &weightNode{valueNode: n}
	}
	return &n
}

// ApplyOperation is called by onnx-go for every node of the model.
func (g *valueGraph) ApplyOperation(o onnxgo.Operation, results ...graph.Node) error {
	g.operators = append(g.operators, o)
	for _, n := range results {
		base(n).computed = true
	}
	return nil
}

// check finds cycles and values that no output needs.
func (g *valueGraph) check(m *onnxgo.Model) (problems []string) {
	if _, err := topo.Sort(g); err != nil {
		problems = append(problems, fmt.Sprintf("the graph has a cycle: %v", err))
	}
	var walk traverse.BreadthFirst
	for _, id := range m.Output {
		walk.Walk(g, g.Node(id), nil)
	}
	for it := g.Nodes(); it.Next(); {
		if n := base(it.Node()); n.computed && !walk.Visited(it.Node()) {
			problems = append(problems, fmt.Sprintf("value %q reaches no output", n.name))
		}
	}
	return problems
}

// compare compares the operators with those that graft's own reader counted.
func (g *valueGraph) compare(own []onnx.OperatorCount) (problems []string) {
	counts := map[string]int{}
	for _, o := range g.operators {
		counts[o.Name]++
	}
	for _, c := range own {
		if counts[c.Operator] != c.Count {
			problems = append(problems, fmt.Sprintf("onnx-go counts %d of operator %s, graft %d", counts[c.Operator], c.Operator, c.Count))
		}
		delete(counts, c.Operator)
	}
	for op, n := range counts {
		problems = append(problems, fmt.Sprintf("onnx-go counts %d of operator %s, graft 0", n, op))
	}
	return problems
}

// weights counts the constants that onnx-go read and their elements.
func (g *valueGraph) weights(m *onnxgo.Model) (n int, elements int64) {
	given := map[int64]bool{}
	for _, id := range m.Input {
		given[id] = true
	}
	for it := g.Nodes(); it.Next(); {
		w, ok := it.Node().(*weightNode)
		if ok && w.tensor != nil && !w.computed && !given[w.id] {
			n++
			size := w.tensor.Shape().TotalSize()
			if w.tensor.Shape().IsScalar() { // whose TotalSize is 0
				size = 1
			}
			elements += int64(size)
		}
	}
	return n, elements
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
