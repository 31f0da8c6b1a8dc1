package classify

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"graft/extractor"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/headmodel"
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

// Load reads a head, or a classifier that [Export] made of one, and starts
// nothing. A file that is neither is a [*HeadError].
func Load(path string) (*Model, error) {
	encoded, m, err := readModel(path)
	if err != nil {
		return nil, err
	}
	l := &Model{Path: path, SHA256: onnx.Fingerprint(encoded)}
	if m.Kind() != onnx.KindClassifier {
		err = l.loadHead(m)
	} else if err = l.loadMerged(m, encoded); err != nil {
		err = fmt.Errorf("classifier %q: %w", path, err)
	}
	return l, err
}

func (m *Model) loadHead(model *onnx.Model) (err error) {
	if m.head, err = headOf(m.Path, model); err != nil {
		return err
	}
	m.Labels, m.Transform, m.predict = m.head.Classes(), m.head.Identity.Transform, m.head.Predict
	m.outputs, m.widths, m.dim = []string{m.head.Identity.Tap}, []int{m.head.Width()}, m.head.Width()
	m.Network = Network{m.head.Identity.Trunk, m.head.Identity.Tap}
	return nil
}

func (m *Model) loadMerged(model *onnx.Model, encoded []byte) (err error) {
	if err := headmodel.CheckClassifier(model); err != nil {
		return err
	}
	t, err := model.StoredTrunk()
	if err == nil {
		m.Labels, err = model.Labels()
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(model.Property(onnx.KeyTransform)), &m.Transform); err != nil {
		return fmt.Errorf("its transform: %w", err)
	}
	m.encoded, m.trunk = encoded, t
	m.outputs, m.widths = []string{onnx.Probabilities}, []int{len(m.Labels)}
	if v := model.Graph.Output(onnx.Features); v != nil && len(v.Dims) == 2 && v.Dims[1].Size > 0 {
		m.at, m.dim = len(m.Labels), int(v.Dims[1].Size)
		m.outputs, m.widths = append(m.outputs, onnx.Features), append(m.widths, m.dim)
	}
	m.predict = func(row []float32, p []float64) {
		for i := range p {
			p[i] = float64(row[i])
		}
	}
	m.Network = Network{m.SHA256, strings.Join(m.outputs, "\n")}
	return nil
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
	s, f := &Started{About: m.trunk}, (*trunk.File)(nil)
	if m.head != nil {
		var err error
		if f, err = m.head.FindTrunk(o.Cache, o.Trunk); err != nil {
			return nil, err
		}
		s.About = f.Trunk
	}
	device, err := trunk.DecideFor(s.About, o.Device)
	if err != nil {
		return nil, err
	}
	s.Warnings, s.Device, s.Recorded = trunk.Warnings(s.About), device.Note, device.Recorded
	if f == nil {
		device.Options.Outputs = m.outputs
		if s.Trunk, err = ort.Open(ctx, m.encoded, device.Options); err != nil {
			return nil, fmt.Errorf("classifier %q: %w", m.Path, err)
		}
		return s, nil
	}
	if s.Trunk, err = f.Open(ctx, device.Options, m.outputs...); err != nil {
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
