package precision

import (
	"fmt"
	"slices"

	"graft/onnx"
)

// opset is the first in which DequantizeLinear takes a scale for each channel.
const opset = 13

// unchanged are operators with one and the same form from opset 7 to 13.
var unchanged = []string{"Conv", "Relu", "MaxPool", "AveragePool", "GlobalAveragePool", "Concat", "Add", "Sub", "Mul", "Div",
	"Flatten", "Reshape", "Transpose", "Cast", "Identity", "Gemm", "MatMul", "Sigmoid", "Tanh", "BatchNormalization", "LRN", "LeakyRelu"}

// Options are the settings of [Network.Quantize].
type Options struct {
	Method       Method
	Keep         []string // layers, named as in [Network.Layers], that stay float32
	ReducedRange bool     // 7-bit weights: for x86 CPUs without VNNI, whose sums of two products saturate 16 bits
}

// Quantize returns the trunk in 8-bit integers, in the QDQ form that ONNX
// Runtime and OpenVINO both fuse: every value passes QuantizeLinear and
// DequantizeLinear where it is computed, and every weight is an int8 constant
// with a DequantizeLinear.
//
//	activations  uint8, one scale and zero point each; 0 is exact
//	weights      int8, −127…127, symmetric, a scale for each output channel
//	biases       int32, in units of scale(activation)·scale(weight); corrected
//	             for the mean error that rounding the weights adds to a channel
//	pixels       uint8 as they are: the normalisation is in the first weights
//
// Features and taps stay float32. A calibration without an image is an error,
// and so is an operator that opset 13 changed, in a trunk of an older opset.
func (n *Network) Quantize(c *Calibration, o Options) (*onnx.Model, error) {
	if c.images == 0 {
		return nil, fmt.Errorf("no image was measured")
	}
	m := n.Model()
	if v := m.Opset(); v < opset {
		for _, node := range m.Graph.Nodes {
			if !slices.Contains(unchanged, node.Op) {
				return nil, fmt.Errorf("the trunk is written in opset %d, and %s changed until %d; convert it with onnx.version_converter", v, node.Op, opset)
			}
		}
		for i := range m.Opsets {
			if m.Opsets[i].Version == v && (m.Opsets[i].Domain == "" || m.Opsets[i].Domain == "ai.onnx") {
				m.Opsets[i].Version = opset
			}
		}
	}
	w := &writer{Network: n, calibration: c, graph: m.Graph, options: o, names: namerOf(m.Graph), ranges: c.ranges(o.Method), params: map[string][2]string{}, private: map[string]string{}}
	if err := w.write(); err != nil {
		return nil, err
	}
	m.Graph.Prune()
	return m, nil
}

// A writer writes the graph of an int8 trunk.
type writer struct {
	*Network
	calibration *Calibration
	graph       *onnx.Graph
	options     Options
	names       namer
	ranges      map[string]valueRange // by root
	params      map[string][2]string  // root → names of the constants scale and zero point
	private     map[string]string     // value → the same, rounded for linear layers
	nodes       []*onnx.Node
}

func (w *writer) write() error {
	layers := map[string]*layer{} // by the output of the node itself
	fused := map[string]bool{}    // outputs of ReLUs that are fused into a layer
	for _, l := range w.layers {
		layers[l.node.Outputs[0]] = l
		if l.relu != nil {
			fused[l.output] = true
		}
	}
	pre := len(w.pre.nodes)
	for _, node := range w.graph.Nodes {
		l := layers[node.Outputs[0]]
		switch {
		case w.folded && pre > 0 && w.isPreprocessing(node):
			if pre--; pre == 0 {
				w.pixels()
			}
		case l != nil && l.linear:
			if err := w.linear(l, node); err != nil {
				return err
			}
		case l != nil:
			if err := w.layer(l, node); err != nil {
				return err
			}
		case fused[node.Outputs[0]]: // written with its layer
		default:
			w.nodes = append(w.nodes, node)
			w.qdq(node, node.Outputs[0])
		}
	}
	w.graph.Nodes = w.nodes
	return nil
}

