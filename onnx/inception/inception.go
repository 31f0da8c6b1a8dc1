// Package inception builds Inception v3, up to global average pooling, as an
// ONNX model whose input is pixels. Call [Build] with the weights of a
// checkpoint, or with [Seeded] random weights.
//
// Layer names are those of torchvision, so that its checkpoints load
// unchanged, as do those of timm, which keeps the names. Batch normalisation
// is folded into the convolutions, and so is the normalisation of pixels: the
// first convolution has no padding, hence (pixel/255 − mean)/std can be moved
// into its weights and bias exactly.
//
// Reference: Szegedy et al., Rethinking the Inception Architecture for
// Computer Vision, CVPR 2016, https://arxiv.org/abs/1512.00567; torchvision,
// models/inception.py.
package inception

import (
	"fmt"
	"math"

	"graft/onnx"
)

// Weights returns the parameters of a trained network by torchvision's names,
// such as "Mixed_5b.branch1x1.conv.weight": dimensions, and values in C order.
// For a name that it does not have, the error wraps [io/fs.ErrNotExist].
type Weights interface {
	Tensor(name string) (dims []int64, data []float32, err error)
}

// Options are the settings of Build; the zero value is right for torchvision's
// official weights, except for Source and Trained.
type Options struct {
	// Width scales every channel count: c becomes 4·max(1, round(c·Width/4)),
	// halves rounded up. 0 is 1; at most 4.
	Width float64
	// Mean and Std, per channel RGB on the scale where pixels are in [0, 1],
	// normalise the pixels. A zero Mean with a zero Std is 0.5 for
	// both: what the official weights expect, since torchvision's
	// transform_input turns ImageNet's normalisation into exactly that.
	Mean, Std [3]float32
	// Source of the weights: "checkpoint x.pth, SHA-256 …".
	Source string
	// Trained reports that the weights come from training; otherwise the trunk's
	// description notes that it is untrained.
	Trained bool
	// Licence of the weights; may be empty.
	Licence string
}

// The transform that the network was trained with: the short side to resize, of
// that the middle crop×crop.
const (
	resize = 342
	crop   = 299
	// minSize is the smallest height and width of an input for which every map
	// has at least one element.
	minSize = 75
)

// Build writes the trunk:
//
//	input   pixels    uint8   n×h×w×3, RGB; n, h and w free, h and w ≥ 75
//	output  features  float32 n×2048 (at width 1)
//	output  Mixed_5d  float32 n×288
//	output  Mixed_6e  float32 n×768
//	output  Mixed_7a  float32 n×1280
//
// Every output is averaged over the map. Tensors that the trunk does not contain
// (fc, AuxLogits, num_batches_tracked) are not read from w. A tensor that is
// missing, has another shape, or leads to a weight that is not finite, is an
// error that names it.
func Build(w Weights, o Options) (*onnx.Model, error) {
	if o.Width == 0 {
		o.Width = 1
	}
	if o.Mean == [3]float32{} && o.Std == [3]float32{} {
		o.Mean, o.Std = [3]float32{0.5, 0.5, 0.5}, [3]float32{0.5, 0.5, 0.5}
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("inception v3: %w", err)
	}
	t := &trunk{Builder: onnx.NewBuilder("inception_v3"), weights: w, width: o.Width}
	t.first = &normalisation{o.Mean, o.Std}
	t.network()
	m, err := t.Model()
	if err != nil {
		return nil, fmt.Errorf("inception v3: %w", err)
	}
	o.describe(m, t.taps)
	return m, nil
}

func (o Options) check() error {
	if err := checkWidth(o.Width); err != nil {
		return err
	}
	for c := range o.Std {
		mean, std := float64(o.Mean[c]), float64(o.Std[c])
		if !(std > 0) || math.IsInf(std, 0) || math.IsNaN(mean) || math.IsInf(mean, 0) {
			return fmt.Errorf("mean %v and std %v of channel %d; both finite, std above 0", mean, std, c)
		}
	}
	return nil
}

func checkWidth(width float64) error {
	if !(width > 0 && width <= 4) {
		return fmt.Errorf("width %v; from just above 0 to 4", width)
	}
	return nil
}

// describe writes the trunk's description into the metadata.
func (o Options) describe(m *onnx.Model, taps []onnx.Tap) {
	name := "inception_v3"
	if o.Width != 1 {
		name = fmt.Sprintf("inception_v3 × %g", o.Width)
	}
	d := onnx.Trunk{
		Name: name, Trained: o.Trained, Source: o.Source, Licence: o.Licence,
		Resize: resize, Crop: crop, Taps: taps,
	}
	if !o.Trained {
		d.Notes = []string{"untrained: its weights are made up, so results show only that every step works"}
	}
	d.Describe(m)
}
