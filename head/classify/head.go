package classify

import (
	"encoding/json"
	"fmt"
	"os"

	"graft/extractor/dataset"
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

// A HeadError says that a file is no head, nor a classifier.
type HeadError struct {
	Path string
	Err  error
}

// Error names the file.
func (e *HeadError) Error() string { return fmt.Sprintf("head %q: %v", e.Path, e.Err) }

// Unwrap gives the reason.
func (e *HeadError) Unwrap() error { return e.Err }

// ReadHead reads a head that graft wrote. A file that is no ONNX model is a
// [*HeadError].
func ReadHead(path string) (*Head, error) {
	_, m, err := readModel(path)
	if err != nil {
		return nil, err
	}
	return headOf(path, m)
}

// readModel reads a head, or what may be one.
func readModel(path string) ([]byte, *onnx.Model, error) {
	encoded, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the head: %w", err)
	}
	m, err := onnx.Decode(encoded)
	if err != nil {
		return nil, nil, &HeadError{path, err}
	}
	return encoded, m, nil
}

// headOf is the head in a model.
func headOf(path string, m *onnx.Model) (*Head, error) {
	h := &Head{Path: path, Model: m, Training: new(head.Record)}
	h.Identity = trunk.Identity{Trunk: m.Property(onnx.KeyFingerprint), Tap: m.Property(onnx.KeyTap)}
	if h.Identity.Tap == "" {
		h.Identity.Tap = onnx.Features
	}
	if text := m.Property(onnx.KeyTraining); text != "" {
		if err := json.Unmarshal([]byte(text), h.Training); err != nil {
			return nil, fmt.Errorf("head %q: its training record: %w", path, err)
		}
	}
	var err error
	if h.Predictor, err = predictorOf(m, h.Training); err != nil {
		return nil, fmt.Errorf("head %q: %w", path, err)
	}
	if h.Identity.Trunk == "" {
		return nil, fmt.Errorf("head %q does not say which trunk it belongs to; graft did not write it", path)
	}
	if err := json.Unmarshal([]byte(m.Property(onnx.KeyTransform)), &h.Identity.Transform); err != nil {
		return nil, fmt.Errorf("head %q: its transform: %w", path, err)
	}
	if h.TrainedOn, err = decodeTrainingSet(m.Property(onnx.KeyTrainedOn)); err != nil {
		return nil, fmt.Errorf("head %q: %w", path, err)
	}
	return h, nil
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

// labelsOf are the labels of a model as those of data are. Heads of earlier versions may have others;
// where two would become one, all stay as they are.
func labelsOf(stored []string) []string {
	labels, seen := make([]string, len(stored)), map[string]bool{}
	for i, l := range stored {
		labels[i] = dataset.Label(l)
		if seen[labels[i]] {
			return stored
		}
		seen[labels[i]] = true
	}
	return labels
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
// must be the right one, or of "" the one with its fingerprint in the cache.
func (h *Head) FindTrunk(c trunk.Cache, path string) (*trunk.File, error) {
	t, err := c.FindBy(h.Identity.Trunk, path)
	return t, h.missing(err)
}

// missing puts the head's name before an error about its trunk.
func (h *Head) missing(err error) error { return Missing(h.Path, err) }
