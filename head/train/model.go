package train

import (
	"encoding/json"
	"fmt"

	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/head"
	"graft/head/classify"
	"graft/onnx"
	"graft/onnx/headmodel"
)

// modelOf is the ONNX model of a trained head with everything it must know of
// itself. The same head and record give the same bytes: times stay out.
func modelOf(p head.Predictor, record *head.Record, rows *Rows, versions map[string]string) (*onnx.Model, error) {
	return described(p, record, trained{rows.meta, rows.fingerprint(), rows.keys()}, versions)
}

// trained is what a head was trained on.
type trained struct {
	meta        features.Meta
	fingerprint string       // of the data
	keys        []pixels.Key // nil: too many to list
}

func described(p head.Predictor, record *head.Record, on trained, versions map[string]string) (*onnx.Model, error) {
	r := *record
	r.Seconds, r.Waiting = 0, 0
	r.Versions = versions
	r.Fingerprints = map[string]string{"trunk": on.meta.Trunk.SHA256, "data": on.fingerprint}
	training, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("the training record: %w", err)
	}
	properties := map[string]string{
		onnx.KeyFingerprint: on.meta.Trunk.SHA256,
		onnx.KeyTap:         on.meta.Trunk.Tap,
		onnx.KeyTransform:   on.meta.Transform.JSON(),
		onnx.KeyTraining:    string(training),
		onnx.KeyTrainedOn:   classify.NewTrainingSet(on.keys).Encode(),
	}
	switch p := p.(type) {
	case *head.Head:
		return headmodel.Linear{Labels: p.Labels, Dim: p.Dim, Weights: p.W, Bias: p.B, Properties: properties}.Model()
	case *head.Neighbours:
		return headmodel.KNN{Labels: p.Labels, Dim: p.Dim, Rows: p.X, Classes: p.Y, K: p.K, Temperature: p.Temperature, Properties: properties}.Model()
	}
	return nil, fmt.Errorf("a %T cannot be written as ONNX", p)
}
