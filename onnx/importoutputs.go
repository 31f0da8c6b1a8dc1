package onnx

import (
	"fmt"
	"slices"
)

// source is a value of the foreign graph that becomes a tap.
type source struct {
	tap    string // its name in the trunk
	value  string // its name in the graph
	named  string // its name in the foreign graph
	typ    DataType
	dims   []int64 // for one image
	inner  bool    // not an output of the foreign graph
	layout string  // of a map
	pool   string  // "": a vector, or a map that is averaged without anybody having asked
	prefix int64   // tokens before those of the patches
	width  int64   // of the tap
}

// An OutputError says that it is not clear which value becomes the features.
type OutputError struct {
	Reason     string
	Candidates []Candidate // best first
}

// Error is the reason, without the candidates.
func (e *OutputError) Error() string { return e.Reason }

// chooseOutput settles which value becomes the features: the one that was
// named, the only output, or the one that its name says is the image's vector.
// Class scores are taken only if they were named.
func (i *importer) chooseOutput() error {
	if i.o.Output != "" {
		return nil
	}
	candidates := i.m.Candidates(i.o.Crop)
	outputs := i.m.Graph.Outputs
	switch {
	case len(outputs) == 0:
		return fmt.Errorf("the model has no outputs")
	case len(candidates) > 0 && slices.Contains(embeddings, candidates[0].Name):
		i.o.Output = candidates[0].Name
		if len(outputs) > 1 {
			i.note("of the model's %d outputs %q became the features: its name says that it is the image's vector", len(outputs), i.o.Output)
		}
	case len(outputs) != 1:
		return &OutputError{fmt.Sprintf("the model has %d outputs%s; it is not clear which becomes the features", len(outputs), listed(outputs)), candidates}
	default:
		for _, c := range candidates {
			if c.Name == outputs[0].Name && c.Scores {
				return &OutputError{fmt.Sprintf("the model's only output %q looks like %s; they are no features", c.Name, c.Why), candidates}
			}
		}
		i.o.Output = outputs[0].Name
	}
	return nil
}

// findOutputs looks up the value that becomes features and the taps.
func (i *importer) findOutputs() error {
	i.shapes = i.inferred(1, int64(i.o.Crop))
	i.layouts = i.m.Graph.layouts(i.shapes)
	if i.o.Taps == nil && i.m.Graph.Output(i.o.Output) != nil {
		i.o.Taps = i.siblings()
	}
	for at, name := range slices.Concat([]string{i.o.Output}, i.o.Taps) {
		tap := name
		if at == 0 {
			tap = Features
		} else if name == Features || name == Pixels || slices.Contains(i.o.Taps[:at-1], name) {
			return fmt.Errorf("tap %q: the name is taken", name)
		}
		src, err := i.source(name)
		if err != nil {
			return err
		}
		src.tap = tap
		i.taps = append(i.taps, src)
	}
	if i.o.Pool != "" && !i.pooling {
		return fmt.Errorf("%q is one vector an image already: there is nothing to pool", i.o.Output)
	}
	return nil
}

// inferred infers the shapes for n images of side×side pixels.
func (i *importer) inferred(n, side int64) *shapes {
	dims := batchOf(i.m.Graph, side, n)
	if in := dims[i.input.Name]; len(in) == 4 {
		in[channelAxis(i.o.Layout)] = 3
	}
	return i.m.Graph.inferShapes(dims)
}

// siblings are the model's other outputs that can be taps and need no other
// input than the features, in order of depth.
func (i *importer) siblings() (names []string) {
	for _, v := range i.m.Graph.Outputs {
		if v.Name == i.o.Output || v.Name == Features || v.Name == Pixels || len(i.m.Graph.inputsOf(v.Name)) != 1 {
			continue
		}
		pooling := i.pooling
		if _, err := i.source(v.Name); err == nil {
			names = append(names, v.Name)
		}
		i.pooling = pooling
	}
	depth := map[string]int{} // nodes on the longest path to a value
	for _, n := range i.m.Graph.Nodes {
		deepest := 0
		for _, in := range n.Inputs {
			deepest = max(deepest, depth[in])
		}
		for _, out := range n.Outputs {
			depth[out] = deepest + 1
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return depth[a] - depth[b] })
	return names
}

// A ShapeError says that a value's number of features cannot be inferred; a run
// of the model tells it.
type ShapeError struct {
	Value string
	Dims  []int64 // -1 where unknown; nil: not even the rank is known
}

