package onnx

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Inspection describes a model without running it. Its JSON form is part of
// graft's interface.
type Inspection struct {
	Kind       string            `json:"kind"`   // trunk, head, classifier; "" for a foreign model
	SHA256     string            `json:"sha256"` // of the file, lower-case hex
	Bytes      int64             `json:"bytes"`  // of the file
	IRVersion  int64             `json:"ir_version"`
	Opsets     map[string]int64  `json:"opsets"` // domain → version; the standard operators are "ai.onnx"
	Producer   string            `json:"producer"`
	Inputs     []Port            `json:"inputs"`
	Outputs    []Port            `json:"outputs"` // of a trunk: features and the taps
	Nodes      int               `json:"nodes"`
	Operators  []OperatorCount   `json:"operators"`  // most frequent first
	Parameters int64             `json:"parameters"` // elements of all constants
	External   []string          `json:"external"`   // other files that hold weights, as the model names them
	Trunk      *Trunk            `json:"trunk"`      // null if the model describes none
	Licence    string            `json:"licence"`    // of the weights, where the metadata names it
	NotTrunk   string            `json:"not_trunk"`  // why the model cannot serve as a trunk; "" if it can
	Importable bool              `json:"-"`          // of a model that is no trunk: Import can make one of it
	Candidates []Candidate       `json:"candidates"` // of a model that can be imported: what could become features, best first
	Labels     []string          `json:"labels"`     // of heads and classifiers
	Cost       Cost              `json:"cost"`
	Metadata   map[string]string `json:"metadata"`
}

// Port is an input or output of a model.
type Port struct {
	Name  string `json:"name"`
	Type  string `json:"type"`  // such as "uint8"
	Shape string `json:"shape"` // such as "n×h×w×3"
	// Dims are the sizes, -1 where the size is known only at run time.
	Dims []int64 `json:"dims"`
}

// OperatorCount says how often an operator occurs.
type OperatorCount struct {
	Operator string `json:"operator"`
	Count    int    `json:"count"`
}

// Cost is the cost of one image.
type Cost struct {
	// MultiplyAdds of convolutions and matrix products; null if shapes could not
	// be inferred in some part of the graph.
	MultiplyAdds *int64   `json:"multiply_adds"`
	Side         int64    `json:"side"`    // of the square image assumed where the model leaves h and w open, in pixels
	Unknown      []string `json:"unknown"` // why MultiplyAdds is null
	// Layers are the multiply-adds of layers that could compute in 8-bit integers
	// to advantage: with constant weights, and not depthwise; 0 if not known.
	Layers int64 `json:"layers"`
	// HalfBytes and Int8Bytes are about how large the file would be in float16 and
	// in int8; 0 of a model that is not in float32.
	HalfBytes int64 `json:"half_bytes"`
	Int8Bytes int64 `json:"int8_bytes"`
}

// defaultSide is the image size assumed for models without a fixed one: that of
// Inception v3.
const defaultSide = 299

// Inspect describes a model file without running it. Weights in other files are
// not read. It returns an error if the file cannot be read.
func Inspect(file []byte) (*Inspection, error) {
	var waiting []*Tensor
	m, err := decode(file, &waiting)
	if err != nil {
		return nil, err
	}
	x := &Inspection{
		Kind: m.Kind(), SHA256: Fingerprint(file), Bytes: int64(len(file)),
		IRVersion: m.IRVersion, Producer: strings.TrimSpace(m.Producer + " " + m.ProducerVersion),
		Inputs: ports(m.Graph.RealInputs()), Outputs: ports(m.Graph.Outputs),
		Nodes: len(m.Graph.Nodes), Operators: m.Graph.operators(), Parameters: m.Graph.parameters(),
		Opsets: map[string]int64{}, Metadata: map[string]string{}, Labels: []string{}, External: []string{}, Candidates: []Candidate{},
	}
	for _, o := range m.Opsets {
		x.Opsets[cmp.Or(o.Domain, "ai.onnx")] = o.Version
	}
	for _, p := range m.Properties {
		x.Metadata[p.Key] = p.Value
	}
	for _, key := range []string{KeyLicence, "license", "licence"} {
		x.Licence = cmp.Or(x.Licence, m.Property(key))
	}
	if labels, err := m.Labels(); err == nil {
		x.Labels = labels
	}
	if t, err := m.StoredTrunk(); err == nil {
		x.Trunk = &t
	}
	if _, err := DescribeTrunk(m); err != nil {
		x.NotTrunk = err.Error()
		var not *NotTrunkError
		x.Importable = errors.As(err, &not) && not.Importable
	}
	if x.Importable {
		x.Candidates = append(x.Candidates, m.Candidates(0)...)
	}
	for _, t := range waiting {
		if !slices.Contains(x.External, t.external.location) {
			x.External = append(x.External, t.external.location)
		}
	}
	x.Cost = m.cost(x.Trunk)
	return x, nil
}

