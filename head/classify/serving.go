package classify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"graft/extractor"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
)

// A Model is a head or a classifier in two halves, for programs that run them
// apart: a service that shares one trunk among heads, and keeps what the trunk
// gave. [Model.Start] starts the half that takes crops and gives rows,
// [Model.Predict] is the other one. It holds no session and needs no Close.
type Model struct {
	Path      string
	SHA256    string // of the file, lower-case hexadecimal
	Labels    []string
	Transform pixels.Transform
	Network   Network

	outputs []string // of the session, in the order in which a row holds them
	widths  []int    // of each
	at, dim int      // where in a row the features are, and how many; none: 0
	head    *Head    // nil: the file is a classifier
	encoded []byte   // of a classifier
	trunk   onnx.Trunk
	predict func(row []float32, p []float64)
}

// A Network is what turns crops into rows. Models with equal Networks can share
// the one that either of them has started. It is comparable with ==.
type Network struct {
	SHA256  string // of the trunk's file or of the classifier's, lower-case hexadecimal
	Outputs string // names of the outputs of which a row is made, separated by new lines
}

// A session is what runs the network: an *ort.Session.
type session interface {
	extractor.Trunk
	Warm(ctx context.Context, h, w int) (time.Duration, error)
}

// Load reads a head, or a classifier that [Export] made of one, and starts
// nothing. A file that is neither is a [*HeadError].
func Load(path string) (*Model, error) {
	encoded, m, err := readModel(path)
	if err != nil {
		return nil, err
	}
	l := &Model{Path: path, SHA256: onnx.Fingerprint(encoded)}
	if m.Kind() == onnx.KindClassifier {
		err = l.takeMerged(m, encoded)
	} else {
		err = l.takeHead(m)
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

func (m *Model) takeHead(model *onnx.Model) (err error) {
	if m.head, err = headOf(m.Path, model); err != nil {
		return err
	}
	m.Labels, m.Transform, m.predict = m.head.Classes(), m.head.Identity.Transform, m.head.Predict
	m.outputs, m.widths, m.dim = []string{m.head.Identity.Tap}, []int{m.head.Width()}, m.head.Width()
	m.Network = Network{m.head.Identity.Trunk, m.head.Identity.Tap}
	return nil
}

func (m *Model) takeMerged(model *onnx.Model, encoded []byte) error {
	c, err := mergedOf(m.Path, model)
	if err != nil {
		return err
	}
	m.Labels, m.Transform, m.trunk, m.encoded, m.predict = c.labels, c.transform, c.trunk, encoded, widened
	m.outputs, m.widths = []string{onnx.Probabilities}, []int{len(m.Labels)}
	if v := model.Graph.Output(onnx.Features); v != nil && len(v.Dims) == 2 && v.Dims[1].Size > 0 {
		m.at, m.dim = len(m.Labels), int(v.Dims[1].Size)
		m.outputs, m.widths = append(m.outputs, onnx.Features), append(m.widths, m.dim)
	}
	m.Network = Network{m.SHA256, strings.Join(m.outputs, "\n")}
	return nil
}

// widened is the predict of a model whose rows begin with the probabilities.
func widened(row []float32, p []float64) {
	for i := range p {
		p[i] = float64(row[i])
	}
}

// find finds the trunk of a head; nil of a classifier, which has it inside.
func (m *Model) find(o Options) (*trunk.File, error) {
	if m.head == nil {
		return nil, nil
	}
	return m.head.FindTrunk(o.Cache, o.Trunk)
}

// about is what the trunk says of itself: f, or that of a merged classifier, whose f is nil.
func (m *Model) about(f *trunk.File) onnx.Trunk {
	if f != nil {
		return f.Trunk
	}
	return m.trunk
}

// notes are what people should know of the trunk that was found, nil for none, and
// of what was asked for and is not used.
func (m *Model) notes(f *trunk.File, o Options) (notes []string) {
	if f != nil {
		return trunk.Warnings(f.Trunk)
	}
	if o.Trunk != "" {
		notes = append(notes, fmt.Sprintf("classifier %q has its trunk inside; %q is not used", m.Path, o.Trunk))
	}
	return append(notes, trunk.Warnings(m.trunk)...)
}

// open opens a session that gives some of the outputs that rows are made of, on the
// trunk that was found.
func (m *Model) open(ctx context.Context, f *trunk.File, o ort.Options, outputs []string) (session, error) {
	if f != nil {
		return f.Open(ctx, o, outputs...)
	}
	o.Outputs = outputs
	s, err := ort.Open(ctx, m.encoded, o)
	if err != nil {
		return nil, fmt.Errorf("classifier %q: %w", m.Path, err)
	}
	return s, nil
}

// Started is the running half of a Model. Whoever started it closes it.
type Started struct {
	extractor.Trunk
	About    onnx.Trunk     // what the trunk says of itself
	Warnings []string       // what people should know of it
	Device   string         // what was chosen of several devices and why; "" if nothing was
	Recorded trunk.Recorded // what of the device changes bits
}

// Start opens a session that gives what rows are made of: an output for each of
// [Model.Widths]. Of the options Trunk, Cache and Device count; a trunk that is
// not there is a [*TrunkError].
func (m *Model) Start(ctx context.Context, o Options) (*Started, error) {
	file, err := m.find(o)
	if err != nil {
		return nil, err
	}
	s := &Started{About: m.about(file)}
	device, err := trunk.DecideFor(s.About, o.Device)
	if err != nil {
		return nil, err
	}
	s.Device, s.Recorded, s.Warnings = device.Note, device.Recorded, trunk.Warnings(s.About)
	if s.Trunk, err = m.open(ctx, file, device.Options, m.outputs); err != nil {
		return nil, err
	}
	return s, nil
}

// Widths are those of the outputs of the session, in the order in which a row
// holds them.
func (m *Model) Widths() []int { return m.widths }

// Width is how many values a row has.
func (m *Model) Width() int {
	n := 0
	for _, w := range m.widths {
		n += w
	}
	return n
}

// Dim is how many features a row holds; 0 if this model gives none.
func (m *Model) Dim() int { return m.dim }

// Features are those in a row, nil if this model gives none.
func (m *Model) Features(row []float32) []float32 {
	if m.dim == 0 {
		return nil
	}
	return row[m.at : m.at+m.dim]
}

// Predict turns a row into the probabilities of the classes, one for each label.
// It is safe for concurrent use, and gives what [Classifier.Classify] gives.
func (m *Model) Predict(row []float32, p []float64) { m.predict(row, p) }

// Identity is what features of this model are features of. Of a classifier its
// Trunk is "".
func (m *Model) Identity() trunk.Identity {
	if m.head == nil {
		return trunk.Identity{Transform: m.Transform}
	}
	return m.head.Identity
}
