package precision

import (
	"fmt"
	"slices"

	"graft/onnx"
)

// opset is the oldest that quantises weights by channel.
const opset = 13

// unchanged are operators written in the same way from opset 7 to 13.
var unchanged = []string{"Conv", "Relu", "MaxPool", "AveragePool", "GlobalAveragePool", "Concat", "Add", "Sub", "Mul", "Div",
	"Flatten", "Reshape", "Transpose", "Cast", "Identity", "Gemm", "MatMul", "Sigmoid", "Tanh", "BatchNormalization", "LRN", "LeakyRelu"}

// Options are the settings of [Network.Quantize].
type Options struct {
	Method       Method
	Keep         []string // convolutions, by [Network.Convolutions], that stay float32
	ReducedRange bool     // give weights 7 bits: for CPUs without VNNI, whose sums of two products overflow 16 bits
}

// Quantize writes the trunk in 8-bit integers, in the form that ONNX Runtime
// and OpenVINO both fuse: every value is quantised and dequantised where it
// is computed (QuantizeLinear, DequantizeLinear), and every weight is an int8
// constant that is dequantised.
//
//	activations  uint8, one scale and zero point each; 0 is exact
//	weights      int8, −127…127, a scale for each output channel
//	biases       int32, in units of the products; they also take back what the
//	             rounding of the weights adds to a channel on average
//	pixels       uint8 as they are: the normalisation is in the first weights
//
// Features and taps are float32 as before.
func (n *Network) Quantize(c *Calibration, o Options) (*onnx.Model, error) {
	if c.Images() == 0 {
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
	w := &writer{Network: n, calibration: c, graph: m.Graph, options: o, names: namerOf(m.Graph), ranges: c.ranges(o.Method), params: map[string][2]string{}}
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
	nodes       []*onnx.Node
}

func (w *writer) write() error {
	sites := map[string]*site{} // by the node's own name of its result
	relu := map[string]bool{}   // results of ReLUs that belong to a site
	for _, s := range w.sites {
		sites[s.node.Outputs[0]] = s
		if s.relu != nil {
			relu[s.output] = true
		}
	}
	front := len(w.front.front)
	for _, node := range w.graph.Nodes {
		s := sites[node.Outputs[0]]
		switch {
		case w.folded && front > 0 && w.isFront(node):
			if front--; front == 0 {
				w.pixels()
			}
		case s != nil:
			if err := w.site(s, node); err != nil {
				return err
			}
		case relu[node.Outputs[0]]: // written with its site
		default:
			w.nodes = append(w.nodes, node)
			w.quantised(node, node.Outputs[0])
		}
	}
	w.graph.Nodes = w.nodes
	return nil
}

func (w *writer) isFront(node *onnx.Node) bool {
	return slices.ContainsFunc(w.front.front, func(f *onnx.Node) bool { return f.Outputs[0] == node.Outputs[0] })
}

// op adds a node with one output and returns that.
func (w *writer) op(op, out string, in ...string) string {
	w.nodes = append(w.nodes, &onnx.Node{Op: op, Name: w.names.fresh(out + "." + op), Inputs: in, Outputs: []string{out}})
	return out
}

// attribute gives one to the node added last.
func (w *writer) attribute(name string, value any) {
	n := w.nodes[len(w.nodes)-1]
	n.Attributes = append(n.Attributes, &onnx.Attribute{Name: name, Value: value})
}

// tensor adds a constant and returns its name.
func (w *writer) tensor(t *onnx.Tensor) string {
	w.graph.Initializers = append(w.graph.Initializers, t)
	return t.Name
}

// pixels writes the front: the bytes themselves are the quantised values.
// Casting them and quantising with a step of 1 changes none; without it
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
	w.op("DequantizeLinear", w.front.value, q, one, none)
}

// site writes one layer that computes in integers.
func (w *writer) site(s *site, node *onnx.Node) error {
	if node.Op == "Conv" {
		if err := w.convolution(s, node); err != nil {
			return err
		}
	}
	w.nodes = append(w.nodes, node)
	if _, zero := w.ranges[w.root(s.output)].scale(); s.relu != nil && zero == 0 {
		node.Outputs = []string{s.output} // quantising cuts at 0 as the ReLU does
	} else if s.relu != nil {
		c := *s.relu
		c.Inputs, c.Outputs = slices.Clone(c.Inputs), slices.Clone(c.Outputs)
		node = &c
		w.nodes = append(w.nodes, node)
	}
	w.quantised(node, s.output)
	return nil
}

// quantised lets a value that node computes pass through 8 bits, if it is one
// of those that do.
func (w *writer) quantised(node *onnx.Node, value string) {
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

// param is the constants of a range: scale and zero point.
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
