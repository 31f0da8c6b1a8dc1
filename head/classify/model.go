package classify

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/headmodel"
)

// readModel reads a head, or what may be one.
func readModel(path string) ([]byte, *onnx.Model, error) {
	encoded, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the head: %w", err)
	}
	m, err := decodeModel(path, encoded)
	return encoded, m, err
}

func decodeModel(path string, encoded []byte) (*onnx.Model, error) {
	m, err := onnx.Decode(encoded)
	if err != nil {
		return nil, &HeadError{path, err}
	}
	if err := m.CheckFormat(); err != nil {
		return nil, fmt.Errorf("head %q: %w", path, err)
	}
	return m, nil
}

// A merged classifier is what Export has made of a head and its trunk.
type merged struct {
	labels    []string
	transform pixels.Transform
	trunk     onnx.Trunk
}

// mergedOf is the classifier in a model, which was read from path.
func mergedOf(path string, m *onnx.Model) (*merged, error) {
	c := new(merged)
	if err := c.take(m); err != nil {
		return nil, &DamagedError{onnx.KindClassifier, path, err}
	}
	return c, nil
}

// take takes everything that a model says of a classifier.
func (c *merged) take(m *onnx.Model) (err error) {
	if err := headmodel.CheckClassifier(m); err != nil {
		return err
	}
	if in := m.Graph.Input(onnx.Pixels); in.Type != onnx.Uint8 || len(in.Dims) != 4 {
		return fmt.Errorf("its input is %s, not pixels (uint8 n×h×w×3)", in)
	}
	if c.trunk, err = m.StoredTrunk(); err != nil {
		return err
	}
	if c.labels, err = m.Labels(); err != nil {
		return err
	}
	c.labels = labelsOf(c.labels)
	if c.transform, err = transformOf(m); err != nil {
		return err
	}
	return takes(c.trunk, c.transform)
}

// transformOf is the transform in a model's metadata. One with a field that is
// not known here is refused: without it photographs would become other pixels.
func transformOf(m *onnx.Model) (t pixels.Transform, err error) {
	text := m.Property(onnx.KeyTransform)
	if text == "" {
		return t, errors.New("it does not say how photographs become pixels")
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return t, fmt.Errorf("its transform %.200q: %w", text, err)
	}
	if err := t.Validate(); err != nil {
		return t, fmt.Errorf("its %w", err)
	}
	return t, nil
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

// takes says why a trunk does not take the crops of a transform.
func takes(t onnx.Trunk, tr pixels.Transform) error {
	_, err := trunk.Transform(t, trunk.Adjust{Crop: trunk.Size{Width: tr.Width(), Height: tr.Height()}})
	return err
}
