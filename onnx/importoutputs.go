package onnx

import (
	"fmt"
	"slices"
)

// source is a value of the foreign graph that becomes a tap.
type source struct {
	tap   string // its name in the trunk
	value string // its name in the foreign graph
	typ   DataType
	dims  []int64 // for one image
	inner bool    // not an output of the foreign graph
}

// findOutputs looks up the value that becomes features and the taps.
func (i *importer) findOutputs() error {
	if i.o.Output == "" {
		if len(i.m.Graph.Outputs) != 1 {
			return fmt.Errorf("the model has %d outputs%s; say which becomes features", len(i.m.Graph.Outputs), listed(i.m.Graph.Outputs))
		}
		i.o.Output = i.m.Graph.Outputs[0].Name
	}
	s := i.m.Graph.inferShapes(batchOf(i.m.Graph, int64(i.o.Crop), 1))
	if i.o.Taps == nil && i.m.Graph.Output(i.o.Output) != nil {
		i.o.Taps = i.siblings(s)
	}
	for at, name := range slices.Concat([]string{i.o.Output}, i.o.Taps) {
		tap := name
		if at == 0 {
			tap = Features
		} else if name == Features || name == Pixels || slices.Contains(i.o.Taps[:at-1], name) {
			return fmt.Errorf("tap %q: the name is taken", name)
		}
		src, err := i.source(name, s)
		if err != nil {
			return err
		}
		src.tap = tap
		i.taps = append(i.taps, src)
	}
	return nil
}

// siblings are the model's other outputs that can be taps, in order of depth.
func (i *importer) siblings(s *shapes) (names []string) {
	for _, v := range i.m.Graph.Outputs {
		if v.Name == i.o.Output || v.Name == Features || v.Name == Pixels {
			continue
		}
		if _, err := i.source(v.Name, s); err == nil {
			names = append(names, v.Name)
		}
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

// source finds a value by name with its type and shape.
func (i *importer) source(name string, s *shapes) (source, error) {
	g := i.m.Graph
	computed := slices.ContainsFunc(g.Nodes, func(n *Node) bool { return slices.Contains(n.Outputs, name) })
	if name == "" || !computed {
		return source{}, fmt.Errorf("the model computes no value %q; its outputs are%s", name, listed(g.Outputs))
	}
	src := source{value: name, dims: s.dims[name], typ: s.types[name], inner: g.Output(name) == nil}
	declared := g.Output(name)
	if declared == nil {
		declared = find(g.Values, name)
	}
	if declared != nil {
		src.declared(declared)
	}
	if src.typ == Undefined {
		src.typ = Float32
	}
	switch {
	case src.dims == nil:
		return src, fmt.Errorf("the shape of %q cannot be inferred; run onnx.shape_inference on the model first", name)
	case !src.typ.isFloat():
		return src, fmt.Errorf("%q is %s; features are floating-point numbers", name, src.typ)
	case len(src.dims) != 2 && len(src.dims) != 4:
		return src, fmt.Errorf("%q has the shape %v; features are vectors (n×d) or maps (n×d×h×w)", name, src.dims)
	}
	d := src.dims[i.featureAxis(src)]
	if d < 1 || d > 1<<24 {
		return src, fmt.Errorf("%q has the shape %v: its number of features is not known", name, src.dims)
	}
	return src, nil
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
	if len(src.dims) == 2 {
		return 1
	}
	return channelAxis(i.mapLayout(src))
}

// mapLayout is the layout of a 4-D source.
func (i *importer) mapLayout(src source) string {
	switch {
	case i.o.MapLayout != "":
		return i.o.MapLayout
	case src.inner:
		return NCHW // the only layout of ONNX's convolutions
	}
	return i.o.Layout
}
