package onnx

import "slices"

// scales reports whether the graph computes image by image as far as shapes show:
// the shape of every value is known, and that of every output begins with the
// batch.
func (i *importer) scales() bool {
	const a, b = manyImages, 11
	g := i.m.Graph
	small, large := g.inferShapes(batchOf(g, int64(i.o.Crop), a)), g.inferShapes(batchOf(g, int64(i.o.Crop), b))
	for _, n := range g.Nodes {
		x, y := small.dims[n.Outputs[0]], large.dims[n.Outputs[0]]
		if x == nil || y == nil {
			return false
		}
		begins := grows(x, y)
		if n.Op != "Shape" && n.Op != "Gather" && varies(n, small, large) && !begins {
			return false
		}
	}
	return !slices.ContainsFunc(g.Outputs, func(v *Value) bool {
		d := large.dims[v.Name]
		return len(d) != 2 || d[0] != b
	})
}

// grows reports whether of two shapes for two batch sizes exactly one dimension
// grows with the batch.
func grows(x, y []int64) bool {
	const a, b = manyImages, 11
	changed := 0
	for k := range min(len(x), len(y)) {
		if x[k] == y[k] {
			continue
		}
		if changed++; x[k]%a != 0 || y[k]%b != 0 || x[k]/a != y[k]/b {
			return false
		}
	}
	return len(x) == len(y) && changed == 1
}

// varies reports whether the shape of an input of the node changes with the
// batch.
func varies(n *Node, small, large *shapes) bool {
	return slices.ContainsFunc(n.Inputs, func(name string) bool { return !slices.Equal(small.dims[name], large.dims[name]) })
}
