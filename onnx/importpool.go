package onnx

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Pools are the parts of which ImportOptions.Pool is made, joined by "+".
const (
	PoolClass   = "cls"          // the first token
	PoolMean    = "mean"         // of all tokens, or of a map's rows and columns
	PoolPatches = "mean-patches" // of the tokens that stand for a patch: without class token and registers
	PoolMax     = "max"          // of all tokens, or of a map's rows and columns
	PoolGrid    = "grid2"        // the means of the 2×2 quarters of a map
)

// CheckPool refuses what is no pool, or one of parts that occur twice.
func CheckPool(pool string) error {
	parts := strings.Split(pool, "+")
	for i, p := range parts {
		if !slices.Contains([]string{PoolClass, PoolMean, PoolPatches, PoolMax, PoolGrid}, p) || slices.Contains(parts[:i], p) {
			return fmt.Errorf("pool %q; known are cls, mean, mean-patches, max, grid2, and several joined by +", pool)
		}
	}
	return nil
}

// A PoolError says that a sequence of tokens or a map cannot become one vector
// without somebody saying how, or not in the way that was asked for.
type PoolError struct {
	Value  string
	Dims   []int64 // for one image
	Reason string
	// Missing: nothing was asked for.
	Missing bool
}

// Error names the value and its shape.
func (e *PoolError) Error() string {
	return fmt.Sprintf("%q is %s: %s", e.Value, dimsText(e.Dims), e.Reason)
}

// poolOf decides how a source is pooled, and how many columns that gives.
func (i *importer) poolOf(src *source) error {
	fail := func(format string, a ...any) error {
		return &PoolError{Value: src.value, Dims: src.dims, Reason: fmt.Sprintf(format, a...)}
	}
	src.width = src.dims[i.featureAxis(*src)]
	switch {
	case len(src.dims) == 2 || src.flat():
		return nil
	case len(src.dims) == 3 && i.o.Pool == "":
		return &PoolError{Value: src.value, Dims: src.dims, Missing: true,
			Reason: "a sequence of tokens; say how it becomes one vector: its class token, or the mean or maximum of its tokens"}
	}
	src.pool, i.pooling = i.o.Pool, true
	if src.pool == "" {
		src.pool = PoolMean
	}
	parts := int64(0)
	for _, p := range strings.Split(src.pool, "+") {
		parts++
		switch {
		case len(src.dims) == 4 && (p == PoolClass || p == PoolPatches):
			return fail("a map has no class token; take mean or max")
		case p == PoolGrid && len(src.dims) == 3:
			return fail("the quarters of a sequence of tokens are not known; take cls, mean, mean-patches or max")
		case p == PoolGrid && min(src.dims[2], src.dims[3], src.dims[1]) < 2:
			return fail("too small to have quarters")
		case p == PoolGrid:
			parts += 3
		case p == PoolClass || p == PoolPatches:
			prefix, patches := i.prefix(src)
			if prefix < 0 {
				return fail("which of its tokens stand for patches is not known; take cls, mean or max")
			}
			if p == PoolClass && prefix == 0 {
				return fail("it has no class token: all of its tokens, %s, stand for patches", patches)
			}
			src.prefix = prefix
		}
	}
	if src.pool == PoolMean && len(src.dims) == 4 && i.o.Pool == "" {
		src.pool = "" // what is done without a word
	}
	src.width *= parts
	return nil
}

// flat reports whether a sequence or map is one vector: n×1×d or n×d×1.
func (x *source) flat() bool {
	return len(x.dims) == 3 && (x.dims[1] == 1 || x.dims[2] == 1)
}

// maxPrefix is how many tokens other than patches a sequence may begin with:
// the class token, a distillation token, registers.
const maxPrefix = 16

// prefix finds how many tokens come before those of the patches, and what the
// grid of patches is; -1 if that is not known.
func (i *importer) prefix(src *source) (n int64, grid string) {
	t := src.dims[1]
	for _, node := range i.m.Graph.Nodes { // the grid that a convolution cuts the image into
		if dims := i.shapes.dims[node.Outputs[0]]; node.Op == "Conv" && len(dims) == 4 {
			if patches := product(dims[2:]); patches > 1 && t-patches >= 0 && t-patches <= maxPrefix {
				return t - patches, fmt.Sprintf("%d×%d", dims[2], dims[3])
			}
		}
	}
	side := int64(math.Sqrt(float64(t)))
	if n = t - side*side; n > maxPrefix {
		return -1, ""
	}
	return n, fmt.Sprintf("%d×%d", side, side)
}

