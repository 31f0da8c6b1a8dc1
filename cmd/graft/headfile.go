package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/head"
	"graft/onnx"
	"graft/onnx/headmodel"
)

// A headFile is a head on disk: what predicts, and what it belongs to.
type headFile struct {
	head.Predictor
	path      string
	model     *onnx.Model
	trunk     string // SHA-256 of the trunk's file
	tap       string
	transform pixels.Transform
	trainedOn trainingSet
}

// maxTrainedOn bounds the list of training images (onnx.KeyTrainedOn); larger
// sets are not listed.
const maxTrainedOn = 1 << 20

// readHead reads a head that graft wrote.
func readHead(path string) (*headFile, error) {
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
		return nil, nil, withHint(fmt.Errorf("head %q: %w", path, err), "a head is a file that \"graft fit --out FILE\" wrote; it comes before the photographs")
	}
	return encoded, m, nil
}

// headOf is the head in a model.
func headOf(path string, m *onnx.Model) (h *headFile, err error) {
	h = &headFile{path: path, model: m, trunk: m.Property(onnx.KeyFingerprint), tap: m.Property(onnx.KeyTap)}
	if h.tap == "" {
		h.tap = onnx.Features
	}
	if h.Predictor, err = predictorOf(m); err != nil {
		return nil, fmt.Errorf("head %q: %w", path, err)
	}
	if h.trunk == "" {
		return nil, fmt.Errorf("head %q does not say which trunk it belongs to; graft did not write it", path)
	}
	if err := json.Unmarshal([]byte(m.Property(onnx.KeyTransform)), &h.transform); err != nil {
		return nil, fmt.Errorf("head %q: its transform: %w", path, err)
	}
	if h.trainedOn, err = decodeTrainingSet(m.Property(onnx.KeyTrainedOn)); err != nil {
		return nil, fmt.Errorf("head %q: %w", path, err)
	}
	return h, nil
}

// predictorOf turns a model into what predicts.
func predictorOf(m *onnx.Model) (head.Predictor, error) {
	model, err := headmodel.ReadHead(m)
	if err != nil {
		return nil, err
	}
	if k, ok := model.(headmodel.KNN); ok {
		return &head.Neighbours{Labels: k.Labels, Dim: k.Dim, X: k.Rows, Y: k.Classes, K: k.K, Temperature: k.Temperature}, nil
	}
	l := model.(headmodel.Linear)
	h := &head.Head{Labels: l.Labels, Dim: l.Dim, W: l.Weights, B: l.Bias}
	var record head.Record
	if text := m.Property(onnx.KeyTraining); text != "" {
		if err := json.Unmarshal([]byte(text), &record); err != nil {
			return nil, fmt.Errorf("its training record: %w", err)
		}
	}
	if record.Calibration != nil {
		h.Temperature = record.Calibration.Temperature
	}
	return h, h.Check()
}

// check says why features made as meta says are not for this head.
func (h *headFile) check(dir string, meta features.Meta) error {
	switch {
	case meta.Trunk.SHA256 != h.trunk:
		return fmt.Errorf("head %q was trained on the trunk with SHA-256 %.16s…, the features %q come from another (%q, %.16s…)",
			h.path, h.trunk, dir, meta.Trunk.Name, meta.Trunk.SHA256)
	case meta.Trunk.Tap != h.tap:
		return fmt.Errorf("head %q was trained on the tap %q, the features %q are of %q", h.path, h.tap, dir, meta.Trunk.Tap)
	}
	if tr := meta.Transform; tr != h.transform {
		return fmt.Errorf("head %q was trained with %v, the features %q were made with %v", h.path, h.transform, dir, tr)
	}
	return nil
}

// headModel is the ONNX model of a trained head with everything it must know
// of itself. The same head and record give the same bytes: times stay out.
func headModel(p head.Predictor, record *head.Record, in *rows) (*onnx.Model, error) {
	r := *record
	r.Seconds = 0
	r.Versions = versions()
	r.Fingerprints = map[string]string{"trunk": in.meta.Trunk.SHA256, "data": in.fingerprint()}
	properties := map[string]string{
		onnx.KeyFingerprint: in.meta.Trunk.SHA256,
		onnx.KeyTap:         in.meta.Trunk.Tap,
		onnx.KeyTransform:   in.meta.Transform.JSON(),
		onnx.KeyTraining:    string(encodeJSON(r)),
		onnx.KeyTrainedOn:   trainingSetOf(in.keys()).encode(),
	}
	switch p := p.(type) {
	case *head.Head:
		return headmodel.Linear{Labels: p.Labels, Dim: p.Dim, Weights: p.W, Bias: p.B, Properties: properties}.Model()
	case *head.Neighbours:
		return headmodel.KNN{Labels: p.Labels, Dim: p.Dim, Rows: p.X, Classes: p.Y, K: p.K, Temperature: p.Temperature, Properties: properties}.Model()
	}
	return nil, fmt.Errorf("a %T cannot be written as ONNX", p)
}

// A trainingSet is the images a head was trained on: sorted prefixes of their
// keys, long enough that two photographs do not share one by chance.
type trainingSet [][8]byte

func trainingSetOf(keys []pixels.Key) trainingSet {
	if len(keys) > maxTrainedOn {
		return nil
	}
	s := make(trainingSet, len(keys))
	for i, k := range keys {
		s[i] = [8]byte(k[:8])
	}
	slices.SortFunc(s, compareKeys)
	return slices.Compact(s)
}

func compareKeys(a, b [8]byte) int { return bytes.Compare(a[:], b[:]) }

func (s trainingSet) has(k pixels.Key) bool {
	_, ok := slices.BinarySearchFunc(s, [8]byte(k[:8]), compareKeys)
	return ok
}

func (s trainingSet) encode() string {
	var b []byte
	for _, k := range s {
		b = append(b, k[:]...)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func decodeTrainingSet(text string) (trainingSet, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b)%8 != 0 {
		return nil, fmt.Errorf("its list of training images (%s) is damaged", onnx.KeyTrainedOn)
	}
	var s trainingSet
	for chunk := range slices.Chunk(b, 8) {
		s = append(s, [8]byte(chunk))
	}
	if !slices.IsSortedFunc(s, compareKeys) {
		return nil, fmt.Errorf("its list of training images (%s) is damaged", onnx.KeyTrainedOn)
	}
	return s, nil
}
