package headmodel

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"graft/onnx"
)

// MergeOptions are the settings of Merge. The zero value has the output
// probabilities only.
type MergeOptions struct {
	Features bool // a further output: the features, n×d
	Logits   bool // a further output: the logits, n×C; of a linear head only
	// Fingerprint of the trunk's file, lower-case hex SHA-256: if given, it
	// must be the one that the head was trained on.
	Fingerprint string
	// Licence of the merged model; "": those of trunk and head.
	Licence string
}

// minOpset is the first opset in which every operator of a head has the meaning
// that this package relies on.
const minOpset = 10

// headPrefix begins the names of the head's inner values in a merged model.
const headPrefix = "head/"

// Merge merges a trunk and a head into one model from pixels, uint8 n×h×w×3, to
// probabilities, float32 n×C. Its metadata are the head's (labels, transform,
// training) and the trunk's description; its kind is "classifier", its opset
// the trunk's. The arguments are not changed, but the weights are shared. A
// head that was trained on another trunk or another tap is an error.
func Merge(trunk, head *onnx.Model, o MergeOptions) (*onnx.Model, error) {
	t, err := onnx.DescribeTrunk(trunk)
	if err != nil {
		return nil, fmt.Errorf("merge: the trunk: %w", err)
	}
	h, err := ReadHead(head)
	if err != nil {
		return nil, fmt.Errorf("merge: the head: %w", err)
	}
	if err := o.check(trunk, head, t); err != nil {
		return nil, fmt.Errorf("merge: %w", err)
	}
	if o.Logits && h.Kind() != "linear" {
		return nil, fmt.Errorf("merge: a %s head has no logits", h.Kind())
	}
	m, top := trunk.Clone(), head.Clone()
	cutAt(m.Graph, tapOf(head))
	appendHead(m.Graph, top.Graph, o)
	m.IRVersion = max(m.IRVersion, top.IRVersion)
	m.Producer, m.ProducerVersion, m.Graph.Name = top.Producer, top.ProducerVersion, "classifier"
	return m, describe(m, head, t, o)
}

// tapOf is the output of the trunk that the head was trained on.
func tapOf(head *onnx.Model) string {
	if tap := head.Property(onnx.KeyTap); tap != "" {
		return tap
	}
	return onnx.Features
}

// check returns why the head is not one of this trunk, or nil.
func (o MergeOptions) check(trunk, head *onnx.Model, t onnx.Trunk) error {
	tap := tapOf(head)
	d := head.Graph.Input(onnx.Features).Dims[1].Size
	switch {
	case t.Dim(tap) == 0:
		return fmt.Errorf("the head was trained on the tap %q, which the trunk %s does not have", tap, t.Name)
	case int64(t.Dim(tap)) != d:
		return fmt.Errorf("the head takes %d features, the tap %q of the trunk %s has %d", d, tap, t.Name, t.Dim(tap))
	case trunk.Opset() < minOpset:
		return fmt.Errorf("the trunk is written in opset %d, which is older than %d; convert it with onnx.version_converter and import it again",
			trunk.Opset(), minOpset)
	}
	want := head.Property(onnx.KeyFingerprint)
	if o.Fingerprint != "" && want != "" && o.Fingerprint != want {
		return fmt.Errorf("the head was trained on the trunk with SHA-256 %s, this one has %s", want, o.Fingerprint)
	}
	return nil
}

// cutAt prunes the trunk to the tap and renames it to features. Values whose
// names the merged model needs are renamed, too.
func cutAt(g *onnx.Graph, tap string) {
	g.Outputs = slices.DeleteFunc(g.Outputs, func(v *onnx.Value) bool { return v.Name != tap })
	g.Prune()
	g.Rename(func(name string) string {
		switch {
		case name == tap:
			return onnx.Features
		case name == onnx.Features, name == onnx.Logits, name == onnx.Probabilities,
			strings.HasPrefix(name, headPrefix), strings.HasPrefix(name, "trunk/"):
			return "trunk/" + name
		}
		return name
	})
}

// appendHead appends the head's nodes to the trunk's.
func appendHead(trunk, head *onnx.Graph, o MergeOptions) {
	head.Rename(func(name string) string {
		switch name {
		case onnx.Features, onnx.Logits, onnx.Probabilities:
			return name
		}
		return headPrefix + name
	})
	for _, n := range head.Nodes {
		n.Name = headPrefix + n.Name
	}
	trunk.Nodes = append(trunk.Nodes, head.Nodes...)
	trunk.Initializers = append(trunk.Initializers, head.Initializers...)
	features := trunk.Outputs[0]
	trunk.Outputs = []*onnx.Value{head.Output(onnx.Probabilities)}
	if o.Features {
		trunk.Outputs = append(trunk.Outputs, features)
	}
	if o.Logits {
		trunk.Outputs = append(trunk.Outputs, head.Output(onnx.Logits))
	}
	batch := trunk.RealInputs()[0].Dims[0] // the head's is open; the trunk's may be fixed or have another name
	for _, v := range trunk.Outputs {
		v.Dims[0] = batch
	}
}

// describe adds the head's metadata to m, which has the trunk's.
func describe(m, head *onnx.Model, t onnx.Trunk, o MergeOptions) error {
	licence := o.Licence
	if licence == "" {
		notes := []string{t.Licence, head.Property(onnx.KeyLicence)}
		notes = slices.DeleteFunc(slices.Compact(notes), func(s string) bool { return s == "" })
		licence = strings.Join(notes, "\n")
	}
	for _, p := range head.Properties {
		m.SetProperty(p.Key, p.Value)
	}
	m.SetProperty(onnx.KeyLicence, licence)
	labels, err := head.Labels()
	if err != nil {
		return err
	}
	m.SetLabels(onnx.KindClassifier, labels)
	return nil
}

// CheckClassifier returns why a model is not a merged classifier, or nil.
func CheckClassifier(m *onnx.Model) error {
	if k := m.Kind(); k != onnx.KindClassifier {
		if k == "" {
			return errors.New("it is not a classifier that graft wrote")
		}
		return fmt.Errorf("it is a %s, not a classifier", k)
	}
	if _, err := m.StoredTrunk(); err != nil {
		return err
	}
	labels, err := m.Labels()
	if err != nil {
		return err
	}
	out := m.Graph.Output(onnx.Probabilities)
	in := m.Graph.Input(onnx.Pixels)
	if in == nil || out == nil || len(out.Dims) != 2 || out.Dims[1].Size != int64(len(labels)) {
		return fmt.Errorf("it does not map %s to %s of its %d classes", onnx.Pixels, onnx.Probabilities, len(labels))
	}
	return nil
}
