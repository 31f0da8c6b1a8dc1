package onnx

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Candidate is a value of a foreign model that could become the features.
type Candidate struct {
	Name string `json:"name"`
	// Dims is the shape for one image, with the batch first.
	Dims []int64 `json:"dims"`
	Why  string  `json:"why"` // what speaks for it, or against it
	// Tokens: it is a sequence n×t×d, and somebody has to say how it becomes one
	// vector.
	Tokens bool `json:"tokens"`
	// Scores: it looks like class scores or probabilities; it is taken only if it
	// is named.
	Scores bool `json:"scores"`
}

// String is the name, the shape and the reason.
func (c Candidate) String() string {
	return fmt.Sprintf("%q %s: %s", c.Name, dimsText(c.Dims), c.Why)
}

// dimsText writes the shape for one image with the batch as n.
func dimsText(dims []int64) string {
	text := []string{"n"}
	for _, d := range dims[min(1, len(dims)):] {
		text = append(text, fmt.Sprint(d))
	}
	return strings.Join(text, "×")
}

// embeddings are names of outputs that hold one vector an image, best first, as
// transformers and its exporters call them.
var embeddings = []string{"image_embeds", "pooler_output"}

// isVector reports whether an image has one vector in a value of that shape: n×d,
// or the map of one pixel n×d×1×1.
func isVector(dims []int64) bool {
	return len(dims) == 2 || len(dims) == 4 && dims[2] == 1 && dims[3] == 1
}

// Candidates lists the values that could become features, best first: outputs
// that are vectors, what the last layer of a classifier takes, sequences of
// tokens and maps, and last the outputs that look like class scores. side is
// the size of the image, in pixels, where the model leaves it open; 0: 224.
func (m *Model) Candidates(side int) []Candidate {
	if side <= 0 {
		side = 224
	}
	f := newFinder(m.Graph, int64(side))
	var named, vectors, maps, scores []Candidate
	for _, v := range m.Graph.Outputs {
		dims := f.dims(v.Name)
		why, isScores := f.scores(v.Name)
		switch {
		case isVector(dims) && slices.Contains(embeddings, v.Name):
			named = append(named, Candidate{Name: v.Name, Dims: dims, Why: "an output whose name says that it is the image's vector"})
		case isScores:
			scores = append(scores, f.penultimate(v.Name)...)
			scores = append(scores, Candidate{Name: v.Name, Dims: dims, Why: why, Scores: true})
		case len(dims) == 2:
			vectors = append(vectors, Candidate{Name: v.Name, Dims: dims, Why: "an output that is one vector an image"})
		case len(dims) == 3:
			maps = append(maps, Candidate{Name: v.Name, Dims: dims, Why: "an output that is a sequence of tokens", Tokens: true})
		case len(dims) == 4:
			maps = append(maps, Candidate{Name: v.Name, Dims: dims, Why: "an output that is a map"})
		}
	}
	slices.SortStableFunc(named, func(a, b Candidate) int {
		return slices.Index(embeddings, a.Name) - slices.Index(embeddings, b.Name)
	})
	list := slices.Concat(named, vectors, maps, scores)
	slices.SortStableFunc(list, func(a, b Candidate) int { return int(truthOf(a.Scores) - truthOf(b.Scores)) })
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(c Candidate) bool {
		twice := seen[c.Name]
		seen[c.Name] = true
		return twice
	})
}

func truthOf(b bool) int64 {
	v, _ := truth(b)
	return v
}

// A finder looks for features in a graph.
type finder struct {
	g        *Graph
	s        *shapes
	makers   map[string]*Node
	constant map[string]bool // values that do not depend on an input
}

func newFinder(g *Graph, side int64) *finder {
	return &finder{g: g, s: g.inferShapes(batchOf(g, side, 1)), makers: g.makers(), constant: g.constants()}
}

// makers maps each value to the node that computes it.
func (g *Graph) makers() map[string]*Node {
	makers := map[string]*Node{}
	for _, n := range g.Nodes {
		for _, out := range n.Outputs {
			if out != "" {
				makers[out] = n
			}
		}
	}
	return makers
}

// constants are the values that no input of the graph changes.
func (g *Graph) constants() map[string]bool {
	constant := map[string]bool{"": true}
	for _, t := range g.Initializers {
		constant[t.Name] = true
	}
	for _, n := range g.Nodes {
		all := len(n.subgraphs()) == 0 && !slices.ContainsFunc(n.Inputs, func(s string) bool { return !constant[s] })
		for _, out := range n.Outputs {
			if all && out != "" {
				constant[out] = true
			}
		}
	}
	return constant
}

// dims is the shape of a value for one image, inferred or, where that is not
// possible, declared; nil if neither says the rank.
func (f *finder) dims(name string) []int64 {
	if dims, ok := f.s.dims[name]; ok {
		return dims
	}
	for _, list := range [][]*Value{f.g.Outputs, f.g.Values} {
		if v := find(list, name); v != nil && v.Dims != nil {
			dims := make([]int64, len(v.Dims))
			for i, d := range v.Dims {
				dims[i] = d.Size
			}
			return dims
		}
	}
	return nil
}

// transparent are operators after the last layer of a classifier that change
// nothing about what its outputs stand for.
var transparent = []string{"Softmax", "LogSoftmax", "Sigmoid", "Identity", "Dropout", "Cast", "Flatten", "Reshape", "Squeeze", "Clip", "Add", "Mul", "Div", "DequantizeLinear", "QuantizeLinear"}