// Error names the value.
func (e *ShapeError) Error() string {
	if e.Dims == nil {
		return fmt.Sprintf("the shape of %q cannot be inferred", e.Value)
	}
	return fmt.Sprintf("%q has the shape %v: its number of features cannot be inferred", e.Value, e.Dims)
}

// source finds a value by name with its type and shape.
func (i *importer) source(name string) (source, error) {
	g := i.m.Graph
	computed := slices.ContainsFunc(g.Nodes, func(n *Node) bool { return slices.Contains(n.Outputs, name) })
	if name == "" || !computed {
		return source{}, &OutputError{fmt.Sprintf("the model computes no value %q; its outputs are%s", name, listed(g.Outputs)), i.m.Candidates(i.o.Crop)}
	}
	src := source{value: name, named: name, dims: i.shapes.dims[name], typ: i.shapes.types[name], inner: g.Output(name) == nil}
	declared := g.Output(name)
	if declared == nil {
		declared = find(g.Values, name)
	}
	if declared != nil {
		src.declared(declared)
	}
	if observed := i.o.Observed[name]; observed != nil {
		src.dims = slices.Clone(observed)
	}
	if src.typ == Undefined {
		src.typ = Float32
	}
	switch {
	case src.dims == nil:
		return src, &ShapeError{Value: name}
	case !src.typ.isFloat():
		return src, fmt.Errorf("%q is %s; features are floating-point numbers", name, src.typ)
	case len(src.dims) < 2 || len(src.dims) > 4:
		return src, fmt.Errorf("%q has the shape %v; features are vectors (n×d), sequences of tokens (n×t×d) or maps (n×d×h×w)", name, src.dims)
	case slices.ContainsFunc(src.dims[1:], func(d int64) bool { return d < 1 }):
		return src, &ShapeError{Value: name, Dims: src.dims}
	}
	return src, i.complete(&src)
}

// complete decides about layout, pooling and width.
func (i *importer) complete(src *source) error {
	if err := i.setLayout(src); err != nil {
		return err
	}
	if src.flat() {
		src.dims = []int64{src.dims[0], 1, src.dims[1] * src.dims[2]}
	}
	if err := i.poolOf(src); err != nil {
		return err
	}
	if src.width < 1 || src.width > 1<<24 {
		return fmt.Errorf("%q is %s: that is not a number of features", src.value, dimsText(src.dims))
	}
	return nil
}

// declared completes the inferred type and shape with those that the file
// declares.
func (x *source) declared(v *Value) {
	if v.Type != Undefined {
		x.typ = v.Type
	}
	if x.dims != nil || v.Dims == nil {
		return
	}
	x.dims = make([]int64, len(v.Dims))
	for j, d := range v.Dims {
		x.dims[j] = d.Size
	}
}

// featureAxis is the dimension of src that holds the features.
func (i *importer) featureAxis(src source) int {
	switch len(src.dims) {
	case 2:
		return 1
	case 3:
		return 2
	}
	return channelAxis(src.layout)
}

// A LayoutError says that it is not clear which dimension of the input or of a
// map holds the channels.
type LayoutError struct {
	Value string
	Shape string
	Map   bool // it is a value that becomes features, not the input
}

// Error names the value and its shape.
func (e *LayoutError) Error() string {
	if e.Map {
		return fmt.Sprintf("%q is %s: which of these are its channels cannot be told; say nchw or nhwc", e.Value, e.Shape)
	}
	return fmt.Sprintf("input %q is %s: the layout cannot be inferred; say nchw or nhwc", e.Value, e.Shape)
}

// setLayout decides about the layout of a map: what was asked for, what the
// operators around it say, or what its shape does.
func (i *importer) setLayout(src *source) error {
	if len(src.dims) != 4 {
		return nil
	}
	src.layout = i.o.MapLayout
	if src.layout == "" {
		src.layout = i.layouts[src.value]
	}
	if src.layout == "" && slices.Equal(src.dims[2:], []int64{1, 1}) {
		src.layout = NCHW // one place: averaging changes nothing
	}
	if src.layout == "" {
		src.layout = squareLayout(src.dims)
	}
	if src.layout == "" {
		return &LayoutError{Value: src.value, Shape: dimsText(src.dims), Map: true}
	}
	return nil
}
