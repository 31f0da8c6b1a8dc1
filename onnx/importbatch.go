package onnx

import (
	"fmt"
	"slices"
)

// A BatchError says that a model takes a fixed number of images, and that its
// graph cannot be changed to take any number.
type BatchError struct{ Size int64 }

// Error says how many.
func (e *BatchError) Error() string {
	return fmt.Sprintf("the model takes exactly %d images at a time, and its graph cannot be changed to take any number", e.Size)
}

// Hint is what to do.
func (e *BatchError) Hint() string { return "export it with a dynamic batch" }

// openBatch replaces a fixed batch size by an open one if shape inference with
// two sizes shows that the outputs scale with it. Otherwise the size stays, and
// only 1 is accepted.
func (i *importer) openBatch() error {
	size := i.batch.Size
	if size < 0 {
		return nil
	}
	undo := func() {}
	if !i.o.KeepBatch {
		undo = i.freeReshapes(size)
	}
	if !i.o.KeepBatch && i.scales() {
		i.batch = Dim{Size: -1, Name: "n"}
	} else {
		undo()
		if size != 1 {
			return &BatchError{Size: size}
		}
	}
	i.m.Graph.Prune() // of shapes that were replaced
	i.m.Graph.Inputs[0].Dims[0] = i.batch
	for _, v := range i.m.Graph.Outputs {
		v.Dims[0] = i.batch
	}
	return nil
}

// freeReshapes changes every Reshape whose constant shape begins with the batch
// size to copy the first dimension of its input, where that is the batch. undo
// reverts the change.
func (i *importer) freeReshapes(size int64) (undo func()) {
	g := i.m.Graph
	s := g.inferShapes(batchOf(g, int64(i.o.Crop), size))
	constants := len(g.Initializers)
	replaced := map[*Node]string{}
	for _, n := range g.Nodes {
		shape, in := s.ints[input(n, 1)], s.dims[input(n, 0)]
		if n.Op != "Reshape" || len(shape) == 0 || len(in) == 0 || shape[0] != size || in[0] != size || n.Int("allowzero", 0) != 0 {
			continue
		}
		free := slices.Clone(shape)
		free[0] = 0 // as the input's
		replaced[n] = n.Inputs[1]
		n.Inputs[1] = g.fresh(n.Inputs[1] + ".any")
		g.Initializers = append(g.Initializers, NewInt64s(n.Inputs[1], []int64{int64(len(free))}, free))
	}
	return func() {
		for n, name := range replaced {
			n.Inputs[1] = name
		}
		g.Initializers = g.Initializers[:constants]
	}
}

// scales reports whether the graph computes image by image as far as shapes show:
// the shape of every value is known, and begins with the batch if that of one of
// its inputs does.
func (i *importer) scales() bool {
	const a, b = 7, 11 // batch sizes that are unlikely as a size in a network
	g := i.m.Graph
	small, large := g.inferShapes(batchOf(g, int64(i.o.Crop), a)), g.inferShapes(batchOf(g, int64(i.o.Crop), b))
	for _, n := range g.Nodes {
		x, y := small.dims[n.Outputs[0]], large.dims[n.Outputs[0]]
		if x == nil || y == nil {
			return false
		}
		begins := len(x) > 0 && len(y) > 0 && x[0] == a && y[0] == b
		if n.Op != "Shape" && varies(n, small, large) && !begins {
			return false
		}
	}
	return !slices.ContainsFunc(g.Outputs, func(v *Value) bool {
		d := large.dims[v.Name]
		return len(d) != 2 || d[0] != b
	})
}

// varies reports whether the shape of an input of the node begins with the batch.
func varies(n *Node, small, large *shapes) bool {
	return slices.ContainsFunc(n.Inputs, func(name string) bool {
		x, y := small.dims[name], large.dims[name]
		return len(x) > 0 && len(y) > 0 && x[0] != y[0]
	})
}
