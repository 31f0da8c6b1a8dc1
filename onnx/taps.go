package onnx

import (
	"fmt"
	"slices"
)

// A Block is a value between the blocks of a trunk: what a residual sum or a
// concatenation of branches gives.
type Block struct {
	Value  string
	Number int     // from 1
	Of     int     // blocks
	Dims   []int64 // for one image: a sequence of tokens n×t×d, or a map
	Pools  []string
}

// NewTap is a tap that is to be added to a trunk.
type NewTap struct {
	Name  string // of the tap; "": Value and Pool
	Value string // of the trunk's graph
	Pool  string // as in ImportOptions
}

// Blocks finds the blocks of a trunk, in order of depth: of a transformer every
// one, of a convolutional network the last of each size of its maps and those in
// between, at most most in all, evenly spread. Each can be pooled as its Pools
// say.
func Blocks(m *Model, most int) ([]Block, error) {
	t, err := DescribeTrunk(m)
	if err != nil {
		return nil, err
	}
	i := tapping(m, t)
	f := &blockFinder{g: i.m.Graph, shapes: i.shapes, makers: i.m.Graph.makers(), constant: i.m.Graph.constants(), layouts: i.layouts, stream: map[string]bool{}}
	values := f.find()
	var blocks []Block
	for _, name := range values {
		b := Block{Value: name, Dims: i.shapes.dims[name]}
		for _, pool := range []string{PoolPatches, PoolClass, PoolMean} {
			i.o.Pool = pool
			src, err := i.source(name)
			twice := pool == PoolMean && (len(b.Pools) > 0 || err == nil && len(src.dims) == 2)
			if err == nil && !twice {
				b.Pools = append(b.Pools, pool)
			}
		}
		if len(b.Pools) > 0 {
			blocks = append(blocks, b)
		}
	}
	for k := range blocks {
		blocks[k].Number, blocks[k].Of = k+1, len(blocks)
	}
	if n := len(blocks); most > 0 && n > most {
		taken := make([]Block, 0, most)
		for k := range most {
			taken = append(taken, blocks[(k+1)*n/most-1])
		}
		blocks = taken
	}
	return blocks, nil
}

// tapping is an importer of a trunk that only gets further taps.
func tapping(m *Model, t Trunk) *importer {
	i := &importer{o: ImportOptions{Crop: t.Crop, Layout: NHWC}, m: m.Clone()}
	i.input = i.m.Graph.RealInputs()[0]
	i.batch = i.input.Dims[0]
	i.shapes = i.inferred(1, int64(t.Crop))
	i.layouts = i.m.Graph.layouts(i.shapes)
	return i
}

// AddTaps returns a trunk with further taps: values of its graph, pooled. The
// trunk m is not changed, but weights are shared.
func AddTaps(m *Model, taps []NewTap) (*Model, error) {
	t, err := DescribeTrunk(m)
	if err != nil {
		return nil, err
	}
	i := tapping(m, t)
	g := i.m.Graph
	for _, tap := range taps {
		if tap.Name == "" {
			if tap.Name = tap.Value; tap.Pool != "" {
				tap.Name += "." + tap.Pool
			}
		}
		if g.names()[tap.Name] || tap.Name == Pixels || t.Dim(tap.Name) > 0 {
			return nil, fmt.Errorf("tap %q: the name is taken", tap.Name)
		}
		if tap.Pool != "" {
			if err := CheckPool(tap.Pool); err != nil {
				return nil, err
			}
		}
		i.o.Pool = tap.Pool
		src, err := i.source(tap.Value)
		if err != nil {
			return nil, fmt.Errorf("tap %q: %w", tap.Name, err)
		}
		src.tap = tap.Name
		g.Nodes = append(g.Nodes, i.pooled(src)...)
		g.Outputs = append(g.Outputs, &Value{Name: tap.Name, Type: Float32, Dims: []Dim{i.batch, {Size: src.width}}})
		t.Taps = append(t.Taps, Tap{Name: tap.Name, Dim: int(src.width), Pool: src.pool, Value: tap.Value})
	}
	t.Describe(i.m)
	if _, err := DescribeTrunk(i.m); err != nil {
		return nil, err
	}
	return i.m, nil
}

