package onnx

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Keys of the metadata in the models that graft writes. All values are text;
// those marked JSON hold one JSON value.
const (
	KeyKind        = "graft.kind"         // trunk, head or classifier
	KeyFormat      = "graft.format"       // MetadataVersion
	KeyTrunk       = "graft.trunk"        // JSON: Trunk, in trunks and classifiers
	KeyFingerprint = "graft.trunk.sha256" // of the file of the trunk that a head was trained on
	KeyTap         = "graft.trunk.tap"    // the output of the trunk that is the head's input; "" means features
	KeyLabels      = "graft.labels"       // JSON: array of the class names, in the order of the outputs
	KeyTransform   = "graft.transform"    // JSON: how photographs become pixels
	KeyTraining    = "graft.training"     // JSON: how the head was trained
	KeyTrainedOn   = "graft.trained_on"   // base64 of the first eight bytes of each training image's SHA-256, sorted; "" for a set too large to list
	KeyLicence     = "graft.licence"      // of the weights
	KeyPrecision   = "graft.precision"    // JSON: precision.Record, of a trunk in float16 or int8
)

// MetadataVersion is the version of these keys and of their values. Other versions
// are an error.
const MetadataVersion = "1"

// The kinds of models graft writes.
const (
	KindTrunk      = "trunk"
	KindHead       = "head"
	KindClassifier = "classifier"
)

// Names of the inputs and outputs of graft's models.
const (
	Pixels        = "pixels"        // uint8 n×h×w×3, RGB, 0…255
	Features      = "features"      // float32 n×d
	Logits        = "logits"        // float32 n×C
	Probabilities = "probabilities" // float32 n×C, rows sum to 1
)

// Kind returns the kind of a model that graft wrote, or "" for a foreign one.
func (m *Model) Kind() string { return m.Property(KeyKind) }

// mark writes the kind of the model and the version of its metadata.
func (m *Model) mark(kind string) {
	m.SetProperty(KeyKind, kind)
	m.SetProperty(KeyFormat, MetadataVersion)
}

// SetLabels writes the class names, in the order of the outputs, and the kind of
// the model: KindHead or KindClassifier.
func (m *Model) SetLabels(kind string, labels []string) {
	m.mark(kind)
	text, _ := json.Marshal(labels) // a list of strings cannot fail
	m.SetProperty(KeyLabels, string(text))
}

// Labels returns the class names of a head or classifier.
func (m *Model) Labels() ([]string, error) {
	text := m.Property(KeyLabels)
	if text == "" {
		return nil, fmt.Errorf("the model has no class names (no %s in its metadata); graft did not write it", KeyLabels)
	}
	var labels []string
	if err := json.Unmarshal([]byte(text), &labels); err != nil {
		return nil, fmt.Errorf("class names in %s: %w", KeyLabels, err)
	}
	return labels, nil
}

// CheckFormat returns an error if the metadata have another version than
// MetadataVersion. A foreign model has none, and passes.
func (m *Model) CheckFormat() error {
	if v := m.Property(KeyFormat); v != "" && v != MetadataVersion {
		return fmt.Errorf("metadata has format %q, this graft reads %s; use the graft that wrote it, or a newer one", v, MetadataVersion)
	}
	return nil
}

// Trunk is the description of a trunk in its metadata.
type Trunk struct {
	Name      string   `json:"name"`
	Trained   bool     `json:"trained"`             // false: random weights
	Source    string   `json:"source"`              // of the weights, with a SHA-256 or a seed
	Resize    int      `json:"resize"`              // pixels of the short side before the crop
	Crop      int      `json:"crop"`                // pixels of a side of the square that is the input
	Fixed     bool     `json:"fixed,omitempty"`     // no other crop is possible
	Precision string   `json:"precision,omitempty"` // of the arithmetic, fp16 or int8; "" is fp32
	Licence   string   `json:"licence,omitempty"`   // of the weights
	Taps      []Tap    `json:"taps"`                // Taps[0] is "features"
	Asked              // by the model's own configuration
	Notes     []string `json:"notes,omitempty"` // for users, such as "untrained"
}

// Tap is an output of a trunk: float32 n×Dim.
type Tap struct {
	Name  string `json:"name"`
	Dim   int    `json:"dim"`
	Pool  string `json:"pool,omitempty"`  // how a sequence of tokens or a map became a vector; "": it was one, or a map that was averaged
	Value string `json:"value,omitempty"` // of the foreign model that was pooled
}

