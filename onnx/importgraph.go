package onnx

import (
	"fmt"
	"slices"
	"strings"
)

// rebuild renames values whose names the trunk needs, prepends the normalisation
// to the graph and pools the outputs.
func (i *importer) rebuild() error {
	g := i.m.Graph
	i.rename()
	pre := i.normalisation()
	g.Inputs = []*Value{i.pixels()}
	g.Nodes = append(pre, g.Nodes...)
	g.Outputs = nil
	for _, src := range i.taps {
		g.Nodes = append(g.Nodes, i.pooled(src)...)
		g.Outputs = append(g.Outputs, &Value{Name: src.tap, Type: Float32, Dims: []Dim{i.batch, {Size: src.width}}})
	}
	g.Prune()
	i.m.IRVersion = max(i.m.IRVersion, irVersion) // constants need not be inputs from 4 on
	i.m.Producer, i.m.ProducerVersion = "graft", ""
	if inputs := g.inputsOf(Features); len(inputs) > 1 {
		return fmt.Errorf("%q needs more than the image", i.o.Output)
	}
	if !slices.ContainsFunc(g.Nodes, func(n *Node) bool { return slices.Contains(n.Inputs, Pixels) }) {
		return fmt.Errorf("%q does not depend on the image", i.o.Output)
	}
	return nil
}

// pixels is the new input; a fixed batch size stays until openBatch.
func (i *importer) pixels() *Value {
	i.batch = Dim{Size: -1, Name: "n"}
	if d := i.input.Dims[0]; d.Size >= 0 {
		i.batch = Dim{Size: d.Size}
	} else if i.o.KeepBatch {
		i.batch = Dim{Size: 1}
	}
	v := &Value{Name: Pixels, Type: Uint8, Dims: []Dim{i.batch, {Size: -1, Name: "h"}, {Size: -1, Name: "w"}, {Size: 3}}}
	if i.fixed > 0 {
		v.Dims[1], v.Dims[2] = Dim{Size: int64(i.o.Asked.height(int(i.fixed)))}, Dim{Size: i.fixed}
	}
	return v
}

// rename prefixes every value whose name the trunk needs; the values that become
// outputs without further nodes get their final names.
func (i *importer) rename() {
	final := map[string]string{}
	taken := map[string]bool{Pixels: true}
	for _, src := range i.taps {
		taken[src.tap] = true
		if _, twice := final[src.value]; len(src.dims) == 2 && src.typ == Float32 && !twice {
			final[src.value] = src.tap
		}
	}
	old := i.m.Graph.names()
	to := func(name string) string {
		if name, ok := final[name]; ok {
			return name
		}
		for taken[name] || importNames[name] {
			name = "model/" + name
			for old[name] {
				name += "_"
			}
		}
		return name
	}
	input := to(i.input.Name)
	for at := range i.taps {
		i.taps[at].value = to(i.taps[at].value)
	}
	i.m.Graph.Rename(to)
	i.input.Name = input
}

// importNames are the names of the values that normalisation adds.
var importNames = map[string]bool{"pixels.float": true, "pixels.nchw": true, "pixels.centred": true, "pixels.normal": true, "pixels.order": true, "pixels.bgr": true, "pixels.mean": true, "pixels.scale": true}

// normalisation returns the nodes from pixels x to the foreign input: a cast, its
// layout, and (x − 255·mean) · 1/(255·std), in float32 even where the input is
// float16, to which the result is rounded.
func (i *importer) normalisation() []*Node {
	x := Pixels
	var nodes []*Node
	add := func(op, out string, in ...string) *Node {
		n := &Node{Op: op, Name: out, Inputs: in, Outputs: []string{out}}
		nodes, x = append(nodes, n), out
		return n
	}
	typ := i.input.Type
	if typ == Float16 || typ == BFloat16 {
		typ = Float32
	}
	add("Cast", "pixels.float", x).Attributes = []*Attribute{{Name: "to", Value: int64(typ)}}
	if i.o.Layout == NCHW {
		add("Transpose", "pixels.nchw", x).Attributes = []*Attribute{{Name: "perm", Value: []int64{0, 3, 1, 2}}}
	}
	mean, scale := make([]float64, len(i.o.Mean)), make([]float64, len(i.o.Std))
	for c, v := range i.o.Mean {
		mean[c] = 255 * v
	}
	for c, v := range i.o.Std {
		scale[c] = 1 / (255 * v)
	}
	add("Sub", "pixels.centred", x, i.channels("pixels.mean", typ, mean))
	last := add("Mul", "pixels.normal", x, i.channels("pixels.scale", typ, scale))
	if i.o.BGR {
		order := NewInt64s("pixels.order", []int64{3}, []int64{2, 1, 0})
		i.m.Graph.Initializers = append(i.m.Graph.Initializers, order)
		last = add("Gather", "pixels.bgr", x, order.Name)
		last.Attributes = []*Attribute{{Name: "axis", Value: int64(channelAxis(i.o.Layout))}}
	}
	if typ != i.input.Type {
		last = add("Cast", "", x)
		last.Attributes = []*Attribute{{Name: "to", Value: int64(i.input.Type)}}
	}
	last.Name, last.Outputs = i.input.Name, []string{i.input.Name}
	return nodes
}

// channels adds a constant of one value or one a channel, with a shape that
// broadcasts over an image of the input's layout.
func (i *importer) channels(name string, typ DataType, values []float64) string {
	dims := []int64{int64(len(values))}
	if i.o.Layout == NCHW {
		dims = append(dims, 1, 1)
	}
	t := newFloatsOf(typ, name, dims, values)
	i.m.Graph.Initializers = append(i.m.Graph.Initializers, t)
	return name
}

// pooled returns the nodes from a source to its tap: a cast to float32, and
// pooling of tokens and maps, whose parts are put side by side.
func (i *importer) pooled(src source) (nodes []*Node) {
	p := &pooler{i: i, opset: i.m.Opset(), base: src.tap}
	x := src.value
	if i.probing {
		p.shapeNodes(x)
	} else if src.typ != Float32 {
		x = p.op("Cast", "float", map[string]any{"to": int64(Float32)}, x)
	}
	var parts []string
	switch {
	case len(src.dims) == 3 && src.flat():
		x = p.op("Flatten", "flat", map[string]any{"axis": int64(1)}, x)
	case len(src.dims) == 3:
		for _, part := range strings.Split(src.pool, "+") {
			parts = append(parts, p.tokens(x, part, src.prefix))
		}
	case len(src.dims) == 4:
		if src.layout == NHWC {
			x = p.op("Transpose", "nchw", map[string]any{"perm": []int64{0, 3, 1, 2}}, x)
		}
		for _, part := range strings.Split(src.pool, "+") {
			parts = append(parts, p.planes(x, part)...)
		}
	}
	if len(parts) > 1 {
		p.op("Concat", "parts", map[string]any{"axis": int64(1)}, parts...)
	}
	switch {
	case len(p.nodes) > 0:
		last := p.nodes[len(p.nodes)-1]
		last.Name, last.Outputs = src.tap, []string{src.tap}
	case x != src.tap: // one value as two taps
		return []*Node{{Op: "Identity", Name: src.tap, Inputs: []string{x}, Outputs: []string{src.tap}}}
	}
	return p.nodes
}

// fresh returns a name that no value of the graph, and none that was made
// before, has.
func (i *importer) fresh(base string) string {
	if i.taken == nil {
		i.taken = i.m.Graph.names()
	}
	for i.taken[base] {
		base += "_"
	}
	i.taken[base] = true
	return base
}
