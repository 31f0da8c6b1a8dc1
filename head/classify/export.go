package classify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"graft/extractor"
	"graft/extractor/durable"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/headmodel"
	"graft/onnx/ort"
)

// MaxExportDifference is the largest difference of a probability at which
// Export writes the merged model.
const MaxExportDifference = 1e-5

// ExportOptions say what a merged model gives, and what it is compared on.
type ExportOptions struct {
	Options
	Features bool   // the model gives the features, too
	Licence  string // what the makers of the weights ask of users
	// Crops are what trunk and head are compared with the merged model on, each
	// crop×crop×3 bytes of the head's transform; none means synthetic ones.
	Crops [][]byte
}

// An Exported model is one that was written.
type Exported struct {
	Path, SHA256 string
	Opset        int64
	Crops        int     // that it was compared on
	Difference   float64 // the largest of a probability
	Notes        []string
}

// Export puts a head and its trunk into one ONNX model that takes pixels and
// gives probabilities, compares it with the two, and writes it to out. A model
// that differs by more than MaxExportDifference is not written, and neither is one
// whose trunk gives values that are not finite: a [*trunk.OverflowError]. Compared
// is also on crops that reach the ends of the range.
func Export(ctx context.Context, h *Head, o ExportOptions, out string) (*Exported, error) {
	t, err := h.FindTrunk(o.Cache, o.Trunk)
	if err != nil {
		return nil, err
	}
	graph, err := t.Model()
	if err != nil {
		return nil, err
	}
	m, err := headmodel.Merge(graph, h.Model, headmodel.MergeOptions{Features: o.Features, Fingerprint: t.SHA256, Licence: o.Licence})
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	if len(o.Crops) == 0 {
		o.Crops = pixels.Synthetic(4, h.Identity.Transform.Width(), h.Identity.Transform.Height())
	}
	encoded := m.Encode()
	e := &Exported{Path: out, SHA256: onnx.Fingerprint(encoded), Opset: int64(m.Opset()), Crops: len(o.Crops), Notes: trunk.Warnings(t.Trunk)}
	if e.Difference, err = o.difference(ctx, encoded, t, h); err != nil {
		return nil, err
	}
	if math.IsNaN(e.Difference) {
		return nil, errors.New("export: the merged model gives probabilities that are not finite; nothing was written")
	}
	if !(e.Difference <= MaxExportDifference) {
		return nil, fmt.Errorf("export: the merged model differs from trunk and head by up to %.2g in a probability; nothing was written", e.Difference)
	}
	return e, durable.Write(out, func(w io.Writer) error {
		_, err := w.Write(encoded)
		return err
	})
}

// difference runs the merged model, and trunk and head one after the other, and
// returns the largest difference of a probability.
func (o ExportOptions) difference(ctx context.Context, merged []byte, t *trunk.File, h *Head) (float64, error) {
	trunk, err := t.Open(ctx, o.Device, h.Identity.Tap)
	if err != nil {
		return 0, err
	}
	defer trunk.Close()
	device := o.Device
	device.Outputs = []string{onnx.Probabilities}
	whole, err := ort.Open(ctx, merged, device)
	if err != nil {
		return 0, fmt.Errorf("export: the merged model: %w", err)
	}
	defer whole.Close()
	classes, size := len(h.Classes()), h.Identity.Transform
	features, got, want := make([]float32, h.Width()), make([]float32, classes), make([]float64, classes)
	largest := 0.0
	for crop, picture := range compared(o.Crops, size) {
		if err := trunk.Run(ctx, crop, 1, size.Height(), size.Width(), [][]float32{features}); err != nil {
			return 0, err
		}
		if !extractor.Finite(features) {
			return 0, overflow(t, h, picture)
		}
		h.Predict(features, want)
		if err := whole.Run(ctx, crop, 1, size.Height(), size.Width(), [][]float32{got}); err != nil {
			return 0, err
		}
		for i, p := range want {
			d := math.Abs(p - float64(got[i]))
			if math.IsNaN(d) {
				return d, nil
			}
			largest = max(largest, d)
		}
	}
	return largest, nil
}

// compared are the crops that a model is compared on: those that are given, and
// some that reach the ends of the range. Each has a name.
func compared(given [][]byte, size pixels.Transform) iter.Seq2[[]byte, string] {
	return func(yield func([]byte, string) bool) {
		for i, crop := range given {
			if !yield(crop, fmt.Sprintf("picture %d", i+1)) {
				return
			}
		}
		for _, e := range pixels.Extremes(size.Width(), size.Height()) {
			if !yield(e.Pixels, e.Name) {
				return
			}
		}
	}
}

// overflow says on what a trunk gives values that are not finite.
func overflow(t *trunk.File, h *Head, picture string) error {
	m, err := t.Model()
	if err != nil {
		return err
	}
	return &trunk.OverflowError{Path: t.Path, Dtype: m.Graph.Arithmetic(), Value: h.Identity.Tap, Picture: picture}
}