// Dim returns the width of the tap called name; "" is "features". It is 0 if
// there is no such tap.
func (t Trunk) Dim(name string) int {
	if name == "" {
		name = Features
	}
	for _, tap := range t.Taps {
		if tap.Name == name {
			return tap.Dim
		}
	}
	return 0
}

// Describe writes the description into the metadata of m, a trunk.
func (t Trunk) Describe(m *Model) {
	m.mark(KindTrunk)
	t.store(m)
	m.SetProperty(KeyLicence, t.Licence)
}

// store writes the description and leaves the kind of the model as it is.
func (t Trunk) store(m *Model) {
	text, _ := json.Marshal(t) // strings, numbers and lists of them cannot fail
	m.SetProperty(KeyTrunk, string(text))
}

// A NotTrunkError says why a model is not a trunk.
type NotTrunkError struct {
	Reason string
	// Importable reports whether [Import] can make a trunk of the model, as far
	// as its input shows.
	Importable bool
}

// Error is the reason, without the model's name.
func (e *NotTrunkError) Error() string { return e.Reason }

// DescribeTrunk returns the description of a trunk, checked against its input and
// outputs. If the model is not a trunk, the error is a [*NotTrunkError]; a
// description that is damaged or does not fit the graph is another error.
func DescribeTrunk(m *Model) (Trunk, error) {
	if k := m.Kind(); k != KindTrunk && k != "" {
		return Trunk{}, &NotTrunkError{Reason: fmt.Sprintf("it is a %s, not a trunk", k)}
	}
	if err := checkPixels(m); err != nil {
		return Trunk{}, err
	}
	if m.Kind() == "" {
		return Trunk{}, &NotTrunkError{Reason: "it has no description of a trunk", Importable: true}
	}
	t, err := m.StoredTrunk()
	if err != nil {
		return Trunk{}, err
	}
	if len(t.Taps) == 0 || t.Taps[0].Name != Features {
		return Trunk{}, fmt.Errorf("its description does not begin its taps with %q", Features)
	}
	for _, tap := range t.Taps {
		if err := checkTap(m.Graph, tap); err != nil {
			return Trunk{}, err
		}
	}
	return t, nil
}

// StoredTrunk returns the description of the trunk inside a trunk or a
// classifier, without looking at the graph.
func (m *Model) StoredTrunk() (t Trunk, err error) {
	if err := m.CheckFormat(); err != nil {
		return t, err
	}
	text := m.Property(KeyTrunk)
	if text == "" {
		return t, fmt.Errorf("the metadata has no %s", KeyTrunk)
	}
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return t, fmt.Errorf("description in %s: %w", KeyTrunk, err)
	}
	if t.Crop <= 0 || t.Resize < 0 {
		return t, fmt.Errorf("description in %s: resize %d, crop %d make no sense", KeyTrunk, t.Resize, t.Crop)
	}
	return t, nil
}

// checkPixels checks that the one input is pixels.
func checkPixels(m *Model) error {
	inputs := m.Graph.RealInputs()
	if len(inputs) != 1 {
		image := slices.ContainsFunc(inputs, func(v *Value) bool { return v.Type.isFloat() && len(v.Dims) == 4 }) // a value may need it alone
		return &NotTrunkError{Reason: fmt.Sprintf("it has %d inputs%s, want one called %q", len(inputs), listed(inputs), Pixels), Importable: image}
	}
	in := inputs[0]
	if in.Name != Pixels || in.Type != Uint8 || len(in.Dims) != 4 || in.Dims[3].Size != 3 {
		return &NotTrunkError{Reason: fmt.Sprintf("input %q is %s, not pixels (uint8 n×h×w×3)", in.Name, in), Importable: true}
	}
	return nil
}

// checkTap checks that the graph has an output for a tap of the description.
func checkTap(g *Graph, tap Tap) error {
	v := g.Output(tap.Name)
	switch {
	case v == nil:
		return fmt.Errorf("it has no output %q, only%s", tap.Name, listed(g.Outputs))
	case v.Type != Float32 || len(v.Dims) != 2 || v.Dims[1].Size != int64(tap.Dim):
		return fmt.Errorf("output %q is %s, its description says float32 n×%d", tap.Name, v, tap.Dim)
	}
	return nil
}

// listed lists the names of values for an error: ` "a", "b"`.
func listed(values []*Value) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %q", v.Name)
	}
	return b.String()
}
