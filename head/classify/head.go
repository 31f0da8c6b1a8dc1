package classify

import (
	"encoding/json"
	"errors"
	"fmt"

	"graft/extractor/trunk"
	"graft/head"
	"graft/onnx"
	"graft/onnx/headmodel"
)

// A Head is a head on disk: what predicts, and what it belongs to.
type Head struct {
	head.Predictor
	Path      string
	Identity  trunk.Identity // of the features that it takes
	TrainedOn TrainingSet
	Training  *head.Record // how it was trained
	Model     *onnx.Model
}

// ReadHead reads a head that graft wrote. A file that is none is a [*HeadError],
// one that cannot be used as it is a [*DamagedError].
func ReadHead(path string) (*Head, error) {
	_, m, err := readModel(path)
	if err != nil {
		return nil, err
	}
	return headOf(path, m)
}

// headOf is the head in a model, which was read from path.
func headOf(path string, m *onnx.Model) (*Head, error) {
	if m.Kind() != onnx.KindHead {
		_, err := headmodel.ReadHead(m)
		return nil, &HeadError{path, err}
	}
	h := &Head{Path: path, Model: m, Training: new(head.Record)}
	if err := h.take(m); err != nil {
		return nil, &DamagedError{onnx.KindHead, path, err}
	}
	return h, nil
}

// take takes everything that a model says of a head.
func (h *Head) take(m *onnx.Model) (err error) {
	h.Identity = trunk.Identity{Trunk: m.Property(onnx.KeyFingerprint), Tap: m.Property(onnx.KeyTap)}
	if h.Identity.Trunk == "" {
		return errors.New("it does not say which trunk it belongs to")
	}
	if h.Identity.Tap == "" {
		h.Identity.Tap = onnx.Features
	}
	if h.Identity.Transform, err = transformOf(m); err != nil {
		return err
	}
	if text := m.Property(onnx.KeyTraining); text != "" {
		if err := json.Unmarshal([]byte(text), h.Training); err != nil {
			return fmt.Errorf("its training record: %w", err)
		}
	}
	if h.TrainedOn, err = decodeTrainingSet(m.Property(onnx.KeyTrainedOn)); err != nil {
		return err
	}
	h.Predictor, err = predictorOf(m, h.Training)
	return err
}

// predictorOf turns a model into what predicts.
func predictorOf(m *onnx.Model, record *head.Record) (head.Predictor, error) {
	model, err := headmodel.ReadHead(m)
	if err != nil {
		return nil, err
	}
	if k, ok := model.(headmodel.KNN); ok {
		return &head.Neighbours{Labels: labelsOf(k.Labels), Dim: k.Dim, X: k.Rows, Y: k.Classes, K: k.K, Temperature: k.Temperature}, nil
	}
	l := model.(headmodel.Linear)
	h := &head.Head{Labels: labelsOf(l.Labels), Dim: l.Dim, W: l.Weights, B: l.Bias}
	if record.Calibration != nil {
		h.Temperature = record.Calibration.Temperature
	}
	return h, h.Check()
}

// Fits says why features of an Identity are not for this head: a
// [*trunk.IdentityError], nil if they are. from names the features as a person
// would, name what their trunk calls itself.
func (h *Head) Fits(id trunk.Identity, from, name string) error {
	if h.Identity == id {
		return nil
	}
	return &trunk.IdentityError{Want: h.Identity, Have: id, For: fmt.Sprintf("head %q", h.Path), From: from, Name: name}
}

// FindTrunk reads the trunk that the head was trained on: the one at path, which
// must be the right one, or of "" the one with its fingerprint in the cache. A
// head that asks for what its trunk does not give is a [*DamagedError].
func (h *Head) FindTrunk(c trunk.Cache, path string) (*trunk.File, error) {
	t, err := c.FindBy(h.Identity.Trunk, path)
	if err != nil {
		return nil, Missing(h.Path, err)
	}
	if err := h.suits(t.Trunk); err != nil {
		return nil, &DamagedError{onnx.KindHead, h.Path, err}
	}
	return t, nil
}

// suits says why the trunk does not take what the head's transform makes, or
// does not give what the head takes.
func (h *Head) suits(t onnx.Trunk) error {
	switch d := t.Dim(h.Identity.Tap); d {
	case h.Width():
		return takes(t, h.Identity.Transform)
	case 0:
		return fmt.Errorf("it takes the tap %q, which its trunk %q does not have", h.Identity.Tap, t.Name)
	default:
		return fmt.Errorf("it takes %d features, the tap %q of its trunk %q gives %d", h.Width(), h.Identity.Tap, t.Name, d)
	}
}