// tail follows the graph backwards from a value to the linear layer that it
// comes from, and collects the nodes in between; nil if there is none.
func (f *finder) tail(name string) (linear *Node, between []*Node) {
	for range 16 {
		n := f.makers[name]
		switch {
		case n == nil:
			return nil, nil
		case n.Op == "Gemm" && f.constant[input(n, 1)], n.Op == "MatMul" && f.constant[input(n, 1)], n.Op == "Conv" && f.constant[input(n, 1)]:
			return n, between
		case !slices.Contains(transparent, n.Op):
			return nil, nil
		}
		between = append(between, n)
		name = input(n, 0)
		if f.constant[name] {
			name = input(n, 1)
		}
	}
	return nil, nil
}

// classCounts are the numbers of classes of public data sets that are no usual
// width of features: ImageNet-1k with and without a background class, -12k,
// -21k and -22k, Places365.
var classCounts = []int64{1000, 1001, 11821, 11221, 10450, 21841, 21842, 21843, 21844, 365}

// classNames are what outputs and weights of classifiers are called.
var classNames = regexp.MustCompile(`(?i)(^|[./_:])(logits?|probs?|probabilit(y|ies)|scores?|classes|class|predictions?|classifier)([./_:0-9]|$)`)

// vectorNames are what outputs of embeddings are called.
var vectorNames = regexp.MustCompile(`(?i)embed|pool|feature|hidden`)

// scores reports whether a value looks like class scores or probabilities, and
// why.
func (f *finder) scores(name string) (why string, ok bool) {
	linear, between := f.tail(name)
	for _, n := range between {
		if n.Op == "Softmax" || n.Op == "LogSoftmax" || n.Op == "Sigmoid" {
			return fmt.Sprintf("probabilities: a %s ends it", n.Op), true
		}
	}
	dims := f.dims(name)
	width := int64(-1)
	if len(dims) > 1 {
		width = dims[1]
	}
	switch {
	case isOp(f.makers[name], "Softmax", "LogSoftmax", "Sigmoid"):
		return fmt.Sprintf("probabilities: a %s ends it", f.makers[name].Op), true
	case len(dims) == 2 && slices.Contains(classCounts, width):
		return fmt.Sprintf("%d values, as many as a public data set has classes", width), true
	case len(dims) != 2 || linear == nil || linear.Op == "Conv" && !classNames.MatchString(name), vectorNames.MatchString(name):
		return "", false
	case classNames.MatchString(name) || classNames.MatchString(input(linear, 1)):
		return fmt.Sprintf("class scores by its name: a %s to %d values ends it", linear.Op, width), true
	case f.biased(linear, between):
		return fmt.Sprintf("class scores, it seems: a %s with a bias to %d values ends it", linear.Op, width), true
	}
	return "", false
}

// isOp reports whether a node is there and has one of some operators.
func isOp(node *Node, ops ...string) bool { return node != nil && slices.Contains(ops, node.Op) }

// biased reports whether a constant is added to a linear layer, as classifiers
// do and projections to a common space do not.
func (f *finder) biased(linear *Node, between []*Node) bool {
	if input(linear, 2) != "" {
		return true
	}
	return slices.ContainsFunc(between, func(n *Node) bool {
		return n.Op == "Add" && (f.constant[input(n, 0)] || f.constant[input(n, 1)])
	})
}

// penultimate is what the last linear layer before class scores takes, and the
// map or the sequence of tokens that this was made of.
func (f *finder) penultimate(name string) (list []Candidate) {
	linear, _ := f.tail(name)
	if linear == nil {
		linear = f.linearBefore(name)
	}
	if linear == nil {
		return nil
	}
	before := f.beforeHead(linear.Inputs[0])
	if dims := f.dims(before); len(dims) > 1 && !f.constant[before] && f.makers[before] != nil {
		c := Candidate{Name: before, Dims: dims, Why: fmt.Sprintf("what the last %s takes", linear.Op), Tokens: len(dims) == 3}
		list = append(list, c)
	}
	for range 8 {
		node := f.makers[before]
		if node == nil || len(node.Inputs) == 0 {
			break
		}
		before = node.Inputs[0]
		dims := f.dims(before)
		if f.makers[before] != nil && (len(dims) == 4 && dims[2] > 1 || len(dims) == 3 && dims[1] > 1) {
			what := "the map before it"
			if len(dims) == 3 {
				what = "the sequence of tokens before it"
			}
			return append(list, Candidate{Name: before, Dims: dims, Why: what, Tokens: len(dims) == 3})
		}
	}
	return list
}

// beforeHead skips what stands before a classifier's linear layer and belongs
// to it: dropout, and the normalisation of a vector. A graph may have a circle,
// so the way has an end.
func (f *finder) beforeHead(name string) string {
	for range 16 {
		if !isOp(f.makers[name], "Dropout", "Identity") && !(isOp(f.makers[name], "BatchNormalization") && len(f.dims(name)) == 2) {
			break
		}
		name = f.makers[name].Inputs[0]
	}
	return name
}

// linearBefore is the linear layer nearest before a value, on the way through
// first inputs.
func (f *finder) linearBefore(name string) *Node {
	for range 16 {
		node := f.makers[name]
		switch {
		case node == nil || len(node.Inputs) == 0:
			return nil
		case isOp(node, "Gemm", "MatMul", "Conv") && f.constant[input(node, 1)]:
			return node
		}
		name = node.Inputs[0]
		if f.constant[name] {
			name = input(node, 1)
		}
	}
	return nil
}