// A pooler writes the nodes that pool one source.
type pooler struct {
	i     *importer
	nodes []*Node
	opset int64
	base  string
}

// op adds a node with one output, called after the tap, and returns it.
func (p *pooler) op(op, name string, attributes map[string]any, in ...string) string {
	out := p.i.fresh(p.base + "." + name)
	n := &Node{Op: op, Name: out, Inputs: in, Outputs: []string{out}}
	for _, key := range []string{"axis", "axes", "keepdims", "perm", "starts", "ends", "to"} {
		if v, ok := attributes[key]; ok {
			n.Attributes = append(n.Attributes, &Attribute{Name: key, Value: v})
		}
	}
	p.nodes = append(p.nodes, n)
	return out
}

// ints adds a constant list.
func (p *pooler) ints(name string, list ...int64) string {
	t := NewInt64s(p.i.fresh(p.base+"."+name), []int64{int64(len(list))}, list)
	p.i.m.Graph.Initializers = append(p.i.m.Graph.Initializers, t)
	return t.Name
}

// reduce is ReduceMean or ReduceMax over one axis, which is removed; the axes
// became an input in opset 18.
func (p *pooler) reduce(op, x string, axis int64) string {
	a := map[string]any{"keepdims": int64(0)}
	if p.opset >= 18 {
		return p.op(op, strings.ToLower(op[6:]), a, x, p.ints("axes", axis))
	}
	a["axes"] = []int64{axis}
	return p.op(op, strings.ToLower(op[6:]), a, x)
}

// slice takes the entries from start to end of one axis.
func (p *pooler) slice(name, x string, axis int64, start, end string) string {
	return p.op("Slice", name, nil, x, start, end, p.ints(name+".axis", axis))
}

// tokens pools a sequence n×t×d in one way.
func (p *pooler) tokens(x, part string, prefix int64) string {
	switch part {
	case PoolClass:
		at := &Tensor{Name: p.i.fresh(p.base + ".first"), Type: Int64, Raw: raw([]int64{0})}
		p.i.m.Graph.Initializers = append(p.i.m.Graph.Initializers, at)
		return p.op("Gather", "class", map[string]any{"axis": int64(1)}, x, at.Name)
	case PoolMax:
		return p.reduce("ReduceMax", x, 1)
	case PoolPatches:
		if prefix > 0 && p.opset < 10 {
			x = p.op("Slice", "patches", map[string]any{"axes": []int64{1}, "starts": []int64{prefix}, "ends": []int64{math.MaxInt64}}, x)
		} else if prefix > 0 {
			x = p.slice("patches", x, 1, p.ints("patches.start", prefix), p.ints("patches.end", math.MaxInt64))
		}
	}
	return p.reduce("ReduceMean", x, 1)
}

// planes pools a map n×d×h×w in one way.
func (p *pooler) planes(x, part string) []string {
	flat := func(x string) string {
		return p.op("Flatten", "flat", map[string]any{"axis": int64(1)}, x)
	}
	switch part {
	case PoolMax:
		return []string{flat(p.op("GlobalMaxPool", "max", nil, x))}
	case PoolGrid:
		var cells []string
		for _, rows := range p.halves(x, 2) {
			for _, cell := range p.halves(rows, 3) {
				cells = append(cells, flat(p.op("GlobalAveragePool", "cell", nil, cell)))
			}
		}
		return cells
	}
	return []string{flat(p.op("GlobalAveragePool", "pool", nil, x))}
}

// halves cuts an axis in two; the entry in the middle of an odd size is in both.
func (p *pooler) halves(x string, axis int64) []string {
	size := p.op("Gather", "size", map[string]any{"axis": int64(0)}, p.op("Shape", "shape", nil, x), p.ints("at", axis))
	two := p.ints("two", 2)
	upper := p.op("Div", "half", nil, p.op("Add", "odd", nil, size, p.ints("one", 1)), two)
	lower := p.op("Div", "low", nil, size, two)
	return []string{
		p.slice("begin", x, axis, p.ints("zero", 0), upper),
		p.slice("rest", x, axis, lower, p.ints("end", math.MaxInt64)),
	}
}
