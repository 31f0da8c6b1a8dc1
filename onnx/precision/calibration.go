package precision

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"graft/onnx"
)

// A Calibration collects what the activations of a network are like. Images
// may be added from several goroutines.
type Calibration struct {
	network *Network
	names   []string
	counts  []counter
	mu      sync.Mutex
	images  int
}

// A counter is what is known of one activation.
type counter struct {
	sync.Mutex
	Histogram
	channels int64
	means    map[int][]float64 // image → mean of each channel
}

// Calibrate begins a calibration of the network's activations, which are
// those of images of side×side pixels.
func (n *Network) Calibrate(side int) *Calibration {
	names, shapes := n.Activations(), n.model.Graph.Shapes(int64(side))
	c := &Calibration{network: n, names: names, counts: make([]counter, len(names))}
	for i, name := range names {
		if dims := shapes[name]; len(dims) == 4 {
			c.counts[i].channels = dims[1]
		}
		c.counts[i].means = map[int][]float64{}
	}
	return c
}

// Add takes the activations of image number image, in the order of
// [Network.Activations]. The order of the images makes no difference. A value
// that is not finite is an error: then the trunk itself does not work on that
// image.
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
	return c.Add(values)
}

// mean is that of each channel over all images. Images are summed in order of
// their numbers, so that the result is the same to the last bit.
func (c *counter) mean() []float64 {
	sums := make([]float64, c.channels)
	for _, image := range slices.Sorted(maps.Keys(c.means)) {
		for k, m := range c.means[image] {
			sums[k] += m / float64(len(c.means))
		}
	}
	return sums
}

// means are those of each channel of a value, empty if they are not known.
func (c *Calibration) means(name string) (means []float64) {
	if i := slices.Index(c.names, name); i >= 0 {
		return c.counts[i].mean()
	}
	if s := c.network.joins[name]; s != nil {
		for _, in := range s.node.Inputs {
			part := c.means(in)
			if len(part) == 0 {
				return nil
			}
			means = append(means, part...)
		}
	}
	return means
}

// Images is how many were added.
func (c *Calibration) Images() int { return c.images }

// ranges chooses the range of every quantised value: those that share one are
// counted together.
func (c *Calibration) ranges(m Method) map[string]valueRange {
	together := map[string]*Histogram{}
	for i, name := range c.names {
		root := c.network.root(name)
		if together[root] == nil {
			together[root] = new(Histogram)
		}
		together[root].merge(&c.counts[i].Histogram)
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
