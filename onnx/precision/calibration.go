package precision

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"graft/onnx"
)

// A Calibration collects the distributions of a network's activations. Images
// may be added from several goroutines.
type Calibration struct {
	network *Network
	names   []string
	counts  []counter
	mu      sync.Mutex
	images  int
}

// A counter collects the distribution of one activation.
type counter struct {
	sync.Mutex
	histogram
	channels int64
	means    map[int][]float64 // image → mean of each channel
	most     []float32         // of inputs of linear layers: largest absolute value in each channel, the last dimension
}

// Calibrate begins a calibration of the network's activations on images of
// side×side pixels.
func (n *Network) Calibrate(side int) *Calibration {
	names, shapes := n.Activations(), n.model.Graph.Shapes(int64(side))
	c := &Calibration{network: n, names: names, counts: make([]counter, len(names))}
	for i, name := range names {
		if dims := shapes[name]; len(dims) == 4 {
			c.counts[i].channels = dims[1]
		}
		c.counts[i].means = map[int][]float64{}
		if dims := shapes[name]; len(dims) > 0 && slices.Contains(n.inputs, name) && dims[len(dims)-1] <= 1<<20 {
			c.counts[i].channels, c.counts[i].most = 0, make([]float32, dims[len(dims)-1])
		}
	}
	return c
}

// Add takes the activations of image number image, in the order of
// [Network.Activations], each with its channels, rows and columns in C order.
// The order of the images makes no difference. A value that is not finite is an
// error: the trunk itself does not work on that image.
func (c *Calibration) Add(image int, values [][]float32) error {
	for i, v := range values {
		if !c.counts[i].add(image, v) {
			return fmt.Errorf("the trunk computes values in %q that are not finite", c.names[i])
		}
	}
	c.mu.Lock()
	c.images++
	c.mu.Unlock()
	return nil
}

func (c *counter) add(image int, values []float32) (finite bool) {
	c.Lock()
	defer c.Unlock()
	if c.channels > 0 {
		means, per := make([]float64, c.channels), len(values)/int(c.channels)
		for k := range means {
			for _, v := range values[k*per : (k+1)*per] {
				means[k] += float64(v) / float64(per)
			}
		}
		c.means[image] = means
	}
	for i, v := range values {
		if n := len(c.most); n > 0 {
			c.most[i%n] = max(c.most[i%n], v, -v)
		}
	}
	return c.count(values)
}

// mean returns the mean of each channel over all images, summed in order of the
// images' numbers, so that the result is the same to the last bit.
func (c *counter) mean() []float64 {
	sums := make([]float64, c.channels)
	for _, image := range slices.Sorted(maps.Keys(c.means)) {
		for k, m := range c.means[image] {
			sums[k] += m / float64(len(c.means))
		}
	}
	return sums
}

// means returns the mean of each channel of a value; empty if it is not known.
func (c *Calibration) means(name string) (means []float64) {
	if i := slices.Index(c.names, name); i >= 0 {
		return c.counts[i].mean()
	}
	if l := c.network.concats[name]; l != nil {
		for _, in := range l.node.Inputs {
			part := c.means(in)
			if len(part) == 0 {
				return nil
			}
			means = append(means, part...)
		}
	}
	return means
}

// ranges chooses the range of every quantised value, by root: the histograms of
// values that share one are merged.
func (c *Calibration) ranges(m Method) map[string]valueRange {
	merged := map[string]*histogram{}
	for i, name := range c.names {
		root := c.network.root(name)
		if merged[root] == nil {
			merged[root] = new(histogram)
		}
		merged[root].merge(&c.counts[i].histogram)
	}
	chosen := map[string]valueRange{}
	for root, h := range merged {
		chosen[root] = m.rangeOf(h)
	}
	return chosen
}

// Observed returns a copy of m, which is the network's float32 model or one that
// [Network.Quantize] returned, with these outputs: the features, and then the
// activations, each float32 n×d, flattened from n×channels×rows×columns. side is
// the height and width of the pixels that it will run on.
func (n *Network) Observed(m *onnx.Model, side int) (*onnx.Model, error) {
	m = m.Clone()
	g := m.Graph
	shapes, names := n.model.Graph.Shapes(int64(side)), namerOf(g)
	g.Outputs = slices.DeleteFunc(g.Outputs, func(v *onnx.Value) bool { return v.Name != onnx.Features })
	batch := g.Outputs[0].Dims[0]
	for _, name := range n.Activations() {
		dims := shapes[name]
		if dims == nil {
			return nil, fmt.Errorf("the shape of %q cannot be inferred", name)
		}
		flat, total := names.fresh(name+".flat"), int64(1)
		for _, d := range dims {
			total *= d
		}
		node := &onnx.Node{Op: "Flatten", Name: flat, Inputs: []string{name}, Outputs: []string{flat}}
		if len(dims) != 4 || dims[0] != 1 { // the images of a batch may not come first
			row := onnx.NewInt64s(names.fresh(flat+".row"), []int64{2}, []int64{1, -1})
			g.Initializers = append(g.Initializers, row)
			node.Op, node.Inputs = "Reshape", []string{name, row.Name}
		}
		g.Nodes = append(g.Nodes, node)
		g.Outputs = append(g.Outputs, &onnx.Value{Name: flat, Type: onnx.Float32, Dims: []onnx.Dim{batch, {Size: total}}})
	}
	g.Prune()
	return m, nil
}
