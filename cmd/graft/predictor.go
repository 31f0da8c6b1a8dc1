package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/headmodel"
	"graft/onnx/ort"
)

// A predictor turns crops into probabilities: a head behind its trunk, or a
// classifier that has its trunk inside.
type predictor struct {
	labels    []string
	transform pixels.Transform
	open      func(context.Context, ort.Options) (*ort.Session, error)
	// predict turns the first output of the session into probabilities.
	predict func(row []float32, probabilities []float64)
}

// readPredictor reads a head and its trunk, or a classifier.
func readPredictor(c *cli.Context, path string) (*predictor, error) {
	encoded, m, err := readModel(path)
	if err != nil {
		return nil, err
	}
	if m.Kind() == onnx.KindClassifier {
		return readClassifier(c, path, encoded, m)
	}
	h, err := headOf(path, m)
	if err != nil {
		return nil, err
	}
	t, err := findTrunkOf(c, h)
	if err != nil {
		return nil, err
	}
	return &predictor{
		labels: h.Classes(), transform: h.transform, predict: h.Predict,
		open: func(ctx context.Context, o ort.Options) (*ort.Session, error) { return t.open(ctx, o, []string{h.tap}) },
	}, nil
}

// readClassifier reads what export has made of trunk and head.
func readClassifier(c *cli.Context, path string, encoded []byte, m *onnx.Model) (*predictor, error) {
	p := new(predictor)
	if err := headmodel.CheckClassifier(m); err != nil {
		return nil, fmt.Errorf("classifier %q: %w", path, err)
	}
	trunk, err := m.StoredTrunk()
	if err == nil {
		p.labels, err = m.Labels()
	}
	if err != nil {
		return nil, fmt.Errorf("classifier %q: %w", path, err)
	}
	if err := json.Unmarshal([]byte(m.Property(onnx.KeyTransform)), &p.transform); err != nil {
		return nil, fmt.Errorf("classifier %q: its transform: %w", path, err)
	}
	if given := c.String("trunk"); given != "" {
		say(c.App.ErrWriter, "classifier %q has its trunk inside; %q is not used", path, given)
	}
	warnOf(c, trunk)
	p.open = func(ctx context.Context, o ort.Options) (*ort.Session, error) {
		o.Outputs = []string{onnx.Probabilities}
		s, err := ort.Open(ctx, encoded, o)
		if err != nil {
			return nil, fmt.Errorf("classifier %q: %w", path, err)
		}
		return s, nil
	}
	p.predict = func(row []float32, probabilities []float64) {
		for i, v := range row {
			probabilities[i] = float64(v)
		}
	}
	return p, nil
}