func (w *writer) isPreprocessing(node *onnx.Node) bool {
	return slices.ContainsFunc(w.pre.nodes, func(f *onnx.Node) bool { return f.Outputs[0] == node.Outputs[0] })
}

// op adds a node with one output and returns the output.
func (w *writer) op(op, out string, in ...string) string {
	w.nodes = append(w.nodes, &onnx.Node{Op: op, Name: w.names.fresh(out + "." + op), Inputs: in, Outputs: []string{out}})
	return out
}

// attribute sets an attribute of the node added last.
func (w *writer) attribute(name string, value any) {
	n := w.nodes[len(w.nodes)-1]
	n.Attributes = append(n.Attributes, &onnx.Attribute{Name: name, Value: value})
}

// tensor adds a constant and returns its name.
func (w *writer) tensor(t *onnx.Tensor) string {
	w.graph.Initializers = append(w.graph.Initializers, t)
	return t.Name
}

// pixels writes the folded preprocessing: the bytes themselves are the quantised
// values. Casting them and quantising with a step of 1 changes none; without it
// OpenVINO would compute the first layer in float.
func (w *writer) pixels() {
	planes := w.op("Transpose", w.names.fresh("pixels.planes"), onnx.Pixels)
	w.attribute("perm", []int64{0, 3, 1, 2})
	x := w.op("Cast", w.names.fresh("pixels.float"), planes)
	w.attribute("to", int64(onnx.Float32))
	one := w.tensor(onnx.NewFloats(w.names.fresh("pixels.scale"), nil, []float32{1}))
	none := w.tensor(onnx.NewUint8s(w.names.fresh("pixels.none"), nil, []byte{0}))
	q := w.op("QuantizeLinear", w.names.fresh("pixels.q"), x, one, none)
	if w.zero != 0 {
		none = w.tensor(onnx.NewUint8s(w.names.fresh("pixels.zero"), nil, []byte{byte(w.zero)}))
	}
	w.op("DequantizeLinear", w.pre.output, q, one, none)
}

// layer writes one layer that computes in integers.
func (w *writer) layer(l *layer, node *onnx.Node) error {
	if node.Op == "Conv" {
		if err := w.convolution(l, node); err != nil {
			return err
		}
	}
	w.nodes = append(w.nodes, node)
	if _, zero := w.ranges[w.root(l.output)].scale(); l.relu != nil && zero == 0 {
		node.Outputs = []string{l.output} // quantising cuts at 0 as the ReLU does
	} else if l.relu != nil {
		c := *l.relu
		c.Inputs, c.Outputs = slices.Clone(c.Inputs), slices.Clone(c.Outputs)
		node = &c
		w.nodes = append(w.nodes, node)
	}
	w.qdq(node, l.output)
	return nil
}

// qdq puts QuantizeLinear and DequantizeLinear after a value that node computes,
// if it is one that is quantised.
func (w *writer) qdq(node *onnx.Node, value string) {
	if w.group[value] == "" {
		return
	}
	scale, zero := w.param(w.root(value))
	raw := w.names.fresh(value + ".float")
	for i, name := range node.Outputs {
		if name == value {
			node.Outputs[i] = raw
		}
	}
	q := w.op("QuantizeLinear", w.names.fresh(value+".q"), raw, scale, zero)
	w.op("DequantizeLinear", value, q, scale, zero)
}

// param returns the names of the constants of a range: scale and zero point.
func (w *writer) param(root string) (scale, zero string) {
	p, ok := w.params[root]
	if !ok {
		s, z := w.ranges[root].scale()
		p[0] = w.tensor(onnx.NewFloats(w.names.fresh(root+".scale"), nil, []float32{s}))
		p[1] = w.tensor(onnx.NewUint8s(w.names.fresh(root+".zero"), nil, []byte{z}))
		w.params[root] = p
	}
	return p[0], p[1]
}
