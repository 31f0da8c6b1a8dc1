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
	before := i.m.Graph.clone()
	if !i.o.KeepBatch {
		i.freeBatch(size)
	}
	if !i.o.KeepBatch && i.scales() {
		i.batch = Dim{Size: -1, Name: "n"}
	} else {
		if i.m.Graph = before; size != 1 {
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

// manyImages is a batch size that is unlikely as a size in a network.
const manyImages = 7

// freeBatch changes the nodes in which the batch size is written down, in the
// order of computation: shapes that values get, and constants that values are
// joined with.
func (i *importer) freeBatch(size int64) {
	g := i.m.Graph
	f := &freer{i: i, size: size, constant: g.constants()}
	empty := &Graph{Inputs: g.Inputs, Initializers: g.Initializers}
	f.one, f.many = empty.inferShapes(batchOf(g, int64(i.o.Crop), size)), empty.inferShapes(batchOf(g, int64(i.o.Crop), manyImages))
	for _, n := range g.Nodes {
		switch n.Op {
		case "Reshape":
			f.reshape(n)
		case "Expand":
			f.target(n, 1)
		case "Resize", "Upsample":
			f.target(n, 3)
		case "Concat":
			f.concat(n)
		case "Gather":
			f.strided(n)
		}
		f.add(n)
	}
	g.Nodes = f.nodes
}

// A freer changes one node after the other, following the shapes for the size
// that is written down and for another.
type freer struct {
	i         *importer
	size      int64
	one, many *shapes
	constant  map[string]bool
	nodes     []*Node
	batch     string // the batch size as a list of one number, once it is needed
}

// add takes a node over.
func (f *freer) add(n *Node) {
	f.nodes = append(f.nodes, n)
	if len(n.Outputs) > 0 {
		f.one.node(n)
		f.many.node(n)
	}
}

// scaled is the dimension in which a value grows with the batch; -1 if it does
// not, or that is not known.
func (f *freer) scaled(name string) int {
	x, y := f.one.dims[name], f.many.dims[name]
	for a := range min(len(x), len(y)) {
		if len(x) == len(y) && x[a] != y[a] {
			return a
		}
	}
	return -1
}

// list adds a constant.
func (f *freer) list(name string, values []int64) string {
	t := NewInt64s(f.i.fresh(name), []int64{int64(len(values))}, values)
	f.i.m.Graph.Initializers = append(f.i.m.Graph.Initializers, t)
	f.one.constant(t.Name, t)
	f.many.constant(t.Name, t)
	f.constant[t.Name] = true
	return t.Name
}

// reshape lets a constant shape follow the batch: its first number copies that
// of the input, or one number is inferred where the batch ends up.
func (f *freer) reshape(n *Node) {
	shape, in := f.one.ints[input(n, 1)], f.one.dims[input(n, 0)]
	at := f.scaled(input(n, 0))
	if at < 0 || !f.written(input(n, 1)) || len(shape) == 0 || len(in) == 0 {
		return
	}
	copies := n.Int("allowzero", 0) == 0
	free := slices.Clone(shape)
	switch {
	case at == 0 && copies && shape[0] == f.size && in[0] == f.size:
		free[0] = 0 // as the input's
	case copies && shape[0] == 0 && at == 0:
		return
	default:
		out := (&shapedNode{f.one, n, [][]int64{in}}).reshape()
		to := place(product(in[:at]), out)
		if to < 0 {
			return
		}
		free = slices.Clone(out)
		free[to] = -1
		n.Attributes = slices.DeleteFunc(n.Attributes, func(a *Attribute) bool { return a.Name == "allowzero" })
	}
	n.Inputs[1] = f.list(n.Inputs[1]+".any", free)
}

// strided replaces a Gather that takes all elements of a list in their order, as
// torch.export writes some views, by the Reshape that it is.
func (f *freer) strided(n *Node) {
	t := f.i.m.Graph.Initializer(input(n, 1))
	list := f.one.dims[input(n, 0)]
	if t == nil || f.scaled(input(n, 0)) != 0 || len(list) != 1 || n.Int("axis", 0) != 0 || product(t.Dims) != list[0] {
		return
	}
	at, err := t.Ints()
	for i, v := range at {
		if int64(i) != v {
			return
		}
	}
	if err == nil {
		n.Op, n.Attributes = "Reshape", nil
		n.Inputs[1] = f.list(t.Name+".shape", t.Dims)
		f.reshape(n)
	}
}

// written reports whether a shape does not follow the batch: it is constant, or
// it is computed of sizes that cannot change.
func (f *freer) written(name string) bool {
	return f.constant[name] || f.i.fixed > 0 && slices.Equal(f.one.ints[name], f.many.ints[name])
}

// place is the dimension of a shape that begins after before elements; -1 if
// none does.
func place(before int64, dims []int64) int {
	for i := range dims {
		if product(dims[:i]) == before {
			return i
		}
	}
	return -1
}

// target lets the shape that a value is expanded or resized to follow the
// batch. In Expand 1 stands for what the value has.
func (f *freer) target(n *Node, at int) {
	name := input(n, at)
	shape, grows := f.one.ints[name], f.scaled(input(n, 0))
	if name == "" || !f.written(name) || len(shape) == 0 || n.Attr("axes") != nil {
		return
	}
	from := grows + len(shape) - len(f.one.dims[input(n, 0)]) // shapes broadcast from the end
	switch {
	case n.Op == "Expand" && grows >= 0 && from >= 0:
		if free := slices.Clone(shape); free[from] != 1 {
			free[from] = 1
			n.Inputs[at] = f.list(name+".any", free)
		}
	case n.Op == "Expand" && f.size > 1 && grows < 0 && shape[0] == f.size, n.Op != "Expand" && grows == 0 && shape[0] == f.size:
		n.Inputs[at] = f.led(name, shape[1:])
	}
}

// led is a shape that begins with the batch.
func (f *freer) led(name string, rest []int64) string {
	if f.batch == "" {
		f.batch = f.i.fresh("batch")
		shape := f.i.fresh("batch.shape")
		f.add(&Node{Op: "Shape", Name: shape, Inputs: []string{Pixels}, Outputs: []string{shape}})
		f.add(&Node{Op: "Gather", Name: f.batch, Inputs: []string{shape, f.list("batch.at", []int64{0})}, Outputs: []string{f.batch}})
	}
	if len(rest) == 0 {
		return f.batch
	}
	out := f.i.fresh(name + ".any")
	f.add(&Node{Op: "Concat", Name: out, Inputs: []string{f.batch, f.list(name+".rest", rest)}, Outputs: []string{out},
		Attributes: []*Attribute{{Name: "axis", Value: int64(0)}}})
	return out
}

// concat repeats values for every image, such as class tokens, that are joined
// with values of the batch.
func (f *freer) concat(n *Node) {
	grows := slices.ContainsFunc(n.Inputs, func(name string) bool { return f.scaled(name) == 0 })
	if !grows || n.Int("axis", 0) == 0 {
		return
	}
	for at, name := range n.Inputs {
		dims := f.many.dims[name]
		if f.scaled(name) >= 0 || len(dims) == 0 || dims[0] != f.size {
			continue
		}
		if f.size != 1 {
			if name = f.first(name); name == "" {
				continue
			}
		}
		ones := slices.Repeat([]int64{1}, len(dims)-1)
		out := f.i.fresh(name + ".batch")
		f.add(&Node{Op: "Expand", Name: out, Inputs: []string{name, f.led(name, ones)}, Outputs: []string{out}})
		n.Inputs[at] = out
	}
}

// first is the first row of a constant whose rows are all alike, as a constant
// that a batch broadcasts; "" if it is none.
func (f *freer) first(name string) string {
	t := f.i.m.Graph.Initializer(name)
	if t == nil || len(t.Dims) == 0 || t.Dims[0] < 1 || len(t.Raw)%int(t.Dims[0]) != 0 {
		return ""
	}
	row := len(t.Raw) / int(t.Dims[0])
	for at := row; at < len(t.Raw); at += row {
		if string(t.Raw[at:at+row]) != string(t.Raw[:row]) {
			return ""
		}
	}
	c := *t
	c.Name, c.Dims, c.Raw = f.i.fresh(name+".row"), append([]int64{1}, t.Dims[1:]...), t.Raw[:row]
	f.i.m.Graph.Initializers = append(f.i.m.Graph.Initializers, &c)
	f.one.constant(c.Name, &c)
	f.many.constant(c.Name, &c)
	return c.Name
}
