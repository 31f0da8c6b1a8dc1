package precision

import (
	"fmt"
	"slices"
	"sync"

	"graft/onnx"
)

// A Calibration collects what the activations of a network are like. Images
// may be added from several goroutines.
type Calibration struct {
	names  []string
	locks  []sync.Mutex
	counts []Histogram
	mu     sync.Mutex
	images int
}

// Calibrate begins a calibration of the network's activations.
func (n *Network) Calibrate() *Calibration {
	names := n.Activations()
	return &Calibration{names: names, locks: make([]sync.Mutex, len(names)), counts: make([]Histogram, len(names))}
}

// Add takes the activations of one image, in the order of
// [Network.Activations]. A value that is not finite is an error: then the
// trunk itself does not work on that image.
func (c *Calibration) Add(values [][]float32) error {
	for i, v := range values {
		c.locks[i].Lock()
		finite := c.counts[i].Add(v)
		c.locks[i].Unlock()
		if !finite {
			return fmt.Errorf("the trunk computes values in %q that are not finite", c.names[i])
		}
	}
	c.mu.Lock()
	c.images++
	c.mu.Unlock()
	return nil
}

// Images is how many were added.
func (c *Calibration) Images() int { return c.images }

// ranges chooses the range of every quantised value: those that share one are
// counted together.
func (c *Calibration) ranges(n *Network, m Method) map[string]valueRange {
	together := map[string]*Histogram{}
	for i, name := range c.names {
		root := n.root(name)
		if together[root] == nil {
			together[root] = new(Histogram)
		}
		together[root].merge(&c.counts[i])
	}
	chosen := map[string]valueRange{}
	for root, h := range together {
		chosen[root] = m.rangeOf(h)
	}
	return chosen
}

// Observed returns the model m, the network's float32 one or one that
// [Network.Quantize] made of it, with these outputs: the features, and then
// the activations, each float32 n×d with its channels, rows and columns in
// one. side is the height and width of the pixels it will be given.
func (n *Network) Observed(m *onnx.Model, side int) (*onnx.Model, error) {
	m = m.Clone()
	g := m.Graph
	shapes, names := n.model.Graph.Shapes(int64(side)), namerOf(g)
	g.Outputs = slices.DeleteFunc(g.Outputs, func(v *onnx.Value) bool { return v.Name != onnx.Features })
	batch := g.Outputs[0].Dims[0]
	for _, name := range n.Activations() {
		dims := shapes[name]
		if len(dims) != 4 {
			return nil, fmt.Errorf("the shape of %q cannot be told; run onnx.shape_inference on the model first", name)
		}
		flat := names.fresh(name + ".flat")
		g.Nodes = append(g.Nodes, &onnx.Node{Op: "Flatten", Name: flat, Inputs: []string{name}, Outputs: []string{flat}})
		g.Outputs = append(g.Outputs, &onnx.Value{Name: flat, Type: onnx.Float32,
			Dims: []onnx.Dim{batch, {Size: dims[1] * dims[2] * dims[3]}}})
	}
	g.Prune()
	return m, nil
}
