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

// valueGraph is an onnx-go backend: a gonum graph whose nodes are values and
// whose edges lead from a result to what it is computed from.
type valueGraph struct {
	*simple.WeightedDirectedGraph
	operators []onnxgo.Operation
	results   [][]graph.Node // of each operator
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
	g.operators, g.results = append(g.operators, o), append(g.results, results)
	for _, n := range results {
		base(n).computed = true
	}
	return nil
}

// check finds cycles and operators that no output needs. Of an operator with
// several results, such as BatchNormalization in its form for training, one is
// enough.
func (g *valueGraph) check(m *onnxgo.Model) (problems []string) {
	if _, err := topo.Sort(g); err != nil {
		problems = append(problems, fmt.Sprintf("the graph has a cycle: %v", err))
	}
	var walk traverse.BreadthFirst
	for _, id := range m.Output {
		walk.Walk(g, g.Node(id), nil)
	}
	for _, results := range g.results {
		if len(results) > 0 && !slices.ContainsFunc(results, walk.Visited) {
			problems = append(problems, fmt.Sprintf("value %q reaches no output", base(results[0]).name))
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