// A blockFinder finds the ends of blocks.
type blockFinder struct {
	g        *Graph
	shapes   *shapes
	makers   map[string]*Node
	constant map[string]bool
	layouts  map[string]string
	stream   map[string]bool // residual sums
}

// find lists the ends of blocks in order.
func (f *blockFinder) find() (values []string) {
	takers := map[string][]*Node{}
	for _, n := range f.g.Nodes {
		for _, in := range n.Inputs {
			takers[in] = append(takers[in], n)
		}
	}
	attends := slices.ContainsFunc(f.g.Nodes, func(n *Node) bool { return n.Op == "Softmax" || n.Op == "Attention" })
	for _, n := range f.g.Nodes {
		if len(n.Outputs) == 0 {
			continue
		}
		out := n.Outputs[0]
		dims := f.shapes.dims[out]
		if len(dims) != 3 && len(dims) != 4 || f.constant[out] {
			continue
		}
		residual := n.Op == "Add" && f.residual(n)
		joint := n.Op == "Concat" && len(dims) == 4 && n.Int("axis", 0) == 1 && len(n.Inputs) > 1 && f.layouts[out] == NCHW
		switch {
		case residual && attends && f.branchAttends(n):
			f.stream[out] = true // the middle of a transformer's block
		case residual || joint:
			f.stream[out] = true
			if next := takers[out]; len(next) == 1 && next[0].Op == "Relu" {
				out = next[0].Outputs[0]
				f.stream[out] = true
			}
			values = append(values, out)
		}
	}
	return values
}

// residual reports whether a sum adds a branch to what the branch was computed
// of.
func (f *blockFinder) residual(n *Node) bool {
	if len(n.Inputs) != 2 || f.constant[n.Inputs[0]] || f.constant[n.Inputs[1]] {
		return false
	}
	if !slices.Equal(f.shapes.dims[n.Inputs[0]], f.shapes.dims[n.Inputs[1]]) {
		return false
	}
	return f.comesOf(n.Inputs[0], n.Inputs[1]) || f.comesOf(n.Inputs[1], n.Inputs[0]) || f.makers[n.Inputs[0]] != nil && f.makers[n.Inputs[1]] != nil &&
		f.makers[n.Inputs[0]].Op == "Conv" && f.makers[n.Inputs[1]].Op == "Conv" // with a projection beside
}

// maxBranch bounds the nodes of a branch.
const maxBranch = 200

// comesOf reports whether a value is computed of another one, nearby.
func (f *blockFinder) comesOf(value, of string) bool {
	found := false
	f.branch(value, func(name string) bool {
		found = found || name == of
		return !found
	})
	return found
}

// branchAttends reports whether one of the branches of a sum has a softmax before
// the last residual sum.
func (f *blockFinder) branchAttends(n *Node) bool {
	found := false
	for _, in := range n.Inputs {
		if f.stream[in] {
			continue
		}
		f.branch(in, func(name string) bool {
			m := f.makers[name]
			found = found || m != nil && (m.Op == "Softmax" || m.Op == "Attention")
			return !found && !f.stream[name]
		})
	}
	return found
}

// branch visits the values that a value is computed of, nearest first, as long
// as visit says so.
func (f *blockFinder) branch(value string, visit func(name string) bool) {
	queue, seen := []string{value}, map[string]bool{}
	for steps := 0; len(queue) > 0 && steps < maxBranch; steps++ {
		name := queue[0]
		queue = queue[1:]
		if seen[name] || f.constant[name] {
			continue
		}
		seen[name] = true
		if !visit(name) {
			continue
		}
		if n := f.makers[name]; n != nil {
			queue = append(queue, n.Inputs...)
		}
	}
}