func ports(values []*Value) []Port {
	list := make([]Port, len(values))
	for i, v := range values {
		p := Port{Name: v.Name, Type: v.Type.String(), Dims: make([]int64, len(v.Dims))}
		for j, d := range v.Dims {
			p.Dims[j] = d.Size
		}
		p.Shape = v.shape()
		list[i] = p
	}
	return list
}

// operators counts the nodes of the graph itself by operator.
func (g *Graph) operators() []OperatorCount {
	counts := map[string]int{}
	for _, n := range g.Nodes {
		counts[n.Op]++
	}
	list := make([]OperatorCount, 0, len(counts))
	for _, op := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, OperatorCount{op, counts[op]})
	}
	slices.SortStableFunc(list, func(a, b OperatorCount) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

// parameters counts the elements of all initializers.
func (g *Graph) parameters() (n int64) {
	for _, t := range g.Initializers {
		if l, err := t.count(); err == nil {
			n += l
		}
	}
	return n
}

// cost counts the multiply-adds for one image.
func (m *Model) cost(t *Trunk) Cost {
	c := Cost{Side: m.side(t)}
	s := m.Graph.inferShapes(batchOf(m.Graph, c.Side, 1))
	if c.Unknown = append([]string{}, s.unknown...); len(c.Unknown) == 0 {
		c.MultiplyAdds, c.Layers = &s.macs, s.layers
	}
	if m.Graph.Arithmetic() == Float32 {
		c.HalfBytes, c.Int8Bytes = m.Graph.smaller(s)
	}
	return c
}

// smaller is about how many bytes the weights take in float16 and in int8.
func (g *Graph) smaller(s *shapes) (half, int8 int64) {
	for _, t := range g.Initializers {
		n, err := t.count()
		size := n * t.Type.bits() / 8
		switch {
		case err != nil:
		case t.Type != Float32:
			half, int8 = half+size, int8+size
		case s.weights[t.Name] > 0:
			half, int8 = half+size/2, int8+size/4
		default:
			half, int8 = half+size/2, int8+size
		}
	}
	return half, int8
}

// side is the size of images that cost is counted for: that of the input or of
// the trunk's description, else the usual one that shapes in the graph fit.
func (m *Model) side(t *Trunk) int64 {
	for _, v := range m.Graph.RealInputs() {
		if len(v.Dims) == 4 && v.Dims[2].Size > 3 {
			return min(v.Dims[2].Size, maxSize)
		}
	}
	if t != nil {
		return int64(t.Crop)
	}
	for _, side := range append([]int64{defaultSide}, usualSides[:6]...) {
		if m.Graph.inferShapes(batchOf(m.Graph, side, 1)).misfit == "" {
			return side
		}
	}
	return defaultSide
}

// batchOf returns the shapes of the inputs for a batch of n images, side pixels
// high and wide where the model leaves that open.
func batchOf(g *Graph, side, n int64) map[string][]int64 {
	dims := map[string][]int64{}
	for _, v := range g.RealInputs() {
		if v.Dims == nil {
			continue
		}
		list := make([]int64, len(v.Dims))
		for i, d := range v.Dims {
			switch {
			case i == 0:
				list[i] = n
			case i == 1 && len(v.Dims) == 4 && v.Dims[3].Size != 3 && d.Size < 0:
				list[i] = 3 // channels with a symbol, as some exporters write
			case d.Size >= 0:
				list[i] = min(d.Size, maxSize)
			default:
				list[i] = side
			}
		}
		dims[v.Name] = list
	}
	return dims
}
